// replay_stages FILE [ROUNDS]: where the processor time of a replay goes. Each line runs everything above it and one
// stage more over the whole capture; what it adds is that stage's cost. The best of the rounds counts: other work on
// the machine only adds.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "../gatehouse/setup.h"
#include "gate/capture/file_source.h"
#include "gate/worker.h"
#include "measure.h"

namespace {

using namespace gatehouse;

constexpr int kRounds = 5;

std::uint64_t read_all(const std::string& path, const std::function<void(std::span<const packet::RawPacket>)>& take) {
  capture::FileSource source(path);
  std::uint64_t packets = 0;
  while (!source.finished()) {
    const auto burst = source.poll(Milliseconds{0});
    packets += burst.size();
    take(burst);
  }
  return packets;
}

// Decodes bursts as the worker does, and hands the views on. Fragments, which would be held, are passed over.
class Decoding {
 public:
  template <typename Take>
  void operator()(std::span<const packet::RawPacket> burst, Take&& take) {
    std::size_t count = 0;
    for (const packet::RawPacket& raw : burst) {
      if (decoder_.decode(raw, views_[count]) == packet::Decoded::Yes && !views_[count].from_fragments) ++count;
    }
    take(std::span<const packet::PacketView>(views_.data(), count));
  }

 private:
  packet::Decoder decoder_;
  std::array<packet::PacketView, capture::kBurst> views_;
};

// Finds each packet's flow, makes it when it is new, and counts; nobody looks inside.
class Finding {
 public:
  Finding() : table_(flow::FlowLimits{}.flows, {}) {}
  void operator()(std::span<const packet::PacketView> views) {
    std::array<packet::KeyedPacket, capture::kBurst> keys;
    std::array<std::uint64_t, capture::kBurst> hashes;
    for (std::size_t i = 0; i < views.size(); ++i) {
      keys[i] = packet::key_of(views[i]);
      hashes[i] = table_.hash(keys[i].key);
      table_.prefetch_buckets(hashes[i]);
    }
    for (std::size_t i = 0; i < views.size(); ++i) table_.prefetch_flow(hashes[i]);
    for (std::size_t i = 0; i < views.size(); ++i) {
      auto index = table_.find(keys[i].key, hashes[i]);
      if (index == flow::FlowTable::kNone) {
        if (const auto victim = table_.victim(hashes[i]); victim != flow::FlowTable::kNone) table_.erase(victim);
        index = table_.insert(keys[i].key, hashes[i], views[i].at);
      }
      flow::Flow& flow = table_[index];
      flow::FlowEnd& end = flow.ends[keys[i].from_low ? 0 : 1];
      ++end.packets;
      end.bytes += views[i].payload.size();
      flow.last = views[i].at;
    }
  }

 private:
  flow::FlowTable table_;
};

struct NoSink final : flow::FlowSink {
  flow::FlowVerdict on_observation(const flow::Flow&, const inspect::Observation&) noexcept override {
    ++names;
    return flow::FlowVerdict::Continue;
  }
  void on_flow_end(const flow::Flow&) noexcept override {}
  std::uint64_t names = 0;
};

// As the worker asks, without the event.
struct DecidingSink final : flow::FlowSink {
  explicit DecidingSink(std::shared_ptr<const policy::PolicySnapshot> policy) : decider(std::move(policy)) {}
  flow::FlowVerdict on_observation(const flow::Flow& flow, const inspect::Observation& seen) noexcept override {
    const policy::Subject subject{flow.client(), flow.client_mac, flow.key.vlan};
    listed += decider.decide(subject, seen, flow.last, &flow.server()).listed ? 1 : 0;
    return flow::FlowVerdict::Continue;
  }
  void on_flow_end(const flow::Flow&) noexcept override {}
  policy::Decider decider;
  std::uint64_t listed = 0;
};

struct Stage {
  const char* name;
  std::function<void()> run;
  double best = 1e9;
};

void run_engine(const std::string& path, flow::FlowSink& sink) {
  inspect::InspectionResources inspection;
  flow::FlowEngine engine({}, inspection, sink);
  Decoding decode;
  read_all(path, [&](auto burst) { decode(burst, [&](auto views) { engine.process(views); }); });
  engine.finish();
}

void run_worker(const std::string& path, const cli::Setup& setup, const std::string& journal_file) {
  journal::JournalWriter journal(journal_file, {}, true);
  gate::Recorder recorder(setup.journal, journal);
  gate::WorkerSettings settings;
  settings.replay = true;
  gate::Worker worker(settings, setup.policy, recorder);
  read_all(path, [&](auto burst) { worker.process(burst); });
  worker.finish();
}

int measure(const std::string& path, int rounds, const std::string& journal) {
  const double begun = bench::cpu_seconds();
  const cli::Setup setup = cli::load_setup({}, true);
  const double lists_ready = bench::cpu_seconds();
  { const inspect::InspectionResources first; }
  const double inspection_ready = bench::cpu_seconds();

  std::uint64_t packets = 0;
  std::vector<Stage> stages = {
      {"read the file", [&] { packets = read_all(path, [](auto) {}); }},
      {"decode", [&] {
         Decoding decode;
         read_all(path, [&](auto burst) { decode(burst, [](auto) {}); });
       }},
      {"find the flow", [&] {
         Decoding decode;
         Finding find;
         read_all(path, [&](auto burst) { decode(burst, find); });
       }},
      {"reassemble, inspect", [&] {
         NoSink sink;
         run_engine(path, sink);
       }},
      {"decide", [&] {
         DecidingSink sink(setup.policy);
         run_engine(path, sink);
       }},
      {"journal", [&] { run_worker(path, setup, journal); }},
  };
  for (int round = 0; round < rounds; ++round) {
    for (Stage& stage : stages) {
      const double before = bench::cpu_seconds();
      stage.run();
      stage.best = std::min(stage.best, bench::cpu_seconds() - before);
    }
  }
  fmt::print("| stage | adds, ms | ns a packet | in all, ms |\n| --- | ---: | ---: | ---: |\n");
  fmt::print("| start: lists, policy | {:.0f} | | |\n", (lists_ready - begun) * 1e3);
  fmt::print("| start: signatures, pools | {:.0f} | | |\n", (inspection_ready - lists_ready) * 1e3);
  double before = 0;
  for (const Stage& stage : stages) {
    const double added = stage.best - before;
    fmt::print("| {} | {:.0f} | {:.0f} | {:.0f} |\n", stage.name, added * 1e3, added * 1e9 / static_cast<double>(packets),
               stage.best * 1e3);
    before = stage.best;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: replay_stages CAPTURE [ROUNDS] [JOURNAL]\n");
    return 2;
  }
  try {
    const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : kRounds;
    return measure(argv[1], rounds, argc > 3 ? argv[3] : "/dev/null");
  } catch (const SetupError& error) {
    fmt::print(stderr, "replay_stages: {}\n", error.what());
    return 1;
  }
}
