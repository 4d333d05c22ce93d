// DHCP messages for tests, byte by byte (RFC 2131 section 2).
#pragma once

#include <string>

#include "support/packets.h"

namespace gatehouse::test {

struct Dhcp {
  unsigned op = 2;
  unsigned hardware = 1;
  unsigned hardware_length = 6;
  std::uint32_t id = 0x1234;
  std::uint32_t client_ip = 0;
  std::uint32_t your_ip = 0x0a0a0407;  // 10.10.4.7
  std::uint32_t relay_ip = 0;
  Buffer mac = {0x02, 0, 0x5e, 0x10, 0, 1};
  Buffer server_name;  // what its field holds
  Buffer file;
  Buffer options;      // after the cookie
};

inline Buffer option(unsigned code, Bytes value) {
  Buffer out;
  put8(out, code);
  put8(out, static_cast<unsigned>(value.size()));
  put(out, value);
  return out;
}
inline Buffer option(unsigned code, std::string_view text) { return option(code, as_bytes(text)); }
inline Buffer option8(unsigned code, unsigned value) { return option(code, Buffer{static_cast<std::uint8_t>(value)}); }
inline Buffer option32(unsigned code, std::uint32_t value) {
  Buffer number;
  put32(number, value);
  return option(code, number);
}

inline Buffer dhcp_message(const Dhcp& dhcp) {
  const auto padded = [](Buffer field, std::size_t size) {
    field.resize(size);
    return field;
  };
  Buffer out;
  put8(out, dhcp.op);
  put8(out, dhcp.hardware);
  put8(out, dhcp.hardware_length);
  put8(out, 0);
  put32(out, dhcp.id);
  put32(out, 0);
  put32(out, dhcp.client_ip);
  put32(out, dhcp.your_ip);
  put32(out, 0);
  put32(out, dhcp.relay_ip);
  put(out, padded(dhcp.mac, 16));
  put(out, padded(dhcp.server_name, 64));
  put(out, padded(dhcp.file, 128));
  put32(out, 0x63825363);
  put(out, dhcp.options);
  return out;
}

// A server's answer that gives 10.10.4.7 for an hour; change what the test is about.
inline Dhcp dhcp_ack(const std::string& host_name = {}) {
  Dhcp out;
  out.options = joined(joined(option8(53, 5), option32(54, 0x0a000002)), option32(51, 3600));
  if (!host_name.empty()) put(out.options, option(12, host_name));
  put8(out.options, 255);
  return out;
}
// What the device asked before.
inline Dhcp dhcp_request(const std::string& host_name) {
  Dhcp out;
  out.op = 1;
  out.your_ip = 0;
  out.options = joined(joined(option8(53, 3), option32(50, 0x0a0a0407)), option(12, host_name));
  put8(out.options, 255);
  return out;
}
inline Dhcp dhcp_release() {
  Dhcp out;
  out.op = 1;
  out.your_ip = 0;
  out.client_ip = 0x0a0a0407;
  out.options = joined(option8(53, 7), option32(54, 0x0a000002));
  put8(out.options, 255);
  return out;
}

}  // namespace gatehouse::test
