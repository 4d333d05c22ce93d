// A journal that is rotated while it is read, and a disk that fills: nothing recorded is lost while memory lasts, and
// what is lost is said.
#include "journal/journal_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include "journal/eve_reader.h"
#include "journal/journal_files.h"
#include "journal/journal_reader.h"

namespace gatehouse::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Rotation : public testing::Test {
 protected:
  Rotation() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-rotation-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    file_ = (folder_ / "eve.json").string();
    clock_.set(*parse_time("2026-11-10T10:42:00Z"));
  }
  ~Rotation() override { std::filesystem::remove_all(folder_); }

  // Every line from the position on; it is moved to the end.
  std::vector<std::string> lines(JournalPosition& from) const {
    std::vector<std::string> out;
    auto reader = JournalReader::open(file_, from);
    EXPECT_TRUE(reader.has_value());
    while (const auto line = reader->next_line()) out.emplace_back(*line);
    EXPECT_FALSE(reader->missed());
    from = reader->position();
    return out;
  }
  std::vector<std::string> lines() const {
    JournalPosition start;
    return lines(start);
  }

  std::filesystem::path folder_;
  std::string file_;
  ManualClock clock_;
};

TEST_F(Rotation, AReaderThatFollowsWhileItIsWrittenAndRotatedMissesNothing) {
  constexpr int kLines = 30'000;
  std::atomic<bool> done = false;
  std::thread writing([&] {
    JournalWriter writer(file_, {2048, 64u << 20, {64 * 1024, 1000}});
    for (int i = 0; i < kLines; ++i) writer.append_line(std::to_string(i) + " is the number of this line\n");
    done = true;
  });
  while (!std::filesystem::exists(file_)) std::this_thread::sleep_for(Milliseconds{1});
  JournalPosition at;
  int next = 0;
  const auto take = [&] {
    // Opened anew each time, as a lodge that is restarted does.
    for (const std::string& line : lines(at)) ASSERT_EQ(std::stoi(line), next++);
  };
  while (!done) {
    take();
    if (HasFatalFailure()) break;
    std::this_thread::sleep_for(Milliseconds{1});
  }
  writing.join();
  take();
  EXPECT_EQ(next, kLines);
}

TEST_F(Rotation, KeepsAsManyFilesAsItIsTold) {
  JournalWriter writer(file_, {100, 64u << 20, {1000, 3}});
  for (int i = 0; i < 20; ++i) writer.append_line(std::string(1200, 'x') + "\n");
  EXPECT_THAT(rotated_numbers(file_), ElementsAre(17u, 18u, 19u));
}

// Nothing more fits into any file while it lives.
class FullDisk {
 public:
  FullDisk() {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = 0;
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(Rotation, WhatAFullDiskRefusedIsWrittenLaterAndTheTroubleIsNoted) {
  JournalWriter writer(file_);
  writer.tell_trouble_by(clock_);
  {
    const FullDisk full;
    writer.append_line("one\n");
    ASSERT_FALSE(writer.flush().has_value());
    clock_.set(clock_.now() + std::chrono::minutes{5});
    writer.append_line("two\n");
    ASSERT_FALSE(writer.flush().has_value());
  }
  ASSERT_TRUE(writer.flush().has_value());
  EXPECT_THAT(lines(), ElementsAre("one", "two", HasSubstr("could not be written from 10:42 to 10:47: nothing was lost")));
}

TEST_F(Rotation, WhatDidNotFitIntoMemoryEitherIsCountedInTheJournal) {
  JournalWriter writer(file_, {100, 1000});
  writer.tell_trouble_by(clock_);
  {
    const FullDisk full;
    for (int i = 0; i < 1000; ++i) writer.append_line("a line of text\n");
    EXPECT_GT(writer.dropped(), 700u);
  }
  ASSERT_TRUE(writer.flush().has_value());
  ASSERT_TRUE(writer.flush().has_value());
  const auto held = lines();
  const auto note = read_event(held.back());
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->type, EventType::Gate);
  EXPECT_THAT(note->reason, HasSubstr(std::to_string(1000 - (held.size() - 1)) + " events were lost"));
}

}  // namespace
}  // namespace gatehouse::journal
