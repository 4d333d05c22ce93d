// "10.0.0.1:1813", "[::]:1813": where a listener listens, as the configuration writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace gatehouse::lodge {

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  [[nodiscard]] std::string to_string() const;
};

std::optional<Endpoint> parse_endpoint(std::string_view text);

}  // namespace gatehouse::lodge
