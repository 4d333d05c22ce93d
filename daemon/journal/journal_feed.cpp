#include "journal/journal_feed.h"

#include "journal/eve_writer.h"

namespace gatehouse::journal {

void JournalTray::hand_over(std::string& lines, std::uint64_t count) {
  {
    const std::lock_guard lock(mutex_);
    if (lines_.size() + lines.size() > most_bytes_) {
      dropped_ += count;
    } else {
      lines_ += lines;
    }
  }
  lines.clear();
}

Result<void> JournalTray::empty_into(JournalWriter& writer) {
  taken_.clear();
  {
    const std::lock_guard lock(mutex_);
    taken_.swap(lines_);
    writer.add_dropped(dropped_ - told_dropped_);
    told_dropped_ = dropped_;
  }
  for (std::size_t at = 0; at < taken_.size();) {
    const std::size_t end = taken_.find('\n', at) + 1;
    writer.append_line(std::string_view(taken_).substr(at, end - at));
    at = end;
  }
  return writer.flush();
}

std::uint64_t JournalTray::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void JournalFeed::append(const Event& event) {
  append_eve_line(lines_, event);
  ++count_;
}

void JournalFeed::append_line(std::string_view line) {
  lines_ += line;
  ++count_;
}

}  // namespace gatehouse::journal
