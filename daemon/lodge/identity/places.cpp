#include "lodge/identity/places.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

std::string port_key(std::string_view network_device, std::string_view port) {
  // A MAC address has many spellings, a name has one.
  const auto mac = MacAddress::parse(network_device);
  return (mac ? mac->to_string() : to_lower(network_device)) + '\n' + to_lower(port);
}

}  // namespace

void Places::add(IpPrefix addresses, Spot spot) {
  const auto before = std::find_if(spots_.begin(), spots_.end(),
                                   [&](const auto& one) { return one.first.length() < addresses.length(); });
  spots_.insert(before, {addresses, std::move(spot)});
}

void Places::add_port(std::string_view network_device, std::string_view port, std::string place) {
  ports_[port_key(network_device, port)] = std::move(place);
}

const Places::Spot* Places::at(const IpAddress& address) const {
  for (const auto& [addresses, spot] : spots_) {
    if (addresses.contains(address)) return &spot;
  }
  return nullptr;
}

std::string Places::at_port(std::string_view network_device, std::string_view port) const {
  if (network_device.empty()) return {};
  auto found = ports_.find(port_key(network_device, port));
  if (found == ports_.end()) found = ports_.find(port_key(network_device, {}));
  return found == ports_.end() ? std::string() : found->second;
}

}  // namespace gatehouse::lodge
