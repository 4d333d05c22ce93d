#include "journal/journal_writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gatehouse::journal {
namespace {

// A file may grow to `bytes` and no further, as on a full disk; the limit goes with this object.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

class JournalWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "journal-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    file_ = (folder_ / "eve.json").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string content() const {
    std::ostringstream out;
    out << std::ifstream(file_).rdbuf();
    return out.str();
  }
  void write_file(std::string_view text) const { std::ofstream(file_) << text; }

  std::filesystem::path folder_;
  std::string file_;
};

TEST_F(JournalWriterTest, AppendsToWhatIsThereAndBeginsAnewWhenAsked) {
  write_file("{\"a\":1}\n");
  { JournalWriter(file_).append_line("{\"b\":2}\n"); }
  EXPECT_EQ(content(), "{\"a\":1}\n{\"b\":2}\n");
  { JournalWriter(file_, {}, true).append_line("{\"c\":3}\n"); }
  EXPECT_EQ(content(), "{\"c\":3}\n");
}

TEST_F(JournalWriterTest, BeginsOnALineOfItsOwnAfterHalfALine) {
  write_file("{\"a\":1}\n{\"b\":");
  { JournalWriter(file_).append_line("{\"c\":3}\n"); }
  EXPECT_EQ(content(), "{\"a\":1}\n{\"b\":\n{\"c\":3}\n");
}

TEST_F(JournalWriterTest, LeavesWholeLinesOnAFullDiskAndWritesTheRestOnceWhenThereIsRoom) {
  std::string wanted;
  JournalWriter journal(file_);
  {
    const FileLimit full(1000);
    for (int i = 0; i < 100; ++i) {
      const std::string line = "{\"number\":" + std::to_string(i) + "}\n";
      wanted += line;
      journal.append_line(line);
    }
    const auto failed = journal.flush();
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().file, file_);
    EXPECT_TRUE(journal.failing());
    const std::string held = content();
    EXPECT_GT(held.size(), 900U);
    EXPECT_EQ(held.back(), '\n');
    EXPECT_EQ(held, wanted.substr(0, held.size()));
  }
  EXPECT_TRUE(journal.flush().has_value());
  EXPECT_EQ(content(), wanted);
  EXPECT_EQ(journal.dropped(), 0U);
}

TEST_F(JournalWriterTest, CountsWhatDoesNotFitInMemoryWhileTheDiskIsFull) {
  JournalLimits limits;
  limits.waiting = 100;
  JournalWriter journal(file_, limits);
  {
    const FileLimit full(0);
    for (int i = 0; i < 20; ++i) journal.append_line("0123456789\n");
    EXPECT_FALSE(journal.flush().has_value());
  }
  EXPECT_TRUE(journal.flush().has_value());
  EXPECT_EQ(content().size() / 11 + journal.dropped(), 20U);
  EXPECT_GT(journal.dropped(), 0U);
}

TEST_F(JournalWriterTest, SaysWhereItCannotWrite) {
  try {
    JournalWriter journal((folder_ / "missing" / "eve.json").string());
    FAIL() << "wrote into a folder that is not there";
  } catch (const SetupError& error) {
    EXPECT_NE(std::string(error.what()).find("missing/eve.json"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gatehouse::journal
