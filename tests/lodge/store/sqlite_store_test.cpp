// The store keeps what it was given, in one piece or not at all, and says plainly why when it cannot.
#include "lodge/store/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::write_file;

Attempt an_attempt(const std::string& id, Timestamp first) {
  Attempt a;
  a.id = id;
  a.first = first;
  a.last = first + Seconds(90);
  a.category = "weapons-firearms";
  a.who = {Grade::B,  "a.learner", "02:00:5e:10:00:01", "LRC-14",
           "Library", "students",  "b.teacher",         "One source."};
  a.address = "10.10.4.7";
  a.seen_mac = "02:00:5e:10:00:01";
  a.network = "students";
  a.hosts = {{"guns-direct.test", "/shop", "demo-firearms", "guns-direct.test", 12, 2},
             {"ammo.test", "", "demo-firearms", "ammo.test", 13, 1}};
  a.hits = 3;
  a.action = journal::Action::Block;
  a.outcome = journal::Outcome::WouldBlock;
  a.evasion = {"tcp-overlap"};
  a.tunnel = "openvpn";
  a.band = Band::LikelyDeliberate;
  a.score = 86;
  a.reasons = {"tried 3 times", "came back after 20 minutes"};
  a.tries = "{}";
  return a;
}

IngestBatch batch_of(std::vector<Attempt> attempts, std::uint64_t offset = 100) {
  IngestBatch batch;
  for (const Attempt& a : attempts) batch.events.push_back({"e-" + a.id, a.id, a.first, "{}"});
  batch.attempts = std::move(attempts);
  batch.position = {"eve.json", 7, offset};
  return batch;
}

std::unique_ptr<SqliteStore> open(const std::string& file) {
  auto store = SqliteStore::open(file);
  EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().to_string());
  return store ? std::move(*store) : nullptr;
}

class SqliteStoreTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<SqliteStore> store_ = open(folder_.file("store.db"));
};

TEST_F(SqliteStoreTest, GivesBackAnAttemptAsItWasSaved) {
  const Attempt saved = an_attempt("x", at("10:42:00"));
  ASSERT_TRUE(store_->ingest(batch_of({saved})));
  const auto loaded = store_->attempt("x");
  ASSERT_TRUE(loaded && *loaded);
  const Attempt& a = **loaded;
  EXPECT_EQ(a.first, saved.first);
  EXPECT_EQ(a.last, saved.last);
  EXPECT_EQ(a.category, saved.category);
  EXPECT_EQ(a.who.grade, Grade::B);
  EXPECT_EQ(a.who.login, "a.learner");
  EXPECT_EQ(a.who.device, saved.who.device);
  EXPECT_EQ(a.who.device_name, "LRC-14");
  EXPECT_EQ(a.who.place, "Library");
  EXPECT_EQ(a.who.group, "students");
  EXPECT_EQ(a.who.sponsor, "b.teacher");
  EXPECT_EQ(a.who.why, "One source.");
  EXPECT_EQ(a.address, saved.address);
  EXPECT_EQ(a.seen_mac, saved.seen_mac);
  EXPECT_EQ(a.network, saved.network);
  ASSERT_EQ(a.hosts.size(), 2u);
  EXPECT_EQ(a.hosts[0].host, "guns-direct.test");
  EXPECT_EQ(a.hosts[0].url, "/shop");
  EXPECT_EQ(a.hosts[0].line, 12u);
  EXPECT_EQ(a.hosts[1].hits, 1u);
  EXPECT_EQ(a.hits, 3u);
  EXPECT_EQ(a.action, journal::Action::Block);
  EXPECT_EQ(a.outcome, journal::Outcome::WouldBlock);
  EXPECT_FALSE(a.sealed);
  EXPECT_EQ(a.evasion, saved.evasion);
  EXPECT_EQ(a.tunnel, "openvpn");
  EXPECT_EQ(a.band, Band::LikelyDeliberate);
  EXPECT_EQ(a.score, 86);
  EXPECT_EQ(a.reasons, saved.reasons);
  EXPECT_EQ(a.tries, "{}");
  EXPECT_EQ(a.event_ids, std::vector<std::string>{"e-x"});
}

