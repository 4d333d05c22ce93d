#include "lodge/recent_lines.h"

#include <algorithm>
#include <optional>

#include "journal/eve_reader.h"
#include "journal/journal_reader.h"

namespace gatehouse::lodge {
namespace {

using journal::Event;
using journal::JournalReader;

constexpr std::uint64_t kFirstStep = 64 * 1024;
// A recorder of listed events writes what it held back for some minutes in one go, so times go back and forth.
constexpr Seconds kJumble{300};

// Calls take(event) for each event of the file between the first whole line after `from` and `to`, until it is false.
template <typename Take>
bool read_between(const journal::JournalPosition& to, std::uint64_t from, Take take) {
  auto reader = JournalReader::open(to.file, {to.file, to.inode, from});
  if (!reader || reader->missed() || reader->position().offset != from) return false;
  if (from > 0) reader->next_line();  // most likely the end of one
  while (reader->position().offset < to.offset) {
    const auto line = reader->next_line();
    if (!line || reader->position().inode != to.inode) break;  // no line of it was left
    auto event = journal::read_event(*line);
    if (event && !take(std::move(*event))) break;
  }
  return true;
}

}  // namespace

void read_recent(const journal::JournalPosition& to, Seconds back, const std::function<void(Event&&)>& take) {
  std::optional<Timestamp> newest;
  std::uint64_t step = kFirstStep;
  std::uint64_t from = 0;
  while (true) {
    from = to.offset > step ? to.offset - step : 0;
    std::optional<Timestamp> first;
    const bool whole = !newest;  // the first step finds the newest; later ones only where they begin
    if (!read_between(to, from, [&](Event&& event) {
          if (!first) first = event.at;
          if (whole) newest = std::max(newest.value_or(event.at), event.at);
          return whole;
        })) {
      return;
    }
    if (from == 0 || step >= kMostRecent || (newest && first && *first < *newest - back - kJumble)) break;
    step *= 4;
  }
  read_between(to, from, [&](Event&& event) {
    take(std::move(event));
    return true;
  });
}

}  // namespace gatehouse::lodge
