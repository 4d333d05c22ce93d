#include "gate/gate.h"

#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gate/capture/live_source.h"
#include "gate/capture/nfqueue_source.h"
#include "gate/capture/packet_account.h"
#include "gate/policy/check.h"
#include "gate/policy/load.h"

namespace gatehouse::gate {
namespace {

constexpr Milliseconds kWait{100};          // a worker without packets looks up this often
constexpr Milliseconds kJournalEvery{200};  // the live view shows an attempt within two seconds
constexpr int kPriority = -10;              // before what else runs on a gateway, behind the kernel's own
constexpr Seconds kFlowWithoutData{600};    // in the path: README.md of gate/flow

HashKey random_key() {
  HashKey key;
  if (getrandom(&key, sizeof key, 0) != sizeof key) {
    throw SetupError({"the system has no random numbers", {}, {}, 0});
  }
  return key;
}

WorkerSettings worker_settings(const GateConfig& config, int number) {
  const capture::GateSettings& gate = config.gate;
  WorkerSettings out;
  out.dhcp = config.dhcp;
  out.number = number;
  out.flows.flows = gate.flows;
  out.flows.reassembly_bytes = gate.reassembly_bytes;
  out.flows.table_key = random_key();
  out.flows.in_path = gate.mode == capture::Mode::Inline;
  if (out.flows.in_path) out.flows.tcp_new = kFlowWithoutData;
  return out;
}

}  // namespace

GateConfig load_gate_config(const std::filesystem::path& path) {
  const ConfigFile file = ConfigFile::load(path);
  GateConfig out;
  out.gate = capture::read_gate_settings(file);
  out.journal = policy::read_journal_settings(file);
  out.dhcp = policy::read_dhcp_seen_settings(file);
  out.replies = std::make_shared<const respond::RespondSettings>(respond::read_respond_settings(file));
  policy::refuse_unknown_sections(file);
  out.policy = policy::load_policy(file).policy;
  if (!out.gate.present) {
    throw SetupError({"there is no section 'gate', so it is not known where the clients are",
                      "add 'gate: {clients: [eth1]}' with the interface that the clients are behind", path.string(), 0});
  }
  if (out.journal.path.empty()) {
    throw SetupError({"no journal is named, so nothing could be recorded",
                      "add 'journal: {path: /var/lib/gatehouse/eve.json}'", path.string(), 0});
  }
  return out;
}

// One worker with what is its own, and its thread.
struct Gate::Runner {
  Runner(const GateConfig& config, const Orders& orders, int at, journal::JournalTray& tray)
      : number(at), feed(tray), recorder(config.journal, feed) {
    const capture::GateSettings& gate = config.gate;
    const bool in_path = gate.mode == capture::Mode::Inline;
    if (in_path) {
      capture::NfqueueSettings queues;
      queues.queues = {{gate.open_queue(at), true}, {gate.closed_queue(at), false}};
      queues.most_packets = gate.queue_packets;
      queues.receive_buffer = gate.receive_buffer;
      queues.marks = gate.marks;
      nfqueue = std::make_unique<capture::NfqueueSource>(std::move(queues));
    } else {
      const std::size_t interface = static_cast<std::size_t>(at) % gate.watch.size();
      live = std::make_unique<capture::LiveSource>(gate.watch[interface], fanout_group(interface), gate.receive_buffer);
    }
    if (in_path && at == 0) {
      undecided = std::make_unique<capture::PacketAccount>(capture::kUndecidedAccount);
      undecided_before = went_undecided = undecided->take().value_or(0);
    }
    if (in_path || gate.resets) injector = std::make_unique<capture::Injector>(gate.marks);
    WorkerPath path;
    path.source = in_path ? static_cast<capture::PacketSource*>(nfqueue.get()) : live.get();
    path.injector = injector.get();
    path.in_path = in_path;
    path.failing = gate.failing;
    worker = std::make_unique<Worker>(worker_settings(config, at), make_policy(orders, config), recorder, path);
  }
  ~Runner() {
    delete next.exchange(nullptr);
    delete next_groups.exchange(nullptr);
  }

  static std::uint16_t fanout_group(std::size_t interface) {
    return static_cast<std::uint16_t>((static_cast<std::size_t>(::getpid()) + interface * 251) & 0xffff);
  }
  static std::unique_ptr<WorkerPolicy> make_policy(const Orders& orders, const GateConfig& config) {
    return std::make_unique<WorkerPolicy>(orders.policy, config.replies, orders.groups);
  }

  void run(const std::atomic<bool>& stop);
  void take_orders();
  Worker::Counters counters();
  void tell_overflow(Timestamp now);

