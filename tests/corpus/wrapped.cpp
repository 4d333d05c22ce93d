// Real captures in other clothes: each capture of a folder once as it is, and once with every packet on another link,
// in a tunnel, in fragments or twice, at random. What is observed must be the same. Prints where it is not.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "gate/capture/file_source.h"
#include "gate/flow/flow_engine.h"
#include "gate/packet/decode.h"
#include "gate/packet/link_layer.h"
#include "support/wrapping.h"

namespace gatehouse {
namespace {

using namespace gatehouse::test;

constexpr int kSkipped = 77;
constexpr std::size_t kRoomForHeaders = 200;

struct Heard final : flow::FlowSink {
  flow::FlowVerdict on_observation(const flow::Flow&, const inspect::Observation& seen) noexcept override {
    // What cannot be read inside a tunnel leaves the tunnel itself, which the capture as it is does not have.
    if (seen.host.empty() && seen.protocol == inspect::AppProtocol::Other) return flow::FlowVerdict::Continue;
    all.insert(fmt::format("{} {} {} {} {} {}", name_of(seen.protocol), name_of(seen.from), seen.host, seen.method,
                           seen.url, seen.ja4));
    return flow::FlowVerdict::Continue;
  }
  void on_flow_end(const flow::Flow&) noexcept override {}
  std::set<std::string> all;
};

class Gate {
 public:
  explicit Gate(inspect::InspectionResources& resources) : engine_(limits(), resources, heard) {}
  void take(const packet::RawPacket& raw) {
    packet::PacketView view;
    const packet::Decoded decoded = decoder_.decode(raw, view);
    if (decoded == packet::Decoded::Yes) engine_.process({&view, 1});
    if (decoded == packet::Decoded::Held) give_up(raw.at, false);
    last_ = raw.at;
  }
  void finish() {
    give_up(last_, true);
    engine_.finish();
  }
  [[nodiscard]] bool at_its_bounds() const noexcept { return decoder_.stats().nested_too_deep > 0; }
  Heard heard;

 private:
  static flow::FlowLimits limits() {
    flow::FlowLimits out;
    out.flows = 4096;
    out.tcp_contexts = out.datagram_contexts = 2048;
    out.reassembly_bytes = 8u << 20;
    return out;
  }
  void give_up(Timestamp now, bool at_end) {
    packet::PacketView view;
    while (decoder_.give_up_fragments(now, at_end, view)) engine_.process({&view, 1});
  }
  packet::Decoder decoder_;
  flow::FlowEngine engine_;
  Timestamp last_{};
};

// The IP packet without the padding behind it; empty where there is none, or where it is cut or of an odd size.
Bytes whole_ip(Bytes network) {
  if (network.size() < 40 && (network.empty() || network[0] >> 4 != 4)) return {};
  ByteReader reader(network);
  const int version = reader.u8() >> 4;
  reader.skip(version == 4 ? 1 : 3);
  const std::size_t length = reader.u16() + (version == 4 ? std::size_t{0} : std::size_t{40});
  if (!reader.ok() || length > network.size() || length < 28 || length + kRoomForHeaders > 65'535) return {};
  return network.first(length);
}

bool may_be_cut(Bytes ip) {
  const unsigned next = ip[0] >> 4 == 4 ? ip[9] : ip[6];
  return next == 6 || next == 17;
}

// Sends one packet on its route; what cannot go that way goes as it came.
void send(const packet::RawPacket& raw, const Route& route, Random& random, Gate& gate) {
  packet::LinkView link;
  packet::DropReason why{};
  const Bytes ip = packet::strip_link(raw.link, raw.bytes, link, why) ? whole_ip(link.network) : Bytes{};
  if (ip.empty()) {
    gate.take(raw);
    return;
  }
  Route own = route;
  if (!may_be_cut(ip)) own.fragment = 0;
  std::vector<Frame> frames = travel(ip, own, random);
  if (link.vlan != 0) {  // flows of different networks stay apart; such captures travel on Ethernet
    const std::uint8_t tag[] = {0x81, 0, static_cast<std::uint8_t>(link.vlan >> 8), static_cast<std::uint8_t>(link.vlan)};
    for (Frame& frame : frames) frame.bytes.insert(frame.bytes.begin() + 12, tag, tag + 4);
  }
  const bool twice = ip[0] >> 4 == 4 && ip[9] == 6 && below(random, 4) == 0;
  for (int times = twice ? 2 : 1; times > 0; --times) {
    for (const Frame& frame : frames) {
      packet::RawPacket changed = raw;
      changed.link = frame.link;
      changed.bytes = frame.bytes;
      changed.wire_length = static_cast<std::uint32_t>(frame.bytes.size());
      gate.take(changed);
    }
  }
}

bool has_vlans(const std::string& path) {
  capture::FileSource source(path);
  while (!source.finished()) {
    for (const packet::RawPacket& raw : source.poll(Milliseconds{0})) {
      packet::LinkView link;
      packet::DropReason why{};
      if (packet::strip_link(raw.link, raw.bytes, link, why) && link.vlan != 0) return true;
    }
  }
  return false;
}

template <typename Each>
void play(const std::string& path, Gate& gate, const Each& each) {
  capture::FileSource source(path);
  while (!source.finished()) {
    for (const packet::RawPacket& raw : source.poll(Milliseconds{0})) each(raw);
  }
  gate.finish();
}

int run(const std::filesystem::path& folder, std::size_t seed) {
  if (!std::filesystem::is_directory(folder)) {
    fmt::print("skipped: no corpus at {}\n", folder.string());
    return kSkipped;
  }
  inspect::InspectionResources resources;
  std::size_t captures = 0, same = 0, bounded = 0, observations = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    try {
      // The route comes from the name and the seed: the order of the folder does not matter.
      Random random(seed ^ std::hash<std::string>{}(entry.path().filename().string()));
      Route route = random_route(random);
      if (route.tunnels.size() > 1) route.tunnels.resize(1);
      if (has_vlans(path)) route.link = 0;
      Gate plain(resources), wrapped(resources);
      play(path, plain, [&](const packet::RawPacket& raw) { plain.take(raw); });
      play(path, wrapped, [&](const packet::RawPacket& raw) { send(raw, route, random, wrapped); });
      ++captures;
      observations += plain.heard.all.size();
      if (wrapped.at_its_bounds()) {  // deeper than is opened: said in README.md, and the outer packet is given
        ++bounded;
      } else if (plain.heard.all == wrapped.heard.all) {
        ++same;
      } else {
        fmt::print("{}: link {}, tunnel {}, fragments of {}{}\n", path, route.link,
                   route.tunnels.empty() ? -1 : static_cast<int>(route.tunnels[0]), route.fragment,
                   route.outer_fragments ? " outside" : "");
        for (const auto& one : plain.heard.all) {
          if (!wrapped.heard.all.contains(one)) fmt::print("  lost: {}\n", one);
        }
        for (const auto& one : wrapped.heard.all) {
          if (!plain.heard.all.contains(one)) fmt::print("  new:  {}\n", one);
        }
      }
    } catch (const SetupError&) {
      // no capture at all: said by replay, tested elsewhere
    }
  }
  fmt::print("{} captures with {} observations, {} the same in other clothes, {} too deep to open\n", captures, observations,
             same, bounded);
  return same + bounded == captures ? 0 : 1;
}

}  // namespace
}  // namespace gatehouse

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    fmt::print(stderr, "usage: corpus_wrapped FOLDER-OF-CAPTURES [SEED]\n");
    return 2;
  }
  return gatehouse::run(argv[1], argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 1);
}
