#include "lodge/identity/vendors.h"

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

std::uint32_t prefix_of(const MacAddress& mac) {
  return static_cast<std::uint32_t>(mac.bytes[0] << 16 | mac.bytes[1] << 8 | mac.bytes[2]);
}

}  // namespace

void Vendors::read(std::string_view text) {
  constexpr std::size_t kPrefix = 8;  // "00-22-72"
  for (const std::string_view line : split(text, '\n')) {
    const auto mark = line.find("(hex)");
    if (mark == std::string_view::npos || line.size() < kPrefix) continue;
    const auto mac = MacAddress::parse(std::string(line.substr(0, kPrefix)) + "-00-00-00");
    if (mac) names_[prefix_of(*mac)] = std::string(trim(line.substr(mark + 5)));
  }
}

std::string Vendors::of(const MacAddress& mac) const {
  if (mac.is_random()) return {};
  const auto found = names_.find(prefix_of(mac));
  return found == names_.end() ? std::string() : found->second;
}

}  // namespace gatehouse::lodge