  int number;
  journal::JournalFeed feed;
  Recorder recorder;
  std::unique_ptr<capture::NfqueueSource> nfqueue;
  std::unique_ptr<capture::LiveSource> live;
  std::unique_ptr<capture::Injector> injector;
  std::unique_ptr<capture::PacketAccount> undecided;  // one for all workers: the first's
  std::uint64_t went_undecided = 0;
  std::unique_ptr<Worker> worker;
  std::thread thread;
  // Each is a letter box: whoever exchanges the pointer owns what it points to. No lock.
  using Groups = std::shared_ptr<const policy::GroupTable>;
  std::atomic<WorkerPolicy*> next{nullptr};
  std::atomic<Groups*> next_groups{nullptr};
  std::unique_ptr<Groups> waiting_groups;  // came before their policy; the worker's
  std::atomic<std::uint64_t> beats{0}, packets{0}, overflows{0}, missed{0};
  std::uint64_t undecided_before = 0;  // went on without an answer before this gate began to run
  std::uint64_t told_lost = 0;
  Timestamp next_look{};
};

void Gate::Runner::run(const std::atomic<bool>& stop) {
  // Every new connection waits for this thread (on Linux the priority is the thread's own). Without the right: as it is.
  (void)::setpriority(PRIO_PROCESS, 0, kPriority);
  capture::PacketSource& source = nfqueue ? static_cast<capture::PacketSource&>(*nfqueue) : *live;
  while (!stop.load(std::memory_order_relaxed)) {
    const auto burst = source.poll(kWait);
    take_orders();  // after the wait: what was told before these packets came counts for them
    if (!burst.empty()) {
      worker->process(burst);
      source.send_verdicts();
    }
    const Timestamp now = burst.empty() ? SystemClock().now() : burst.back().at;
    if (burst.empty() || now >= next_look) {
      next_look = now + kWait;
      worker->set_extra_counters(counters());
      tell_overflow(now);
      worker->tick(now);
    }
    feed.hand_over();
    beats.fetch_add(1, std::memory_order_relaxed);
    packets.store(worker->totals().packets, std::memory_order_relaxed);
  }
  worker->finish();
  feed.hand_over();
}

void Gate::Runner::take_orders() {
  if (next.load(std::memory_order_relaxed) != nullptr) {
    worker->use(std::unique_ptr<WorkerPolicy>(next.exchange(nullptr, std::memory_order_acquire)));
  }
  if (next_groups.load(std::memory_order_relaxed) != nullptr) {
    waiting_groups.reset(next_groups.exchange(nullptr, std::memory_order_acquire));
  }
  if (waiting_groups && worker->use(*waiting_groups)) waiting_groups.reset();
}

Worker::Counters Gate::Runner::counters() {
  Worker::Counters out;
  if (nfqueue) {
    const capture::NfqueueStats& stats = nfqueue->stats();
    out = {{"queue.packets", stats.packets}, {"queue.overflows", stats.overflows}, {"queue.missed", stats.missed},
           {"queue.errors", stats.errors}};
    overflows.store(stats.overflows, std::memory_order_relaxed);
    missed.store(stats.missed, std::memory_order_relaxed);
  } else {
    const capture::LiveStats stats = live->stats();
    out = {{"capture.packets", stats.packets}, {"capture.dropped", stats.dropped}};
    missed.store(stats.dropped, std::memory_order_relaxed);
  }
  if (undecided) {
    went_undecided += undecided->take().value_or(0);
    out.emplace_back("queue.undecided", went_undecided);
  }
  if (injector) {
    out.emplace_back("replies.sent", injector->stats().sent);
    out.emplace_back("replies.failed", injector->stats().failed);
  }
  return out;
}

// Said when it happens, and once a look while it lasts; the minute's figures have the sums. Where traffic fails open the
// kernel calls nothing missed: what did not fit went on.
void Gate::Runner::tell_overflow(Timestamp now) {
  const std::uint64_t passed = went_undecided - undecided_before;
  const std::uint64_t lost = overflows.load(std::memory_order_relaxed) + missed.load(std::memory_order_relaxed) + passed;
  if (lost == told_lost) return;
  worker->record_gate_event("queue-overflow", now,
                            {{"overflows", overflows.load(std::memory_order_relaxed)},
                             {"missed", missed.load(std::memory_order_relaxed)},
                             {"undecided", passed}});
  told_lost = lost;
}

Gate::Gate(GateOptions options, Log log) : options_(std::move(options)), log_(std::move(log)) {}

Gate::~Gate() { stop(); }

void Gate::make_runners() {
  const int workers = config_.gate.mode == capture::Mode::Inline
                          ? config_.gate.worker_count()
                          : std::max(config_.gate.worker_count(), static_cast<int>(config_.gate.watch.size()));
  for (int i = 0; i < workers; ++i) runners_.push_back(std::make_unique<Runner>(config_, desk_->orders(), i, tray_));
}

void Gate::start() {
  config_ = load_gate_config(options_.config);
  journal::JournalLimits limits;
  limits.rotate = {config_.journal.rotate_size, config_.journal.keep};
  journal_ = std::make_unique<journal::JournalWriter>(config_.journal.path.string(), limits);
  journal_->tell_trouble_by(clock_);
  desk_ = std::make_unique<PolicyDesk>(config_.policy, clock_, [this](const Orders& orders) { give(orders); });
  make_runners();
  const Timestamp now = SystemClock().now();
  started_us_ = policy_us_ = to_us(now);
  runners_.front()->worker->record_gate_event(
      config_.gate.failing == capture::Failing::Open ? journal::kStartedFailingOpen : journal::kStartedFailingClosed, now, {{"workers", runners_.size()}});
  runners_.front()->feed.hand_over();
  journal_thread_ = std::thread([this] { journal_loop(); });
  for (const auto& runner : runners_) {
    runner->thread = std::thread([this, &one = *runner] { one.run(stop_workers_); });
  }
  log_->info("{} workers, {}, when failing: {}", runners_.size(),
             config_.gate.mode == capture::Mode::Inline ? "inline" : "passive", name_of(config_.gate.failing));
}

// What a worker has not taken yet is overtaken.
void Gate::give(const Orders& orders) {
  if (orders.policy == given_.policy) {
    for (const auto& runner : runners_) {
      delete runner->next_groups.exchange(new Runner::Groups(orders.groups), std::memory_order_acq_rel);
    }
  } else {
    std::vector<std::unique_ptr<WorkerPolicy>> policies;
    for (std::size_t i = 0; i < runners_.size(); ++i) policies.push_back(Runner::make_policy(orders, config_));
    for (std::size_t i = 0; i < runners_.size(); ++i) {
      delete runners_[i]->next.exchange(policies[i].release(), std::memory_order_acq_rel);
    }
    policy_us_ = to_us(clock_.now());
  }
  given_ = orders;
}

Result<void> Gate::reload() {
  try {
    GateConfig fresh = load_gate_config(options_.config);
    config_.policy = fresh.policy;
    config_.replies = fresh.replies;
    desk_->set_policy(fresh.policy);
  } catch (const SetupError& error) {
    ++refused_reloads_;
    return tl::make_unexpected(error.error());
  }
  ++reloads_;
  return {};
}

Result<void> Gate::update(const control::ExemptionsUpdate& update) {
  try {
    return desk_->update(update);
  } catch (const SetupError& error) {
    return tl::make_unexpected(error.error());
  }
}

void Gate::stop() {
  if (runners_.empty()) return;
  stop_workers_ = true;
  for (const auto& runner : runners_) {
    if (runner->thread.joinable()) runner->thread.join();
  }
  if (started_us_ != 0) {
    runners_.front()->worker->record_gate_event(journal::kStopped, SystemClock().now());
    runners_.front()->feed.hand_over();
  }
  stop_journal_ = true;
  if (journal_thread_.joinable()) journal_thread_.join();
  runners_.clear();
}

void Gate::journal_loop() {
  bool told = false;
  for (bool last = false; !last;) {
    last = stop_journal_;
    if (!last) std::this_thread::sleep_for(kJournalEvery);
    const Result<void> written = tray_.empty_into(*journal_);
    journal_failing_ = !written.has_value();
    journal_dropped_ = journal_->dropped();  // the tray tells the writer of its own
    if (!written && !told) log_->error("{}", written.error().to_string());
    if (written && told) log_->info("the journal is written again");
    told = !written.has_value();
  }
}

GateStatus Gate::status() const {
  GateStatus out;
  out.started = timestamp_from_us(started_us_);
  out.policy_since = timestamp_from_us(policy_us_);
  out.reloads = reloads_;
  out.refused_reloads = refused_reloads_;
  out.journal_dropped = journal_dropped_;
  out.journal_failing = journal_failing_;
  for (const auto& runner : runners_) {
    out.workers.push_back({runner->beats, runner->packets, runner->overflows, runner->missed});
  }
  return out;
}

nlohmann::json Gate::describe() const {
  const GateStatus now = status();
  const lists::Pack& pack = config_.policy->pack();
  std::uint64_t entries = 0;
  for (std::size_t i = 0; i < pack.list_count(); ++i) entries += pack.list(i).entries;
  nlohmann::json out{
      {"version", options_.version},
      {"started", format_utc(now.started)},
      {"mode", config_.gate.mode == capture::Mode::Inline ? "inline" : "passive"},
      {"failing", std::string(name_of(config_.gate.failing))},
      {"policy",
       {{"version", desk_->version()}, {"since", format_utc(now.policy_since)}, {"file", config_.policy->settings().file},
        {"lists", pack.list_count()}, {"entries", entries}, {"exemptions", desk_->exemptions()}}},
      {"groups", {{"addresses", desk_->addresses()}}},
      {"reloads", {{"done", now.reloads}, {"refused", now.refused_reloads}}},
      {"journal", {{"dropped", now.journal_dropped}, {"failing", now.journal_failing}}},
      {"workers", nlohmann::json::array()}};
  for (const WorkerStatus& worker : now.workers) {
    out["workers"].push_back({{"packets", worker.packets}, {"overflows", worker.overflows}, {"missed", worker.missed}});
  }
  return out;
}

}  // namespace gatehouse::gate