TEST_F(SqliteStoreTest, ChangesNothingWhenTheSameBatchComesTwice) {
  IngestBatch batch = batch_of({an_attempt("x", at("10:42:00"))});
  batch.coverage.push_back({"s1", {at("10:43:00"), {{"flows.named", 94}, {"flows.all", 100}}}});
  batch.notes.push_back({"g1", {at("10:00:00"), "started"}});
  ASSERT_TRUE(store_->ingest(batch));
  ASSERT_TRUE(store_->ingest(batch));
  EXPECT_EQ(store_->attempts_between(at("00:00:00"), at("23:00:00"))->size(), 1u);
  EXPECT_EQ(store_->events_of("x")->size(), 1u);
  const auto minutes = store_->coverage_between(at("10:43:00"), at("10:44:00"));
  ASSERT_EQ(minutes->size(), 1u);
  EXPECT_EQ((*minutes)[0].counters,
            (std::vector<std::pair<std::string, std::uint64_t>>{{"flows.named", 94}, {"flows.all", 100}}));
  ASSERT_EQ(store_->notes_between(at("00:00:00"), at("23:00:00"))->size(), 1u);
  EXPECT_EQ((*store_->notes_between(at("00:00:00"), at("23:00:00")))[0].what, "started");
}

TEST_F(SqliteStoreTest, KeepsSightingsOnceAndForgetsOldOnes) {
  IngestBatch batch;
  batch.sightings = {{1, 2, 0xffffffffffffffff, 20000, Milliseconds(700), true, false},
                     {1, 2, 4, 20001, Milliseconds(900), false, true}};
  ASSERT_TRUE(store_->ingest(batch));
  ASSERT_TRUE(store_->ingest(batch));
  const auto kept = store_->sightings_since(20000);
  ASSERT_EQ(kept->size(), 2u);
  EXPECT_EQ((*kept)[0].device, 0xffffffffffffffff);
  EXPECT_EQ((*kept)[0].offset, Milliseconds(700));
  EXPECT_TRUE((*kept)[0].brought);
  EXPECT_TRUE((*kept)[1].again);
  EXPECT_EQ(store_->sightings_since(20001)->size(), 1u);
  batch.sightings = {{1, 2, 4, 20060, Milliseconds(900), false, false}};
  ASSERT_TRUE(store_->ingest(batch));
  EXPECT_EQ(store_->sightings_since(0)->size(), 1u);
}

TEST_F(SqliteStoreTest, AChangedAttemptTakesThePlaceOfTheOldOneAndKeepsItsEvents) {
  ASSERT_TRUE(store_->ingest(batch_of({an_attempt("x", at("10:42:00"))})));
  Attempt changed = an_attempt("x", at("10:42:00"));
  changed.hosts.pop_back();
  changed.score = 20;
  IngestBatch batch;
  batch.attempts = {changed};
  batch.events = {{"e2", "x", at("10:43:00"), "{}"}};
  ASSERT_TRUE(store_->ingest(batch));
  const auto loaded = store_->attempt("x");
  EXPECT_EQ((*loaded)->hosts.size(), 1u);
  EXPECT_EQ((*loaded)->score, 20);
  EXPECT_EQ((*loaded)->event_ids, (std::vector<std::string>{"e-x", "e2"}));
}

TEST_F(SqliteStoreTest, ThePositionComesWithTheBatchAndOutlivesTheProcess) {
  EXPECT_FALSE(store_->position("eve.json")->has_value());
  ASSERT_TRUE(store_->ingest(batch_of({an_attempt("x", at("10:42:00"))}, ~std::uint64_t{0})));
  store_.reset();
  store_ = open(folder_.file("store.db"));
  EXPECT_EQ(**store_->position("eve.json"), (JournalPosition{"eve.json", 7, ~std::uint64_t{0}}));
  EXPECT_FALSE(store_->position("other.json")->has_value());
}

