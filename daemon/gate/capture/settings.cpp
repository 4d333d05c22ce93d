#include "gate/capture/settings.h"

#include <net/if.h>

#include <algorithm>
#include <thread>

namespace gatehouse::capture {
namespace {

constexpr int kMostWorkers = 64;
constexpr std::uint64_t kLeastMemory = 1u << 20;

std::vector<std::string> read_interfaces(const ConfigNode& node) {
  std::vector<std::string> out = node.texts();
  for (const std::string& name : out) {
    const bool fits = !name.empty() && name.size() < IFNAMSIZ &&
                      name.find_first_of(" /!\t\"'") == std::string::npos && name.front() != '-';
    if (!fits) node.error("'" + name + "' cannot be the name of an interface", "'ip link' shows the names.");
  }
  return out;
}

}  // namespace

std::string_view name_of(Failing failing) noexcept { return failing == Failing::Open ? "open" : "closed"; }

int GateSettings::worker_count() const noexcept {
  if (workers > 0) return workers;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostWorkers);
}
std::uint16_t GateSettings::open_queue(int worker) const noexcept {
  return static_cast<std::uint16_t>(first_queue + worker);
}
std::uint16_t GateSettings::closed_queue(int worker) const noexcept {
  return static_cast<std::uint16_t>(first_queue + worker_count() + worker);
}

GateSettings read_gate_settings(const ConfigFile& file) {
  GateSettings out;
  const ConfigNode gate = file.section("gate");
  out.present = gate.present();
  out.line = gate.line();
  out.mode = gate.child("mode").choice<Mode>({{"inline", Mode::Inline}, {"passive", Mode::Passive}}, out.mode);
  out.clients = read_interfaces(gate.child("clients"));
  out.watch = read_interfaces(gate.child("watch"));
  out.local_dns = gate.child("local_dns").boolean(out.local_dns);
  out.resets = gate.child("resets").boolean(out.resets);
  out.failing = gate.child("failing").choice<Failing>({{"open", Failing::Open}, {"closed", Failing::Closed}}, out.failing);
  out.workers = static_cast<int>(gate.child("workers").integer(out.workers, 0, kMostWorkers));
  out.first_queue = static_cast<std::uint16_t>(gate.child("first_queue").integer(out.first_queue, 0, 65'535 - 2 * kMostWorkers));
  out.queue_packets = static_cast<std::uint32_t>(gate.child("queue_packets").integer(out.queue_packets, 64, 1'048'576));
  out.receive_buffer = gate.child("receive_buffer").size(out.receive_buffer);
  out.marks.first_bit = static_cast<int>(gate.child("first_mark_bit").integer(out.marks.first_bit, 0, 32 - Marks::kBits));
  out.flows = static_cast<std::size_t>(gate.child("flows").integer(static_cast<std::int64_t>(out.flows), 256, 16'777'216));
  out.reassembly_bytes = gate.child("reassembly").size(out.reassembly_bytes);
  if (out.reassembly_bytes < kLeastMemory) {
    gate.child("reassembly").error("less than 1 MB holds no hellos", "64 MB serves a large college.");
  }
  if (out.present && out.mode == Mode::Inline && out.clients.empty()) {
    gate.error("inline, but no interface is named where the clients' packets come in", "Add 'clients: [eth1]'.");
  }
  if (out.present && out.mode == Mode::Passive && out.watch.empty()) {
    gate.error("passive, but no interface is named to watch", "Add 'watch: [eth1]'.");
  }
  gate.finish();
  return out;
}

}  // namespace gatehouse::capture
