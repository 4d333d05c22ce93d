// Frames with right checksums, and the capture they go into. Frames may be added in any order of time: the
// capture is sorted when it is written. For the traffic makers and benchmarks; not part of the daemon.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"

namespace gatehouse::traffic {

struct Endpoint {
  MacAddress mac;
  IpAddress address;
  std::uint16_t port = 0;
};

// What a frame carries beside its payload; the tricks of a client that tries to get round are made with it.
struct FrameOptions {
  std::uint16_t vlan = 0;
  std::uint8_t ttl = 64;
  bool bad_checksum = false;
  bool md5_option = false;
};

struct TcpSegment {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0x10;
  std::uint16_t urgent = 0;
  Bytes payload;
};

class Capture {
 public:
  void add_tcp(Timestamp at, const Endpoint& from, const Endpoint& to, const TcpSegment& segment,
               const FrameOptions& options);
  void add_udp(Timestamp at, const Endpoint& from, const Endpoint& to, Bytes payload, const FrameOptions& options);

  [[nodiscard]] std::size_t packets() const noexcept { return index_.size(); }
  // A pcap file (microseconds, Ethernet), in order of time. Throws SetupError.
  void write(const std::string& path);

 private:
  struct Entry {
    Timestamp at;
    std::size_t offset;
    std::uint32_t length;
  };
  void add_ip(Timestamp at, const Endpoint& from, const Endpoint& to, std::uint8_t protocol, Bytes transport,
              const FrameOptions& options);

  std::vector<std::uint8_t> bytes_;
  std::vector<Entry> index_;
};

}  // namespace gatehouse::traffic
