#include "journal/journal_writer.h"

#include "base/london.h"
#include "journal/eve_writer.h"

namespace gatehouse::journal {

JournalWriter::JournalWriter(const std::string& file, const JournalLimits& limits, bool truncate)
    : limits_(limits), file_(file, limits.rotate, truncate) {
  buffer_.reserve(limits_.batch + 16 * 1024);
  if (file_.ends_in_half_a_line()) buffer_.push_back('\n');
}

JournalWriter::~JournalWriter() { (void)flush(); }

void JournalWriter::append(const Event& event) {
  const std::size_t before = buffer_.size();
  append_eve_line(buffer_, event);
  if (buffer_.size() > limits_.waiting) {
    buffer_.resize(before);
    ++dropped_;
  }
  flush_if_full();
}

void JournalWriter::append_line(std::string_view line) {
  if (buffer_.size() + line.size() > limits_.waiting) {
    ++dropped_;
  } else {
    buffer_.append(line);
  }
  flush_if_full();
}

void JournalWriter::flush_if_full() {
  // While the disk refuses, the next attempt is left to flush(), which the worker calls by the clock.
  if (buffer_.size() >= limits_.batch && !failing_) (void)flush();
}

Result<void> JournalWriter::flush() {
  auto done = write();
  if (done && (failing_since_ || dropped_ != told_dropped_)) {
    note_that_trouble_is_over();
    done = write();
  }
  return done;
}

Result<void> JournalWriter::write() {
  auto done = file_.write(buffer_);
  failing_ = !done;
  if (failing_ && !failing_since_ && clock_ != nullptr) failing_since_ = clock_->now();
  return done;
}

// Said in the journal, so that the report says it.
void JournalWriter::note_that_trouble_is_over() {
  const std::uint64_t lost = dropped_ - told_dropped_;
  told_dropped_ = dropped_;
  if (clock_ == nullptr) return;
  Event event;
  event.type = EventType::Gate;
  event.at = clock_->now();
  event.id = fmt::format("journal-{}", to_us(event.at));
  event.reason = failing_since_ ? fmt::format("the journal could not be written from {} to {}: ",
                                              format_clock(*failing_since_), format_clock(event.at))
                                : std::string("the disk was too slow for the journal: ");
  event.reason +=
      lost == 0 ? "nothing was lost" : fmt::format("{} {} lost", lost, lost == 1 ? "event was" : "events were");
  failing_since_.reset();
  append_eve_line(buffer_, event);
}

}  // namespace gatehouse::journal
