// The form of a block page: any bytes give a request within its bounds, or an error for the reader.
#include <cstdlib>
#include <string_view>

#include "lodge/pages/request_form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto request = gatehouse::lodge::read_request_form(body);
  if (!request) return 0;
  if (request->host.size() > 253 || request->text.size() > 4000 || request->text.empty()) std::abort();
  for (const char c : request->text + request->host + request->category + request->reference) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) std::abort();
  }
  (void)gatehouse::lodge::plain_page(request->host, request->text);
  return 0;
}
