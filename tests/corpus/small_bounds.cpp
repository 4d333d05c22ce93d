// Every capture of a folder through one worker after another, with the usual bounds and with bounds so small that
// each is met: nothing may crash, leak (under the asan preset) or count wrongly. Prints how much was named under each.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <vector>

#include "gate/capture/file_source.h"
#include "gate/recorder.h"
#include "gate/worker.h"
#include "lists/pack.h"

namespace gatehouse::gate {
namespace {

constexpr int kSkipped = 77;

struct Bounds {
  const char* name;
  WorkerSettings settings;
};

std::vector<Bounds> all_bounds() {
  std::vector<Bounds> all;
  for (const char* name : {"usual", "small", "one"}) {
    WorkerSettings settings;
    settings.replay = true;
    settings.flows.flows = 4096;  // the tables are made anew for each capture: small enough to be made quickly
    settings.flows.tcp_contexts = settings.flows.datagram_contexts = 2048;
    settings.flows.reassembly_bytes = 8u << 20;
    settings.inspection.quic_handshakes = settings.inspection.http2_connections = 256;
    settings.inspection.dtls_handshakes = 64;
    settings.fragments.datagrams = 16;
    if (name != std::string_view("usual")) {
      const bool one = name == std::string_view("one");
      settings.flows.flows = one ? 1 : 8;
      settings.flows.tcp_contexts = one ? 1 : 4;
      settings.flows.datagram_contexts = one ? 1 : 4;
      settings.flows.reassembly_bytes = one ? 1 : 16 * 1024;
      settings.flows.alternates = one ? 0 : 1;
      settings.flows.stream_window = one ? 1 : 700;
      settings.inspection.quic_handshakes = one ? 0 : 1;
      settings.inspection.http2_connections = one ? 0 : 1;
      settings.inspection.dtls_handshakes = one ? 0 : 1;
      settings.fragments.datagrams = one ? 1 : 2;
    }
    all.push_back({name, settings});
  }
  return all;
}

struct Sum {
  std::uint64_t packets = 0, flows = 0, named = 0, unequal = 0, unreadable = 0;
};

void read_one(const std::string& path, const Bounds& bounds, const std::shared_ptr<const policy::PolicySnapshot>& policy,
              Sum& sum) {
  journal::JournalWriter journal("/dev/null");
  Recorder recorder({}, journal);
  Worker worker(bounds.settings, policy, recorder);
  capture::FileSource source(path);
  while (!source.finished()) worker.process(source.poll(Milliseconds{0}));
  worker.finish();
  const WorkerTotals& totals = worker.totals();
  const flow::FlowStats flows = worker.flow_stats();
  sum.packets += totals.packets;
  sum.flows += totals.flows;
  sum.named += totals.named;
  if (flows.flows != flows.ended || flows.flows_now != 0 || flows.reassembly_now != 0) {
    ++sum.unequal;
    fmt::print("{}, {} bounds: {} flows begun, {} ended, {} bytes not given back\n", path, bounds.name, flows.flows,
               flows.ended, flows.reassembly_now);
  }
}

int run(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    fmt::print("skipped: no corpus at {}\n", folder.string());
    return kSkipped;
  }
  std::vector<std::string> captures;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) captures.push_back(entry.path().string());
  std::sort(captures.begin(), captures.end());
  const auto policy = std::make_shared<const policy::PolicySnapshot>(policy::PolicySettings{}, lists::Pack::empty());
  bool good = true;
  for (const Bounds& bounds : all_bounds()) {
    Sum sum;
    for (const std::string& capture : captures) {
      try {
        read_one(capture, bounds, policy, sum);
      } catch (const SetupError&) {
        ++sum.unreadable;  // no capture at all: said by replay, tested elsewhere
      }
    }
    fmt::print("{:<6} {} captures, {} packets, {} flows, {} named, {} unreadable\n", bounds.name, captures.size(),
               sum.packets, sum.flows, sum.named, sum.unreadable);
    std::fflush(stdout);
    good = good && sum.unequal == 0;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace gatehouse::gate

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: corpus_bounds FOLDER-OF-CAPTURES\n");
    return 2;
  }
  return gatehouse::gate::run(argv[1]);
}
