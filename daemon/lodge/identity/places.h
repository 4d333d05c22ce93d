// Rooms and seats that do not depend on a device: by network or address, by switch port, by access point.
// Filled from the sessions file; asked when an attempt's device has no seat of its own. One thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"

namespace gatehouse::lodge {

class Places {
 public:
  struct Spot {
    std::string place;
    std::string name;     // of the machine that always has this address; empty: not one machine
    bool shared = false;  // used by whoever sits down
  };

  void add(IpPrefix addresses, Spot spot);
  // `network_device` is a switch or access point by NAS-Identifier, address or MAC address; an empty port stands
  // for all of them.
  void add_port(std::string_view network_device, std::string_view port, std::string place);

  // The narrowest network that holds the address; nullptr: none.
  [[nodiscard]] const Spot* at(const IpAddress& address) const;
  [[nodiscard]] std::string at_port(std::string_view network_device, std::string_view port) const;

 private:
  std::vector<std::pair<IpPrefix, Spot>> spots_;  // narrowest first
  std::unordered_map<std::string, std::string> ports_;
};

}  // namespace gatehouse::lodge
