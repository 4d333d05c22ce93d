// Decides what reaches the journal. `everything` writes each event as it comes. `listed` is the private choice:
// only what a list named, and what the same client did in the few minutes before and after, so that an attempt
// can be understood; the rest is forgotten. Events wait for that in a bounded memory. Stats, gate and dhcp
// events are always written. One for each worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "base/address.h"
#include "base/time.h"
#include "gate/policy/settings.h"
#include "journal/journal_writer.h"

namespace gatehouse::gate {

// Of events not (yet) written, with Record::Listed; the oldest are forgotten first.
inline constexpr std::size_t kWaitingBytes = 32 * 1024 * 1024;

class Recorder {
 public:
  Recorder(const policy::JournalSettings& settings, journal::EventSink& journal,
           std::size_t waiting_bytes = kWaitingBytes)
      : everything_(settings.record == policy::Record::Everything),
        context_(settings.context),
        most_waiting_(waiting_bytes),
        journal_(journal) {}

  // `listed`: a list, a tunnel rule or an evasion made this event worth keeping for itself.
  void record(const journal::Event& event, bool listed);
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  struct Waiting {
    Timestamp at;
    IpAddress client;
    std::string line;
    bool written = false;
  };
  struct AddressHash {
    std::size_t operator()(const IpAddress& address) const noexcept;
  };

  void hold(const journal::Event& event);
  void write_context_of(const IpAddress& client);
  void forget_before(Timestamp at);

  bool everything_;
  Seconds context_;
  std::size_t most_waiting_;
  journal::EventSink& journal_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t forgotten_ = 0;
  std::unordered_map<IpAddress, Timestamp, AddressHash> open_until_;  // clients whose next events are context
  std::string line_;
};

}  // namespace gatehouse::gate