TEST_F(SqliteStoreTest, ABatchThatFailsHalfWaySavesNothingOfIt) {
  IngestBatch batch = batch_of({an_attempt("x", at("10:42:00"))});
  batch.events.push_back({"stray", "no-such-attempt", at("10:42:00"), "{}"});
  EXPECT_FALSE(store_->ingest(batch).has_value());
  EXPECT_FALSE(store_->attempt("x")->has_value());
  EXPECT_FALSE(store_->position("eve.json")->has_value());
  batch.events.pop_back();
  EXPECT_TRUE(store_->ingest(batch).has_value());
}

TEST_F(SqliteStoreTest, RefusesALoginThatItsGradeDoesNotCarry) {
  Attempt wrong = an_attempt("x", at("10:42:00"));
  wrong.who.grade = Grade::C;
  EXPECT_FALSE(store_->ingest(batch_of({wrong})).has_value());
}

TEST_F(SqliteStoreTest, GivesAttemptsInAStableOrderFromTheStartOfATimeToBeforeItsEnd) {
  ASSERT_TRUE(store_->ingest(batch_of({an_attempt("c", at("11:00:00")), an_attempt("b", at("10:00:00")),
                                       an_attempt("a", at("11:00:00")), an_attempt("d", at("12:00:00"))})));
  const auto found = store_->attempts_between(at("10:00:00"), at("12:00:00"));
  std::vector<std::string> ids;
  for (const auto& one : *found) ids.push_back(one.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"b", "a", "c"}));
}

TEST_F(SqliteStoreTest, CountsByLondonDayAlsoWhenTheClocksChange) {
  // 25 October 2026 has 25 hours, from 23:00 UTC the evening before to midnight UTC.
  const auto attempt_at = [](const std::string& id, const char* when) {
    return an_attempt(id, *parse_time(when));
  };
  ASSERT_TRUE(store_->ingest(batch_of(
      {attempt_at("before", "2026-10-24T22:59:59.999999Z"), attempt_at("first", "2026-10-24T23:00:00Z"),
       attempt_at("last", "2026-10-25T23:59:59.999999Z"), attempt_at("after", "2026-10-26T00:00:00Z")})));
  const auto counts = store_->counts_by_day(*parse_day("2026-10-24"), *parse_day("2026-10-26"));
  ASSERT_EQ(counts->size(), 3u);
  EXPECT_EQ((*counts)[0].attempts, 1u);
  EXPECT_EQ((*counts)[1].attempts, 2u);
  EXPECT_EQ((*counts)[1].deliberate, 2u);
  EXPECT_EQ((*counts)[1].hits, 6u);
  EXPECT_EQ((*counts)[1].people, 1u);
  EXPECT_EQ((*counts)[2].day, *parse_day("2026-10-26"));
  EXPECT_EQ(store_->counts_by_day(*parse_day("2026-10-25"), *parse_day("2026-10-25"))->size(), 1u);
}

TEST_F(SqliteStoreTest, TellsWhatWasSetAside) {
  Attempt background = an_attempt("b", at("11:00:00"));
  background.band = Band::LikelyBackground;
  background.hits = 500;
  ASSERT_TRUE(store_->ingest(batch_of({an_attempt("a", at("10:00:00")), background})));
  const auto sum = store_->set_aside(at("00:00:00"), at("23:00:00"));
  EXPECT_EQ(sum->hits, 503u);
  EXPECT_EQ(sum->attempts, 2u);
  EXPECT_EQ(sum->background_hits, 500u);
  EXPECT_EQ(sum->background_attempts, 1u);
}

