// The lodge as a program: one event loop and one thread, on which the services of services.cpp run. SIGHUP reads the
// configuration again (a bad one is told and the old one stays), SIGTERM and SIGINT end it in order.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/service.h"
#include "base/time.h"
#include "lodge/context.h"

namespace gatehouse::lodge {

struct LodgeOptions {
  std::string config;   // gatehouse.yaml
  std::string version;  // stands in the footer of reports
};

class Lodge {
 public:
  Lodge(LodgeOptions options, const Clock& clock, Log log);

  // Until SIGTERM or SIGINT. Throws SetupError when it cannot begin.
  void run();

 private:
  // What one configuration file says, with the lists for the report.
  struct Loaded {
    ConfigFile config;
    LodgeSettings settings;
    policy::JournalSettings journal;
    std::shared_ptr<const policy::PolicySnapshot> policy;
    ReportContext report;
  };
  enum class Ended { Reload, Stop };

  [[nodiscard]] Loaded load() const;
  Ended run_services(const Loaded& loaded);
  void wait_for_signal(std::vector<std::unique_ptr<Service>>& services, Ended& ended);

  LodgeOptions options_;
  const Clock& clock_;
  Log log_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  std::optional<Loaded> next_;  // a good configuration that a reload has read
};

}  // namespace gatehouse::lodge
