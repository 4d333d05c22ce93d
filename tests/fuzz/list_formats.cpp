// Any bytes as a list: recognised or forced into each format, compiled, and looked up. Nothing may crash, and what
// compiles must load again.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lists/categories.h"
#include "lists/compiler.h"
#include "lists/formats/format.h"
#include "lists/matcher.h"

using namespace gatehouse::lists;

// The first byte chooses the format (0: recognise); the rest is the list.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 20000) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  ListInput input;
  input.path = "fuzz/list.txt";
  input.category = "other-harm";
  const std::size_t choice = data[0] % (formats().size() + 1);
  if (choice > 0) input.format = formats()[choice - 1].name;
  CompileOptions options;
  options.keep_problems = 5;
  Compiler compiler(options);
  if (!compiler.add_text(input, text)) return 0;
  const auto pack = compiler.to_pack();
  if (!pack) return 0;
  const Matcher matcher(*pack);
  for (std::size_t i = 0; i < (*pack)->entry_count(); ++i) {
    const EntryInfo entry = (*pack)->entry(i);
    const bool name = entry.kind == MatchKind::Domain || entry.kind == MatchKind::Host;
    if (name && matcher.match_host(entry.text).empty()) std::abort();
    const std::size_t slash = entry.text.find('/');
    if (entry.kind == MatchKind::UrlPrefix &&
        matcher.match_url(entry.text.substr(0, slash), entry.text.substr(slash)).empty()) {
      std::abort();
    }
  }
  (void)matcher.match_url(text.substr(0, size / 2), text.substr((size - 1) / 2));
  (void)read_categories_text(text, "fuzz/categories.yaml");
  return 0;
}