TEST_F(SqliteStoreTest, TellsWhatTheSameHolderDidInThirtyDays) {
  const Timestamp now = at("10:00:00");
  const auto days_ago = [&](const std::string& id, int days) {
    return an_attempt(id, now - std::chrono::days{days});
  };
  Attempt someone_else = days_ago("other", 3);
  someone_else.who.login = "b.learner";
  Attempt other_category = days_ago("category", 3);
  other_category.category = "circumvention";
  ASSERT_TRUE(store_->ingest(
      batch_of({days_ago("31", 31), days_ago("5", 5), days_ago("2", 2), someone_else, other_category,
                an_attempt("same-day", now - Seconds(3600)), an_attempt("now", now)})));
  const auto seen = store_->seen_earlier(an_attempt("now", now));
  EXPECT_EQ(seen->attempts, 3u);
  EXPECT_EQ(seen->days, 2u);
  EXPECT_EQ(seen->last, now - Seconds(3600));
}

TEST_F(SqliteStoreTest, WithoutALoginTheSameDeviceCountsAndNoOther) {
  Attempt unknown = an_attempt("u1", at("09:00:00"));
  unknown.who = {};
  unknown.who.device = "02:00:5e:10:00:01";
  Attempt later = unknown;
  later.id = "u2";
  later.first = at("10:00:00");
  ASSERT_TRUE(store_->ingest(batch_of({unknown, later, an_attempt("named", at("08:00:00"))})));
  EXPECT_EQ(store_->seen_earlier(later)->attempts, 1u);
}

TEST_F(SqliteStoreTest, TellsWhenAHostWasFirstSeen) {
  ASSERT_TRUE(store_->ingest(batch_of({an_attempt("x", at("10:00:00")), an_attempt("y", at("11:00:00"))})));
  EXPECT_EQ(*store_->host_first_seen("ammo.test", at("00:00:00")), at("10:00:00"));
  EXPECT_EQ(*store_->host_first_seen("ammo.test", at("10:30:00")), at("11:00:00"));
  EXPECT_EQ(*store_->host_first_seen("other.test", at("00:00:00")), std::nullopt);
}

TEST_F(SqliteStoreTest, KeepsTheEvidenceApartFromTheAttempt) {
  IngestBatch batch = batch_of({an_attempt("x", at("10:42:00"))});
  batch.evidence = {{"x", {"one", "two"}}};
  ASSERT_TRUE(store_->ingest(batch));
  batch.evidence = {{"x", {"three"}}};
  ASSERT_TRUE(store_->ingest(batch));
  EXPECT_EQ(*store_->evidence_of("x"), std::vector<std::string>{"three"});
}

