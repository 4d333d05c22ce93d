// What the services of the lodge share for one run between two reloads: the event loop, the settings, the store, who
// held which address, and what they tell each other. All of it belongs to the thread of the event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "gate/policy/policy.h"
#include "gate/policy/settings.h"
#include "lodge/identity/groups.h"
#include "lodge/identity/timeline.h"
#include "lodge/report/write_report.h"
#include "lodge/settings.h"
#include "lodge/store/access_requests.h"
#include "lodge/store/sqlite_store.h"

namespace gatehouse::lodge {

class GateLink;

// A report that stands in its folder.
struct ReportMade {
  Day day;
  ReportFiles files;
};

// A list of whom to tell; called in the order they asked.
template <typename... Args>
class Signal {
 public:
  using Slot = std::function<void(Args...)>;
  void connect(Slot slot) { slots_.push_back(std::move(slot)); }
  void operator()(Args... args) const {
    for (const Slot& slot : slots_) slot(args...);
  }

 private:
  std::vector<Slot> slots_;
};

struct LodgeContext {
  boost::asio::io_context& io;
  const ConfigFile& config;       // for the sections that a service reads for itself; their mistakes were found before
  const LodgeSettings& settings;
  const policy::JournalSettings& journal;
  std::shared_ptr<const policy::PolicySnapshot> policy;  // of the configuration, for what is told to people
  const Clock& clock;
  Log log;
  SqliteStore& store;             // this thread's connection; another thread opens its own
  std::string store_file;
  SessionTimeline& timeline;      // sources of identity replace its value; ingest asks it
  ReportContext report;           // what the store does not know and a report needs

  // What services tell each other. Connect before start().
  Signal<std::span<const Attempt>> attempts_saved;  // new ones, and changed ones as they are now
  Signal<const ReportMade&> report_made;
  Signal<const AccessRequest&> access_requested;  // on a block page
  GateLink* gate = nullptr;  // tells the gate groups and exemptions; there when the services after it are made
  bool caught_up = false;  // ingest has read the journal to its end since the start
  // Stored attempts of which is now known better who made them, and which address is in which group as it is now.
  Signal<std::span<const Attempt>> attempts_corrected = {};
  Signal<const GroupTable&> groups_changed = {};
  // What ingest hands to identity: each `dhcp` event as it is read; and when what was made of them has to be saved.
  // Empty where nobody takes them.
  std::function<void(const journal::Event&)> dhcp_seen = {};
  std::function<Result<void>()> keep_evidence = {};
};

}  // namespace gatehouse::lodge
