#include "frames.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/result.h"

namespace gatehouse::traffic {
namespace {

using Buffer = std::vector<std::uint8_t>;

void put8(Buffer& out, unsigned value) { out.push_back(static_cast<std::uint8_t>(value)); }
void put16(Buffer& out, unsigned value) {
  put8(out, value >> 8);
  put8(out, value);
}
void put32(Buffer& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}
void put(Buffer& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// RFC 1071.
std::uint32_t sum(Bytes bytes, std::uint32_t total = 0) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) total += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  if (bytes.size() % 2 != 0) total += static_cast<std::uint32_t>(bytes.back() << 8);
  return total;
}
std::uint16_t fold(std::uint32_t total) {
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(~total);
}
void set16(Buffer& out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

std::uint16_t transport_checksum(const IpAddress& from, const IpAddress& to, std::uint8_t protocol, Bytes transport) {
  std::uint32_t total = sum(from.wire(), sum(to.wire()));
  total += protocol + static_cast<std::uint32_t>(transport.size());
  return fold(sum(transport, total));
}

struct CloseDump {
  void operator()(pcap_dumper_t* dump) const noexcept { pcap_dump_close(dump); }
};
struct CloseDead {
  void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};

}  // namespace

void Capture::add_tcp(Timestamp at, const Endpoint& from, const Endpoint& to, const TcpSegment& segment,
                      const FrameOptions& options) {
  Buffer tcp;
  tcp.reserve(64 + segment.payload.size());
  put16(tcp, from.port);
  put16(tcp, to.port);
  put32(tcp, segment.seq);
  put32(tcp, segment.ack);
  const bool syn = (segment.flags & 0x02) != 0;
  const unsigned option_bytes = (syn ? 8 : 0) + (options.md5_option ? 20 : 0);
  put8(tcp, (20 + option_bytes) / 4 << 4);
  put8(tcp, segment.flags);
  put16(tcp, 64240);
  put16(tcp, 0);
  put16(tcp, segment.urgent);
  if (syn) {
    for (const unsigned byte : {2u, 4u, 1460u >> 8, 1460u & 0xff, 3u, 3u, 7u, 1u}) put8(tcp, byte);
  }
  if (options.md5_option) {
    put16(tcp, 0x1312);
    for (unsigned i = 0; i < 16; ++i) put8(tcp, 0xa0 + i);
    put16(tcp, 0x0101);
  }
  put(tcp, segment.payload);
  std::uint16_t checksum = transport_checksum(from.address, to.address, 6, tcp);
  if (options.bad_checksum) checksum = static_cast<std::uint16_t>(checksum ^ 0x5aa5);
  set16(tcp, 16, checksum);
  add_ip(at, from, to, 6, tcp, options);
}

void Capture::add_udp(Timestamp at, const Endpoint& from, const Endpoint& to, Bytes payload,
                      const FrameOptions& options) {
  Buffer udp;
  udp.reserve(8 + payload.size());
  put16(udp, from.port);
  put16(udp, to.port);
  put16(udp, static_cast<unsigned>(8 + payload.size()));
  put16(udp, 0);
  put(udp, payload);
  std::uint16_t checksum = transport_checksum(from.address, to.address, 17, udp);
  if (checksum == 0) checksum = 0xffff;
  set16(udp, 6, checksum);
  add_ip(at, from, to, 17, udp, options);
}

void Capture::add_ip(Timestamp at, const Endpoint& from, const Endpoint& to, std::uint8_t protocol, Bytes transport,
                     const FrameOptions& options) {
  Buffer frame;
  frame.reserve(64 + transport.size());
  put(frame, to.mac.bytes);
  put(frame, from.mac.bytes);
  if (options.vlan != 0) {
    put16(frame, 0x8100);
    put16(frame, options.vlan);
  }
  if (from.address.is_v4()) {
    put16(frame, 0x0800);
    Buffer ip;
    put16(ip, 0x4500);
    put16(ip, static_cast<unsigned>(20 + transport.size()));
    put16(ip, static_cast<unsigned>(index_.size() & 0xffff));
    put16(ip, 0x4000);
    put8(ip, options.ttl);
    put8(ip, protocol);
    put16(ip, 0);
    put(ip, from.address.wire());
    put(ip, to.address.wire());
    set16(ip, 10, fold(sum(ip)));
    put(frame, ip);
  } else {
    put16(frame, 0x86dd);
    put32(frame, 0x60000000);
    put16(frame, static_cast<unsigned>(transport.size()));
    put8(frame, protocol);
    put8(frame, options.ttl);
    put(frame, from.address.wire());
    put(frame, to.address.wire());
  }
  put(frame, transport);
  index_.push_back({at, bytes_.size(), static_cast<std::uint32_t>(frame.size())});
  bytes_.insert(bytes_.end(), frame.begin(), frame.end());
}

void Capture::write(const std::string& path) {
  std::stable_sort(index_.begin(), index_.end(), [](const Entry& a, const Entry& b) { return a.at < b.at; });
  const std::unique_ptr<pcap_t, CloseDead> dead(pcap_open_dead(DLT_EN10MB, 65535));
  const std::unique_ptr<pcap_dumper_t, CloseDump> dump(pcap_dump_open(dead.get(), path.c_str()));
  if (!dump) throw SetupError({pcap_geterr(dead.get()), "name a folder that exists", path, 0});
  for (const Entry& entry : index_) {
    pcap_pkthdr header{};
    header.ts.tv_sec = to_us(entry.at) / 1'000'000;
    header.ts.tv_usec = to_us(entry.at) % 1'000'000;
    header.caplen = header.len = entry.length;
    pcap_dump(reinterpret_cast<u_char*>(dump.get()), &header, bytes_.data() + entry.offset);
  }
  if (pcap_dump_flush(dump.get()) != 0) throw SetupError({"the capture could not be written", "is the disk full?", path, 0});
}

}  // namespace gatehouse::traffic