TEST_F(SqliteStoreTest, IsReadableByItsOwnerOnly) {
  struct stat facts {};
  ASSERT_EQ(stat(folder_.file("store.db").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(SqliteStoreTest, SaysWhenAnotherProgramHoldsTheLock) {
  auto other = Connection::open(folder_.file("store.db"), Milliseconds(0));
  ASSERT_TRUE(other && other->run("BEGIN IMMEDIATE"));
  auto impatient = SqliteStore::open(folder_.file("store.db"), {Milliseconds(20)});
  ASSERT_TRUE(impatient.has_value()) << impatient.error().to_string();
  const auto saved = (*impatient)->ingest(batch_of({an_attempt("x", at("10:42:00"))}));
  ASSERT_FALSE(saved.has_value());
  EXPECT_THAT(saved.error().message, HasSubstr("in use"));
  EXPECT_FALSE(saved.error().remedy.empty());
  ASSERT_TRUE(other->run("COMMIT"));
  EXPECT_TRUE((*impatient)->ingest(batch_of({an_attempt("x", at("10:42:00"))})));
}

TEST(SqliteStoreOpen, RefusesAFileThatIsNoDatabaseAndLeavesItAlone) {
  TemporaryFolder folder;
  const std::string file = folder.file("notes.txt");
  const std::string text(4096, 'n');
  write_file(file, text);
  const auto store = SqliteStore::open(file);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().file, file);
  EXPECT_THAT(store.error().message, HasSubstr("not a Gatehouse store"));
  std::ifstream in(file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
}

TEST(SqliteStoreOpen, RefusesTheDatabaseOfAnotherProgram) {
  TemporaryFolder folder;
  const std::string file = folder.file("browser.db");
  ASSERT_TRUE(Connection::open(file, Milliseconds(0))->run("CREATE TABLE bookmarks (url TEXT)"));
  const auto store = SqliteStore::open(file);
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr("another program"));
  const auto again = Connection::open(file, Milliseconds(0));
  EXPECT_EQ(*again->number("SELECT count(*) FROM sqlite_master"), 1);
}

TEST(SqliteStoreOpen, RefusesTheStoreOfANewerGatehouse) {
  TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  open(file);
  ASSERT_TRUE(Connection::open(file, Milliseconds(0))->run("INSERT INTO schema_version VALUES (99)"));
  const auto store = SqliteStore::open(file);
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr("newer Gatehouse"));
}

TEST(SqliteStoreOpen, TellsADamagedStore) {
  TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  {
    auto store = open(file);
    std::vector<Attempt> many;
    for (int i = 0; i < 200; ++i) many.push_back(an_attempt(std::to_string(i), at("10:00:00")));
    ASSERT_TRUE(store->ingest(batch_of(many)));
  }
  std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(4096);
  damage << std::string(100000, '\xff');
  damage.close();
  const auto store = SqliteStore::open(file);
  const auto error =
      store ? (*store)->attempts_between(at("00:00:00"), at("23:00:00")).error() : store.error();
  EXPECT_THAT(error.message, HasSubstr("damaged"));
  EXPECT_FALSE(error.remedy.empty());
}

TEST(SqliteStoreOpen, TellsAFolderThatIsNotThere) {
  const auto store = SqliteStore::open("/nowhere/at/all/store.db");
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr("cannot be opened"));
}

// A real full disk: a file system of 1 MiB in memory.
class TinyDisk {
 public:
  TinyDisk() { mounted_ = ::mount("gatehouse-test", folder_.path().c_str(), "tmpfs", 0, "size=1m") == 0; }
  ~TinyDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  void fill() const {
    std::ofstream out(file("fill"), std::ios::binary);
    const std::string block(4096, 'x');
    while (out << block << std::flush) {
    }
  }
  void make_room() const { std::filesystem::remove(file("fill")); }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

TEST(SqliteStoreOnAFullDisk, SaysSoSavesNothingOfTheBatchAndGoesOnWhenThereIsRoom) {
  const TinyDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "needs root, to mount a small file system";
  const auto store = open(disk.file("store.db"));
  ASSERT_TRUE(store->ingest(batch_of({an_attempt("before", at("09:00:00"))}, 50)));
  disk.fill();

  std::vector<Attempt> many;
  for (int i = 0; i < 2000; ++i) many.push_back(an_attempt("n" + std::to_string(i), at("10:00:00")));
  const auto saved = store->ingest(batch_of(many, 900));
  ASSERT_FALSE(saved.has_value());
  EXPECT_THAT(saved.error().message, HasSubstr("disk that holds the store is full"));
  EXPECT_THAT(saved.error().remedy, HasSubstr("make room"));
  EXPECT_EQ((*store->position("eve.json"))->offset, 50u);
  EXPECT_EQ(store->attempts_between(at("00:00:00"), at("23:00:00"))->size(), 1u);

  disk.make_room();
  many.resize(100);
  const auto again = store->ingest(batch_of(many, 900));
  ASSERT_TRUE(again.has_value()) << again.error().to_string();
  EXPECT_EQ(store->attempts_between(at("00:00:00"), at("23:00:00"))->size(), 101u);
  EXPECT_EQ((*store->position("eve.json"))->offset, 900u);
}

TEST(SqliteStoreOnAFullDisk, CannotBeMadeAndSaysWhy) {
  const TinyDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "needs root, to mount a small file system";
  disk.fill();
  const auto store = SqliteStore::open(disk.file("store.db"));
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr("full"));
}

}  // namespace
}  // namespace gatehouse::lodge
