// replay_flows: what a packet costs while so many flows are live, and that memory stays where it is as flows come and
// go. Frames are made here, outside the time measured: each flow opens with a handshake and a real TLS hello and is
// answered, so it is named; then packets of all flows come in no order, the worst for every cache.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "base/result.h"
#include "gate/flow/flow_engine.h"
#include "gate/packet/decode.h"
#include "measure.h"
#include "tls_peer.h"

namespace {

using namespace gatehouse;

constexpr std::size_t kBurst = 64;
constexpr std::size_t kFrameRoom = 1514;
constexpr std::size_t kHeaders = 54;            // Ethernet, IPv4, TCP without options
constexpr std::size_t kMeasured = 4'000'000;    // packets a line
constexpr std::size_t kDataBytes = 1000;        // payload of the packets measured
constexpr std::uint8_t kSyn = 0x02, kAck = 0x10, kPushAck = 0x18;

struct CountingSink final : flow::FlowSink {
  flow::FlowVerdict on_observation(const flow::Flow&, const inspect::Observation&) noexcept override {
    ++names;
    return flow::FlowVerdict::Continue;
  }
  void on_flow_end(const flow::Flow&) noexcept override {}
  std::uint64_t names = 0;
};

// Gathers frames into bursts, and times only what the gate does with them.
class Line {
 public:
  explicit Line(const flow::FlowLimits& limits)
      : engine(limits, inspection_, sink), frames_(kBurst * kFrameRoom), at_(*parse_time("2026-11-10T09:00:00Z")) {}

  void send(std::uint32_t flow, bool from_client, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, Bytes payload) {
    std::uint8_t* frame = frames_.data() + waiting_ * kFrameRoom;
    const std::array<std::uint8_t, 14> ethernet = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    std::memcpy(frame, ethernet.data(), ethernet.size());
    std::memset(frame + 14, 0, 40);
    frame[14] = 0x45;
    put(frame + 16, 40 + payload.size(), 2);
    frame[22] = 64;
    frame[23] = 6;
    const std::uint32_t client = 0x0a000000u + flow / 16;  // a college's clients have some connections each
    const std::uint32_t server = 0xc6120000u + flow % 4096;
    const std::uint32_t client_port = 40000 + flow % 16;
    put(frame + (from_client ? 26 : 30), client, 4);
    put(frame + (from_client ? 30 : 26), server, 4);
    put(frame + (from_client ? 34 : 36), client_port, 2);
    put(frame + (from_client ? 36 : 34), 443, 2);
    put(frame + 38, seq, 4);
    put(frame + 42, ack, 4);
    frame[46] = 0x50;
    frame[47] = flags;
    put(frame + 48, 0xffff, 2);
    if (!payload.empty()) std::memcpy(frame + kHeaders, payload.data(), payload.size());
    packet::RawPacket& raw = raw_[waiting_];
    raw.bytes = Bytes(frame, kHeaders + payload.size());
    raw.wire_length = static_cast<std::uint32_t>(raw.bytes.size());
    raw.at = at_ += Microseconds{1};
    if (++waiting_ == kBurst) flush();
  }

  void flush() {
    const double before = bench::cpu_seconds();
    std::size_t count = 0;
    for (std::size_t i = 0; i < waiting_; ++i) {
      if (decoder_.decode(raw_[i], views_[count]) == packet::Decoded::Yes) ++count;
    }
    engine.process({views_.data(), count});
    spent += bench::cpu_seconds() - before;
    packets += waiting_;
    waiting_ = 0;
  }
  void pass(Seconds time) { at_ += time; }

 private:
  static void put(std::uint8_t* to, std::size_t value, int bytes) {
    for (int i = bytes; i-- > 0; value >>= 8) to[i] = static_cast<std::uint8_t>(value);
  }
  CountingSink sink;
  inspect::InspectionResources inspection_;

 public:
  flow::FlowEngine engine;
  double spent = 0;
  std::uint64_t packets = 0;

 private:
  std::vector<std::uint8_t> frames_;
  std::array<packet::RawPacket, kBurst> raw_;
  std::array<packet::PacketView, kBurst> views_;
  packet::Decoder decoder_;
  std::size_t waiting_ = 0;
  Timestamp at_;
};

struct Hello {
  Bytes client;
  Bytes server;
};

void open_flow(Line& line, std::uint32_t flow, const Hello& hello) {
  const auto end = static_cast<std::uint32_t>(1001 + hello.client.size());
  line.send(flow, true, kSyn, 1000, 0, {});
  line.send(flow, false, kSyn | kAck, 5000, 1001, {});
  line.send(flow, true, kAck, 1001, 5001, {});
  line.send(flow, true, kPushAck, 1001, 5001, hello.client);
  line.send(flow, false, kPushAck, 5001, end, hello.server);
}

void live_flows(std::uint32_t flows, const Hello& hello) {
  flow::FlowLimits limits;
  limits.flows = std::max<std::size_t>(limits.flows, flows + flows / 4);
  Line line(limits);
  for (std::uint32_t flow = 0; flow < flows; ++flow) open_flow(line, flow, hello);
  line.flush();
  const double opening = line.spent * 1e9 / flows;
  line.spent = 0;
  line.packets = 0;
  std::mt19937_64 random(1);
  const std::vector<std::uint8_t> data(kDataBytes, 0x17);
  for (std::size_t i = 0; i < kMeasured; ++i) {
    const auto flow = static_cast<std::uint32_t>(random() % flows);
    line.send(flow, false, kAck, 50'000 + static_cast<std::uint32_t>(i % 1000), 2000, data);
  }
  line.flush();
  fmt::print("| {} | {} | {:.0f} | {:.0f} | {:.0f} |\n", flows, line.engine.stats().flows_now, opening,
             line.spent * 1e9 / static_cast<double>(line.packets), bench::resident_mb());
}

void come_and_go(const Hello& hello) {
  constexpr std::uint32_t kEach = 100'000;
  constexpr int kRounds = 20;
  Line line({});
  fmt::print("\nFlows that come and go, {} at a time:\n\n| flows so far | live | MB |\n| ---: | ---: | ---: |\n", kEach);
  for (int round = 1; round <= kRounds; ++round) {
    for (std::uint32_t flow = 0; flow < kEach; ++flow) {
      open_flow(line, static_cast<std::uint32_t>(round) * kEach + flow, hello);
    }
    line.flush();
    line.pass(Seconds{660});  // longer than an idle connection is remembered
    if (round != 1 && round % 5 != 0) continue;
    fmt::print("| {} | {} | {:.1f} |\n", kEach * static_cast<std::uint32_t>(round), line.engine.stats().flows_now,
               bench::resident_mb());
  }
}

}  // namespace

int main() {
  try {
    traffic::TlsPeers peers;
    const auto flights = peers.converse("www.site-1.example", {});
    const Hello hello{Bytes(flights[0].bytes), Bytes(flights[1].bytes).first(std::min<std::size_t>(1200, flights[1].bytes.size()))};
    fmt::print("| live flows | in the table | ns to open one (5 packets, hello read) | ns a packet | MB |\n"
               "| ---: | ---: | ---: | ---: | ---: |\n");
    for (const std::uint32_t flows : {1'000u, 10'000u, 100'000u, 1'000'000u}) live_flows(flows, hello);
    come_and_go(hello);
    return 0;
  } catch (const SetupError& error) {
    fmt::print(stderr, "replay_flows: {}\n", error.what());
    return 1;
  }
}
