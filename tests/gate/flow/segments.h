// Packets of one TCP connection for the tests: both ends' addresses, sequence numbers and the handshake.
#pragma once

#include <string>
#include <vector>

#include "gate/flow/flow_engine.h"

namespace gatehouse::flow::test {

struct Heard final : FlowSink {
  FlowVerdict on_observation(const Flow&, const inspect::Observation& seen) noexcept override {
    hosts.emplace_back(seen.host);
    evasion |= seen.evasion;
    return answer;
  }
  void on_flow_end(const Flow& flow) noexcept override { ended.push_back(flow); }

  FlowVerdict answer = FlowVerdict::Continue;
  std::vector<std::string> hosts;
  inspect::EvasionFlags evasion = 0;
  std::vector<Flow> ended;
};

class Connection {
 public:
  explicit Connection(std::uint32_t client_isn = 1000, std::uint16_t client_port = 40000)
      : isn_(client_isn), port_(client_port) {}

  packet::PacketView packet(bool from_client, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                            std::string_view text = {}) const {
    packet::PacketView view;
    const IpAddress client = IpAddress::v4(0x0a000001), server = IpAddress::v4(0xc0000201);
    view.src = from_client ? client : server;
    view.dst = from_client ? server : client;
    view.src_port = from_client ? port_ : std::uint16_t{80};
    view.dst_port = from_client ? std::uint16_t{80} : port_;
    view.transport = packet::Transport::Tcp;
    view.ip_protocol = 6;
    view.ttl = 64;
    view.checksum = packet::Checksum::Good;
    view.tcp.flags = flags;
    view.tcp.seq = seq;
    view.tcp.ack = ack;
    view.payload = as_bytes(text);
    view.at = timestamp_from_us(1'700'000'000'000'000);
    return view;
  }
  // Client bytes at an offset of the stream.
  packet::PacketView data(std::size_t offset, std::string_view text) const {
    return packet(true, 0x18, isn_ + 1 + static_cast<std::uint32_t>(offset), kServerIsn + 1, text);
  }
  // The server has the client's first `bytes`, and says `text`.
  packet::PacketView answer(std::size_t bytes, std::string_view text = {}) const {
    return packet(false, 0x10, kServerIsn + 1, isn_ + 1 + static_cast<std::uint32_t>(bytes), text);
  }
  std::vector<packet::PacketView> handshake() const {
    return {packet(true, 0x02, isn_, 0), packet(false, 0x12, kServerIsn, isn_ + 1),
            packet(true, 0x10, isn_ + 1, kServerIsn + 1)};
  }

  static constexpr std::uint32_t kServerIsn = 5000;

 private:
  std::uint32_t isn_;
  std::uint16_t port_;
};

inline std::string request(std::string_view host) {
  return "GET /page HTTP/1.1\r\nHost: " + std::string(host) + "\r\nUser-Agent: test\r\n\r\n";
}

}  // namespace gatehouse::flow::test
