// Listed events in, attempts out. The interface stays when a fuller reading of intent replaces the simple
// rule. Used by ingest; one thread.
#pragma once

#include <memory>
#include <vector>

#include "journal/event.h"
#include "lodge/identity/attribution.h"
#include "lodge/store/store.h"

namespace gatehouse::lodge {

// True for what people try and the college does not want: a category, and the policy blocks or logs it. What
// the policy allows is nobody's attempt and is not kept.
bool is_listed(const journal::Event& event) noexcept;

// Takes out of an event of a sealed list what would show the site; leaves others alone.
void hide_sealed(journal::Event& event);

// What changed since the last take(): the parts of an IngestBatch that folding fills.
struct Folded {
  std::vector<Attempt> attempts;  // by first event, then id
  std::vector<KeptEvent> events;  // in the order they came
  std::vector<AttemptEvidence> evidence;
  std::vector<Sighting> sightings;  // new ones
  std::size_t new_attempts = 0;
};

class AttemptFolder {
 public:
  virtual ~AttemptFolder() = default;
  // How far before the newest event attempts still matter to new ones: what restore() has to be given.
  [[nodiscard]] virtual Seconds memory() const = 0;
  // An attempt that the store has, with its events in the journal's order. Before the first fold.
  virtual void restore(Attempt attempt, const std::vector<journal::Event>& events) = 0;
  // What was learned about widgets since first_sighting_day(newest event). Before the first fold.
  virtual void restore(const std::vector<Sighting>& sightings) = 0;
  [[nodiscard]] virtual std::int32_t first_sighting_day(Timestamp newest) const = 0;
  // How much of the journal before the position, in time, has to be given to recall() after a restart.
  [[nodiscard]] virtual Seconds look_back() const = 0;
  // An event that was given to notice() or fold() before the restart (hide_sealed done). After restore().
  virtual void recall(const journal::Event& event) = 0;
  // Any event of a device (hide_sealed done): what stands around the listed ones. Not for those given to fold.
  virtual void notice(const journal::Event& event) = 0;
  // A listed event (hide_sealed done) with who held the address at its time.
  virtual void fold(const journal::Event& event, const Attribution& holder) = 0;
  [[nodiscard]] virtual Folded take() = 0;
};

// Same device, category and holder, gaps under ten minutes; judged by what stood around (README.md in this folder).
std::unique_ptr<AttemptFolder> make_fold_by_gap();

}  // namespace gatehouse::lodge
