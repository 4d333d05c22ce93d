// Fuzz target: one TCP flow out of any segments. The input is a list of segments (direction, kind, offset, length,
// bytes), fed through the whole engine with small bounds; memory must be given back whatever comes.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "gate/flow/flow_engine.h"

namespace {

using namespace gatehouse;

struct Deaf final : flow::FlowSink {
  flow::FlowVerdict on_observation(const flow::Flow&, const inspect::Observation& seen) noexcept override {
    return seen.host == "stop.test" ? flow::FlowVerdict::Decided : flow::FlowVerdict::Continue;
  }
  void on_flow_end(const flow::Flow&) noexcept override {}
};

flow::FlowLimits small_limits() {
  flow::FlowLimits limits;
  limits.flows = 4;
  limits.tcp_contexts = 2;
  limits.datagram_contexts = 1;
  limits.reassembly_bytes = 24 * sizeof(flow::StreamChunk);
  limits.alternates = 1;
  limits.stream_window = 8192;
  return limits;
}

packet::PacketView segment(ByteReader& in) {
  const std::uint8_t kind = in.u8();
  packet::PacketView view;
  const bool up = (kind & 1) != 0;
  const IpAddress client = IpAddress::v4(0x0a000001), server = IpAddress::v4(0xc0000201);
  view.src = up ? client : server;
  view.dst = up ? server : client;
  view.src_port = up ? 40000 : 80;
  view.dst_port = up ? 80 : 40000;
  view.transport = packet::Transport::Tcp;
  view.ip_protocol = 6;
  view.ttl = (kind & 2) != 0 ? 5 : 64;
  view.checksum = (kind & 4) != 0 ? packet::Checksum::Bad : packet::Checksum::Good;
  view.tcp.md5_option = (kind & 8) != 0;
  view.tcp.flags = in.u8();
  view.tcp.seq = 0xffff'fff0u + in.u16();  // near the wrap
  view.tcp.ack = 0xffff'fff0u + in.u16();
  view.tcp.urgent = in.u8();
  view.at = timestamp_from_us(1'700'000'000'000'000 + in.u8() * 100'000);
  view.payload = in.bytes(std::min<std::size_t>(in.u16(), in.remaining()));
  return view;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static inspect::InspectionResources resources;
  Deaf sink;
  flow::FlowEngine engine(small_limits(), resources, sink);
  ByteReader in(Bytes(data, size));
  while (in.ok() && !in.empty()) {
    const packet::PacketView view = segment(in);
    engine.process({&view, 1});
  }
  engine.finish();
  if (engine.stats().reassembly_now != 0 || engine.stats().flows_now != 0) std::abort();
  return 0;
}
