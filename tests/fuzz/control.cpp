// Requests and answers of the control socket: any bytes give a request or an error, and a request that was understood
// reads the same again.
#include <cstdlib>
#include <string_view>

#include "control/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::control;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  (void)read_answer(line);
  const auto request = read_request(line);
  if (!request) return 0;
  const std::string written = to_line(*request);
  const auto again = read_request(std::string_view(written).substr(0, written.size() - 1));
  if (!again || to_line(*again) != written) std::abort();
  return 0;
}
