#include "lodge/ingest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "journal/eve_reader.h"
#include "journal/journal_reader.h"
#include "lodge/recent_lines.h"

namespace gatehouse::lodge {
namespace {

using journal::Event;
using journal::EventType;

// Says where the line stands that was just read: its number, or where reading began later the byte after it.
void place(Error& error, const journal::JournalReader& reader) {
  error.file = reader.file();
  if (reader.began_at() == 0) {
    error.line = static_cast<int>(reader.lines());
  } else {
    error.message += fmt::format(" (the line that ends at byte {})", reader.position().offset);
  }
}

}  // namespace

Ingest::Ingest(Store& store, const SessionTimeline& timeline, const IngestOptions& options)
    : store_(store), timeline_(timeline), options_(options) {}

Result<void> Ingest::restore_attempts(AttemptFolder& folder, Timestamp newest) {
  auto attempts = store_.attempts_ending_since(newest - folder.memory());
  if (!attempts) return tl::make_unexpected(attempts.error());
  for (Attempt& attempt : *attempts) {
    const auto kept = store_.events_of(attempt.id);
    if (!kept) return tl::make_unexpected(kept.error());
    std::vector<Event> events;
    for (const KeptEvent& one : *kept) {
      auto event = journal::read_event(one.line);
      if (!event) {
        return failure(
            fmt::format("the store holds an event that cannot be read ({})", event.error().message),
            "the store is damaged or was edited: put back a copy");
      }
      events.push_back(std::move(*event));
    }
    folder.restore(std::move(attempt), events);
  }
  const auto sightings = store_.sightings_since(folder.first_sighting_day(newest));
  if (!sightings) return tl::make_unexpected(sightings.error());
  folder.restore(*sightings);
  return {};
}

// `from`: how far this journal was read. What stands just before it tells again what the devices were doing.
Result<void> Ingest::restore_folder(const JournalPosition& from) {
  auto folder = make_fold_by_gap();
  const auto newest = store_.newest_event();
  if (!newest) return tl::make_unexpected(newest.error());
  if (*newest) {
    if (auto restored = restore_attempts(*folder, **newest); !restored) return restored;
  }
  if (from.offset > 0) {
    read_recent(from, folder->look_back(), [&](Event&& event) {
      if (event.type == EventType::Dhcp) return;
      hide_sealed(event);
      folder->recall(event);
    });
  }
  folder_ = std::move(folder);
  return {};
}

Result<void> Ingest::take_listed(Event event, IngestCounts& counts) {
  const auto known = store_.has_event(event.id);
  if (!known) return tl::make_unexpected(known.error());
  hide_sealed(event);
  if (*known || !pending_.insert(event.id).second) {
    ++counts.known;
    folder_->notice(event);
    return {};
  }
  folder_->fold(event, who(timeline_, event.src_ip, event.src_mac, event.at));
  ++counts.listed;
  return {};
}

Result<void> Ingest::take_line(std::string_view line, IngestBatch& batch, IngestCounts& counts) {
  auto event = journal::read_event(line);
  if (!event) {
    ++counts.malformed;
    if (!counts.first_malformed) counts.first_malformed = event.error();
    return {};
  }
  ++counts.events;
  counts.newest = std::max(counts.newest.value_or(event->at), event->at);
  // A journal of another program has no ids of ours; the line itself then tells it from others.
  if (event->id.empty()) event->id = fmt::format("line-{:016x}", fnv1a(line));
  if (event->type == EventType::Stats) {
    batch.coverage.push_back({event->id, {event->at, std::move(event->counters)}});
  } else if (event->type == EventType::Gate) {
    batch.notes.push_back({event->id, {event->at, std::move(event->reason)}});
  } else if (event->type == EventType::Dhcp) {
    if (!options_.dhcp_seen) return {};
    options_.dhcp_seen(*event);
    new_evidence_ = true;
  } else if (is_listed(*event)) {
    return take_listed(std::move(*event), counts);
  } else {
    folder_->notice(*event);
  }
  return {};
}

Result<void> Ingest::save(IngestBatch& batch, IngestCounts& counts) {
  Folded folded = folder_->take();
  batch.attempts = std::move(folded.attempts);
  batch.events = std::move(folded.events);
  batch.evidence = std::move(folded.evidence);
  batch.sightings = std::move(folded.sightings);
  if (new_evidence_ && options_.keep_evidence) {
    if (auto kept = options_.keep_evidence(); !kept) return kept;
  }
  new_evidence_ = false;
  if (auto saved = store_.ingest(batch); !saved) return saved;
  if (options_.saved && !batch.attempts.empty()) options_.saved(batch.attempts);
  counts.attempts += folded.new_attempts;
  pending_.clear();
  batch = {};
  return {};
}

Result<IngestCounts> Ingest::run(const std::string& journal_file) {
  auto counts = read_to_end(journal_file);
  if (!counts) {
    // What was folded but not saved is forgotten; the next run reads it again from the last saved position.
    folder_.reset();
    pending_.clear();
  }
  return counts;
}

Result<IngestCounts> Ingest::read_to_end(const std::string& journal_file) {
  const auto stored = store_.position(journal_file);
  if (!stored) return tl::make_unexpected(stored.error());
  const JournalPosition from = stored->value_or(JournalPosition{});
  if (!folder_) {
    if (auto restored = restore_folder(from); !restored) return tl::make_unexpected(restored.error());
  }
  auto reader = journal::JournalReader::open(journal_file, from);
  if (!reader) return tl::make_unexpected(reader.error());

  IngestCounts counts;
  IngestBatch batch;
  counts.missed = reader->missed();
  std::size_t lines = 0;
  std::size_t batches = 0;
  while (const auto line = reader->next_line()) {
    const bool clean_so_far = !counts.first_malformed;
    if (auto taken = take_line(*line, batch, counts); !taken) return tl::make_unexpected(taken.error());
    if (clean_so_far && counts.first_malformed) place(*counts.first_malformed, *reader);
    if (++lines < options_.batch_lines) continue;
    lines = 0;
    batch.position = reader->position();
    if (auto saved = save(batch, counts); !saved) return tl::make_unexpected(saved.error());
    if (++batches == options_.most_batches) {
      counts.more = true;
      return counts;
    }
  }
  batch.position = reader->position();
  if (lines > 0 || batch.position != from) {
    if (auto saved = save(batch, counts); !saved) return tl::make_unexpected(saved.error());
  }
  return counts;
}

}  // namespace gatehouse::lodge
