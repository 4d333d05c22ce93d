// The lodge reads what a journal file holds, whoever wrote it: any line gives an event or an error, and an event
// that was read can be written and read again as the same event.
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "journal/eve_reader.h"
#include "journal/eve_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const auto event = journal::read_event(as_text({data, size}));
  if (!event) return 0;
  std::string once;
  journal::append_eve_line(once, *event);
  const auto again = journal::read_event(std::string_view(once).substr(0, once.size() - 1));
  if (!again) std::abort();
  std::string twice;
  journal::append_eve_line(twice, *again);
  if (once != twice) std::abort();
  return 0;
}
