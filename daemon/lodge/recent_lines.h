// The last few minutes of a journal before a position: read again after a restart, so that the lodge knows again what
// devices did just before. Used by ingest; one thread.
#pragma once

#include <functional>
#include <string>

#include "journal/event.h"
#include "journal/position.h"

namespace gatehouse::lodge {

// Gives the events of at least `back` before the newest one that stand before `to`, in the journal's order. A journal
// that is gone or was rotated since gives none; beyond kMostRecent bytes only the last of them.
inline constexpr std::uint64_t kMostRecent = 64 * 1024 * 1024;
void read_recent(const journal::JournalPosition& to, Seconds back,
                 const std::function<void(journal::Event&&)>& take);

}  // namespace gatehouse::lodge
