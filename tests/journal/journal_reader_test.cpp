// A journal is read on from where reading stopped, through every rotation: no line lost, none twice.
#include "journal/journal_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace gatehouse::journal {
namespace {

class Following : public testing::Test {
 protected:
  Following() : folder_(std::filesystem::temp_directory_path() / ("gatehouse-reading-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / "eve.json").string();
  }
  ~Following() override { std::filesystem::remove_all(folder_); }
  void add(std::string_view text) { std::ofstream(path_, std::ios::app | std::ios::binary) << text; }

  void rotate(int number) { std::filesystem::rename(path_, path_ + "." + std::to_string(number)); }
  // Everything from a position to the end for now; `at` is moved there.
  std::vector<std::string> rest(JournalPosition& at) {
    auto reader = JournalReader::open(path_, at);
    EXPECT_TRUE(reader.has_value());
    std::vector<std::string> lines;
    while (const auto line = reader->next_line()) lines.emplace_back(*line);
    at = reader->position();
    missed_ = reader->missed();
    return lines;
  }
  using Lines = std::vector<std::string>;

  bool missed_ = false;
  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(Following, IsReadOnFromWhereItStopped) {
  add("one\ntwo\nthr");
  auto reader = JournalReader::open(path_, {});
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->next_line(), "one");
  EXPECT_EQ(reader->next_line(), "two");
  EXPECT_FALSE(reader->next_line().has_value()) << "a line without its end may still be being written";
  const JournalPosition stopped = reader->position();
  EXPECT_EQ(stopped.offset, 8u);

  add("ee\nfour\n");
  EXPECT_EQ(reader->next_line(), "three");
  auto later = JournalReader::open(path_, stopped);
  ASSERT_TRUE(later.has_value());
  EXPECT_EQ(later->next_line(), "three");
  EXPECT_EQ(later->next_line(), "four");
}

TEST_F(Following, GoesOnThroughFilesThatWereRotatedAwayMeanwhile) {
  JournalPosition at;
  add("one\ntwo\n");
  EXPECT_EQ(rest(at), (Lines{"one", "two"}));
  add("three\n");
  rotate(1);
  add("four\n");
  rotate(2);
  add("five\nsi");
  EXPECT_EQ(rest(at), (Lines{"three", "four", "five"}));
  add("x\n");
  EXPECT_EQ(rest(at), (Lines{"six"}));
  EXPECT_FALSE(missed_);
}

TEST_F(Following, GoesOnWithARotationWhileItIsReading) {
  add("one\n");
  auto reader = JournalReader::open(path_, {});
  EXPECT_EQ(reader->next_line(), "one");
  EXPECT_FALSE(reader->next_line().has_value());
  add("two\n");
  rotate(9);
  EXPECT_EQ(reader->next_line(), "two") << "the name is free for a moment";
  EXPECT_FALSE(reader->next_line().has_value());
  add("three\n");
  EXPECT_EQ(reader->next_line(), "three");
  EXPECT_EQ(reader->position().offset, 6u);
}

TEST_F(Following, StandsStillAtARotatedFileUntilTheNextHasALine) {
  JournalPosition at;
  add("one\n");
  EXPECT_EQ(rest(at), (Lines{"one"}));
  rotate(1);
  add("");
  EXPECT_EQ(rest(at), (Lines{}));
  add("two\n");
  EXPECT_EQ(rest(at), (Lines{"two"}));
  EXPECT_FALSE(missed_);
}

TEST_F(Following, ReadsEverythingThatIsLeftWhenItNeverRead) {
  add("one\n");
  rotate(3);
  add("two\n");
  rotate(10);
  add("three\n");
  JournalPosition at;
  EXPECT_EQ(rest(at), (Lines{"one", "two", "three"})) << "10 is newer than 3";
  EXPECT_FALSE(missed_);
}

TEST_F(Following, TellsWhenTheFileWhereItStoodIsGone) {
  JournalPosition at;
  add("one\n");
  EXPECT_EQ(rest(at), (Lines{"one"}));
  add("lost\n");
  rotate(1);
  add("two\n");
  rotate(2);
  add("three\n");
  std::filesystem::remove(path_ + ".1");
  EXPECT_EQ(rest(at), (Lines{"two", "three"}));
  EXPECT_TRUE(missed_);
  EXPECT_EQ(rest(at), (Lines{}));
  EXPECT_FALSE(missed_) << "told once";
}

TEST_F(Following, IsNotDeceivedByANewFileWithAnOldInode) {
  JournalPosition at;
  add("one is a line of some length\n");
  EXPECT_EQ(rest(at), (Lines{"one is a line of some length"}));
  // The same inode with other content, as a file system gives it to the next file.
  std::filesystem::resize_file(path_, 0);
  add("two\nthree\nfour\nfive\nsix\nseven\neight\n");
  EXPECT_EQ(rest(at).front(), "two");
}

TEST_F(Following, DropsTheHalfLineThatAPowerCutLeft) {
  add("one\ntw");
  rotate(1);
  add("three\n");
  JournalPosition at;
  EXPECT_EQ(rest(at), (Lines{"one", "three"}));
}

TEST_F(Following, LeavesOtherFilesOfTheFolderAlone) {
  for (const char* name : {".gz", ".1.gz", ".01x", ".bak", ".-1", ".0"}) std::ofstream(path_ + name) << "not ours\n";
  add("one\n");
  JournalPosition at;
  EXPECT_EQ(rest(at), (Lines{"one"}));
}

}  // namespace
}  // namespace gatehouse::journal
