// JA4, FoxIO's fingerprint of a client from its ClientHello: which program this is, whatever name it asks for.
// Used by the TLS, QUIC and DTLS inspectors. Pure, no heap, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "gate/inspect/tls_client_hello.h"

namespace gatehouse::inspect {

enum class Ja4Transport : char { Tcp = 't', Quic = 'q', Dtls = 'd' };

class Ja4 {
 public:
  static constexpr std::size_t kLength = 36;

  // Empty text for a hello that could not be read to its end, or with more entries than kMaxListed.
  Ja4(const ClientHello& hello, Ja4Transport transport) noexcept;

  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), length_}; }

 private:
  // Real clients send up to 90 cipher suites and 30 extensions; sorting takes place on the stack.
  static constexpr std::size_t kMaxListed = 1024;

  std::array<char, kLength> text_;
  std::size_t length_ = 0;
};

}  // namespace gatehouse::inspect
