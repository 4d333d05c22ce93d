// A squidGuard folder, as the Toulouse lists (UT1) come: `domains`, `urls` and `expressions`, each optional.
#include <filesystem>

#include "base/text.h"
#include "lists/formats/format.h"

namespace gatehouse::lists {

bool is_squidguard(const Source& source) { return source.folder && !source.files.empty(); }

Result<void> read_squidguard(const Source& source, EntrySink& sink) {
  for (const SourceFile& file : source.files) {
    sink.begin_file(file.path);
    const std::string name = std::filesystem::path(file.path).filename().string();
    const EntryKind kind = name == "urls"          ? EntryKind::Url
                           : name == "expressions" ? EntryKind::UrlPattern
                                                   : EntryKind::Domain;
    for_each_line(file.text, [&](std::string_view line, std::uint32_t number) {
      line = trim(line);
      if (!line.empty() && line.front() != '#') sink.entry(kind, line, number);
    });
  }
  return {};
}

}  // namespace gatehouse::lists
