// A damaged pack whose checksum is right all the same: every offset must be checked, whoever wrote it.
#include <cstdint>
#include <cstring>
#include <string>

#include "lists/matcher.h"

using namespace gatehouse::lists;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)Pack::from_bytes({data, size});
  if (size < sizeof(PackHeader) || size > 200000) return 0;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  PackHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  kPackMagic.copy(header.magic.data(), header.magic.size());
  header.version = kPackVersion;
  header.sections = kSections;
  header.file_size = size;
  std::memcpy(bytes.data(), &header, sizeof header);
  Checksum checksum;
  checksum.add(gatehouse::as_bytes(bytes).subspan(kChecksumFrom));
  header.checksum = checksum.value();
  std::memcpy(bytes.data(), &header, sizeof header);
  const auto pack = Pack::from_bytes(gatehouse::as_bytes(bytes));
  if (!pack) return 0;
  for (std::size_t i = 0; i < (*pack)->entry_count() && i < 1000; ++i) (void)(*pack)->entry(i);
  const Matcher matcher(*pack);
  (void)matcher.match_url("www.site.test", "/bad/path?q=join+the+dark+order");
  (void)matcher.match_host("s1te.test");
  (void)matcher.match_host("198.51.100.77");
  (void)(*pack)->has_urls_on("shared.test");
  return 0;
}
