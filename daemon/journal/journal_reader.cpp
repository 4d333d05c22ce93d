#include "journal/journal_reader.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "journal/journal_files.h"

namespace gatehouse::journal {
namespace {

constexpr std::size_t kReadChunk = 256 * 1024;
// Longer than any line the gate writes (a 64 KiB URL escaped six times over is 400 KiB); beyond it is rubbish.
constexpr std::size_t kLongestLine = 4 * 1024 * 1024;
// A file can be rotated away between being named and being opened; it is not, this often in a row.
constexpr int kTries = 4;

std::vector<std::string> names_of(const std::string& journal) {
  std::vector<std::string> names;
  for (const std::uint64_t number : rotated_numbers(journal)) names.push_back(rotated_name(journal, number));
  names.push_back(journal);
  return names;
}

}  // namespace

JournalReader::File JournalReader::find(std::uint64_t identity, std::string& name) const {
  for (int tries = 0; tries < kTries; ++tries) {
    const auto names = names_of(journal_);
    for (auto one = names.rbegin(); one != names.rend(); ++one) {  // most often it is the newest
      File file(std::fopen(one->c_str(), "rbe"));
      if (!file || identity_of(fileno(file.get())) != identity) continue;
      name = *one;
      return file;
    }
    if (names == names_of(journal_)) break;  // nothing moved while we looked
  }
  return nullptr;
}

JournalReader::File JournalReader::open_oldest(std::string& name) const {
  for (int tries = 0; tries < kTries; ++tries) {
    for (const std::string& one : names_of(journal_)) {
      File file(std::fopen(one.c_str(), "rbe"));
      if (!file) break;  // renamed or removed since
      name = one;
      return file;
    }
  }
  return nullptr;
}

Result<void> JournalReader::take(File file, std::string name, std::uint64_t offset) {
  struct stat facts {};
  if (fstat(fileno(file.get()), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return failure("the journal is not an ordinary file", "give the path of the gate's eve.json", name);
  }
  if (fseeko(file.get(), static_cast<off_t>(offset), SEEK_SET) != 0) {
    return failure(fmt::format("cannot go to byte {}: {}", offset, std::strerror(errno)), {}, name);
  }
  file_ = std::move(file);
  name_ = std::move(name);
  buffer_.clear();
  at_ = 0;
  offset_ = began_at_ = offset;
  identity_ = identity_of(fileno(file_.get()));
  lines_ = 0;
  return {};
}

Result<JournalReader> JournalReader::open(const std::string& journal, const JournalPosition& from) {
  JournalReader reader(journal);
  std::string name;
  std::uint64_t offset = 0;
  File file;
  if (from.inode != 0) {
    file = reader.find(from.inode, name);
    struct stat facts {};
    if (file && fstat(fileno(file.get()), &facts) == 0 && from.offset <= static_cast<std::uint64_t>(facts.st_size)) {
      offset = from.offset;
    } else {
      file.reset();
      reader.missed_ = true;
    }
  }
  if (!file) file = reader.open_oldest(name);
  if (!file) {
    return failure(fmt::format("cannot open the journal: {}", std::strerror(errno)),
                   "check the path and who may read it", journal);
  }
  if (auto taken = reader.take(std::move(file), std::move(name), offset); !taken) {
    return tl::make_unexpected(taken.error());
  }
  if (offset > 0) {
    reader.position_ = from;
  }
  reader.position_.file = journal;
  return reader;
}

std::optional<std::string_view> JournalReader::next_line() {
  while (true) {
    const auto end = buffer_.find('\n', at_);
    if (end != std::string::npos) {
      const std::string_view line(buffer_.data() + at_, end - at_);
      offset_ += line.size() + 1;
      at_ = end + 1;
      ++lines_;
      if (identity_ == 0) identity_ = identity_of(fileno(file_.get()));
      position_.inode = identity_;
      position_.offset = offset_;
      return line;
    }
    if (read_more()) continue;
    if (!was_rotated()) return std::nullopt;
    // The writer was done with the file before it gave it its number; what it wrote last may have come since we read.
    if (read_more()) continue;
    if (!go_on_to_next_file()) return std::nullopt;
  }
}

bool JournalReader::read_more() {
  buffer_.erase(0, at_);
  at_ = 0;
  if (buffer_.size() > kLongestLine) {  // no line end in sight: drop what cannot be an event
    offset_ += buffer_.size();
    buffer_.clear();
  }
  const std::size_t had = buffer_.size();
  buffer_.resize(had + kReadChunk);
  const std::size_t got = std::fread(buffer_.data() + had, 1, kReadChunk, file_.get());
  buffer_.resize(had + got);
  if (got == 0) std::clearerr(file_.get());
  return got > 0;
}

bool JournalReader::was_rotated() const {
  struct stat ours {};
  struct stat newest {};
  if (fstat(fileno(file_.get()), &ours) != 0) return false;
  // Between its rotation and the next line there may be no file under the name: then there is nothing to go on to.
  return ::stat(journal_.c_str(), &newest) == 0 && (ours.st_ino != newest.st_ino || ours.st_dev != newest.st_dev);
}

// A line without its end at the end of a rotated file was cut by a power cut, and never gets one.
bool JournalReader::go_on_to_next_file() {
  struct stat ours {};
  if (fstat(fileno(file_.get()), &ours) != 0) return false;
  const auto names = names_of(journal_);
  bool after = false;
  for (const std::string& name : names) {
    struct stat facts {};
    if (::stat(name.c_str(), &facts) != 0) return false;  // something moved: the next look finds it
    const bool ours_now = facts.st_ino == ours.st_ino && facts.st_dev == ours.st_dev;
    if (!after) {
      after = ours_now;
      continue;
    }
    File file(std::fopen(name.c_str(), "rbe"));
    return file && take(std::move(file), name, 0).has_value();
  }
  if (after) return false;
  // Ours is gone: the oldest that is left is the next, and what was between them is lost.
  missed_ = true;
  std::string name;
  File file = open_oldest(name);
  return file && take(std::move(file), std::move(name), 0).has_value();
}

}  // namespace gatehouse::journal
