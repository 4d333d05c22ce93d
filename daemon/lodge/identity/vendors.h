// Makers of network cards by the first half of a MAC address, from the IEEE's list (Debian package ieee-data). A
// label for people. Read once.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/address.h"

namespace gatehouse::lodge {

class Vendors {
 public:
  // Lines such as "00-22-72   (hex)		American Micro-Fuel Device Corp."; others are passed over.
  void read(std::string_view text);
  // Empty for a random address and for a maker that is not in the list.
  [[nodiscard]] std::string of(const MacAddress& mac) const;
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }

 private:
  std::unordered_map<std::uint32_t, std::string> names_;
};

}  // namespace gatehouse::lodge
