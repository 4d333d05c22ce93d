// gatehouse-gate: sees packets, knows no people. In the foreground, one configuration file, messages on standard error.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <functional>
#include <iostream>

#include "gate/gate.h"

namespace {

using namespace gatehouse;

// SIGHUP reads the configuration again, SIGTERM and SIGINT end the gate.
void serve(gate::Gate& gate, const Log& log) {
  boost::asio::io_context io;
  boost::asio::signal_set signals(io, SIGHUP, SIGTERM, SIGINT);
  std::function<void()> wait = [&] {
    signals.async_wait([&](const boost::system::error_code& cancelled, int signal) {
      if (cancelled || signal != SIGHUP) return;
      if (const Result<void> done = gate.reload(); done) {
        log->info("the configuration was read again");
      } else {
        log->error("the configuration stays as it was: {}", done.error().to_string());
      }
      wait();
    });
  };
  wait();
  gate.start();
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "gatehouse-gate decides on every connection that the firewall hands to it ('gatehouse firewall apply'), stops what\n"
      "is listed, and writes the journal. It runs in the foreground, in any network namespace, and opens no port.\n"
      "SIGHUP reads the configuration again (a bad one is refused and the old one stays); SIGTERM ends it.",
      "gatehouse-gate"};
  gate::GateOptions options;
  options.version = GATEHOUSE_VERSION;
  bool verbose = false;
  app.add_option("--config", options.config, "gatehouse.yaml")->required();
  app.add_flag("--verbose", verbose, "tell more");
  app.set_version_flag("--version", GATEHOUSE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    const Log log = make_stderr_log("gate", verbose);
    gate::Gate gate(std::move(options), log);
    serve(gate, log);
    gate.stop();
    log->info("stopped");
    return 0;
  } catch (const SetupError& error) {
    std::cerr << "gatehouse-gate: " << error.error().to_string() << '\n';
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-gate: " << error.what() << '\n';
  }
  return 1;
}
