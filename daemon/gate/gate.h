// The gate as it stands in a network: workers, each with its queues (or its share of a mirror port), one thread that
// writes the journal, and the policy that a reload exchanges under them. Made, started and stopped by one thread; the
// status may be asked for from any.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "gate/capture/settings.h"
#include "gate/policy_desk.h"
#include "gate/worker.h"
#include "journal/journal_feed.h"

namespace gatehouse::gate {

struct GateOptions {
  std::filesystem::path config;
  std::string version;
};

// What a configuration asks of the gate. Made at start and at each reload; throws SetupError for any mistake.
struct GateConfig {
  capture::GateSettings gate;
  policy::JournalSettings journal;
  policy::DhcpSeenSettings dhcp;
  std::shared_ptr<const policy::PolicySnapshot> policy;
  std::shared_ptr<const respond::RespondSettings> replies;
};
GateConfig load_gate_config(const std::filesystem::path& file);

// How one worker is; for the watchdog and the status.
struct WorkerStatus {
  std::uint64_t beats = 0;     // grows several times a second while it is well
  std::uint64_t packets = 0;
  std::uint64_t overflows = 0; // of its queues
  std::uint64_t missed = 0;
};

struct GateStatus {
  Timestamp started{};
  Timestamp policy_since{};
  std::uint64_t reloads = 0;
  std::uint64_t refused_reloads = 0;
  std::uint64_t journal_dropped = 0;  // lines
  bool journal_failing = false;
  std::vector<WorkerStatus> workers;
};

class Gate {
 public:
  Gate(GateOptions options, Log log);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Reads the configuration, takes its queues, begins. Throws SetupError; then nothing runs.
  void start();
  // Reads the configuration again; a bad one is refused and the old one stays. Takes as long as its lists take.
  Result<void> reload();
  // Every flow ends, what was seen is written. Packets that still wait go the way of the fail policy.
  void stop();

  // From the control socket: who belongs to which group, and exemptions. On the thread that made it.
  Result<nlohmann::json> update(const control::GroupsUpdate& update) { return desk_->update(update); }
  Result<void> update(const control::ExemptionsUpdate& update);

  [[nodiscard]] GateStatus status() const;
  // The same and the policy in force, for `gatehouse status`. On the thread that made it.
  [[nodiscard]] nlohmann::json describe() const;
  [[nodiscard]] const capture::GateSettings& settings() const noexcept { return config_.gate; }

 private:
  struct Runner;
  void make_runners();
  void give(const Orders& orders);
  void journal_loop();

  GateOptions options_;
  Log log_;
  GateConfig config_;
  SystemClock clock_;
  std::unique_ptr<PolicyDesk> desk_;
  Orders given_;  // to the workers
  std::unique_ptr<journal::JournalWriter> journal_;
  journal::JournalTray tray_;
  std::vector<std::unique_ptr<Runner>> runners_;
  std::thread journal_thread_;
  std::atomic<bool> stop_workers_{false};
  std::atomic<bool> stop_journal_{false};
  std::atomic<bool> journal_failing_{false};
  std::atomic<std::uint64_t> journal_dropped_{0};
  std::atomic<std::uint64_t> reloads_{0};
  std::atomic<std::uint64_t> refused_reloads_{0};
  std::atomic<std::int64_t> started_us_{0};
  std::atomic<std::int64_t> policy_us_{0};
};

}  // namespace gatehouse::gate
