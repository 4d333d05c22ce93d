// gatehouse-gate: sees packets, knows no people. In the foreground, one configuration file, messages on standard error.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <functional>

#include "control/server.h"
#include "control/settings.h"
#include "gate/gate.h"
#include "process/confine.h"
#include "process/notify.h"
#include "process/program.h"

namespace {

using namespace gatehouse;

// A worker looks up ten times a second when it has nothing to do, and after each burst otherwise.
constexpr Seconds kHangs{10};

control::Handlers handlers_for(gate::Gate& gate) {
  control::Handlers out;
  out.groups = [&gate](const control::GroupsUpdate& update) { return gate.update(update); };
  out.exemptions = [&gate](const control::ExemptionsUpdate& update) { return gate.update(update); };
  out.reload = [&gate]() -> Result<nlohmann::json> {
    if (const Result<void> done = gate.reload(); !done) return tl::make_unexpected(done.error());
    return gate.describe()["policy"];
  };
  out.status = [&gate] { return gate.describe(); };
  return out;
}

process::Heartbeat::Trouble watch_over(const gate::Gate& gate) {
  return [&gate, watch = process::BeatWatch(kHangs)]() mutable -> std::optional<std::string> {
    std::vector<std::uint64_t> beats;
    for (const gate::WorkerStatus& worker : gate.status().workers) beats.push_back(worker.beats);
    const auto stuck = watch.stuck(beats, std::chrono::steady_clock::now());
    if (!stuck) return std::nullopt;
    return fmt::format("worker {} has stood still for {} seconds", *stuck, kHangs.count());
  };
}

// SIGHUP reads the configuration again, SIGTERM and SIGINT end the gate.
void serve(gate::Gate& gate, const std::string& config, const Log& log) {
  boost::asio::io_context io;
  boost::asio::signal_set signals(io, SIGHUP, SIGTERM, SIGINT);
  std::function<void()> wait = [&] {
    signals.async_wait([&](const boost::system::error_code& cancelled, int signal) {
      if (cancelled) return;
      if (signal != SIGHUP) {
        process::tell_stopping();
        io.stop();
        return;
      }
      if (const Result<void> done = gate.reload(); done) {
        log->info("the configuration was read again");
      } else {
        log->error("the configuration stays as it was: {}", done.error().to_string());
      }
      wait();
    });
  };
  wait();
  // The control socket first: a second gate is refused before it takes anything from the one that runs.
  const ConfigFile file = ConfigFile::load(config);
  const control::ControlSettings settings = control::read_control_settings(file);
  file.throw_if_errors();
  control::Server control(io, settings.socket, handlers_for(gate), log);
  control.start();
  gate.start();
  process::restrict_system_calls(process::Role::Gate, log);
  process::Heartbeat heart(io, log, watch_over(gate));
  heart.start();
  process::tell_ready("filtering");
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  const process::Program program{
      "gatehouse-gate", process::Role::Gate,
      "gatehouse-gate decides on every connection that the firewall hands to it ('gatehouse firewall apply'), stops what\n"
      "is listed, and writes the journal. It runs in the foreground, in any network namespace, and opens no port.\n"
      "Asked over a Unix socket ('gatehouse status').\n"
      "SIGHUP reads the configuration again (a bad one is refused and the old one stays); SIGTERM ends it.",
      GATEHOUSE_VERSION};
  return process::run_program(program, argc, argv, [](const std::string& config, const Log& log) {
    gate::Gate gate({config, GATEHOUSE_VERSION}, log);
    serve(gate, config, log);
    gate.stop();
    log->info("stopped");
  });
}
