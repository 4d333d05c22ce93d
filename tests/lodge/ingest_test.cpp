// The journal becomes attempts in the store, once each, whatever stops the lodge in between; and nobody is
// blamed for what another did.
#include "lodge/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <random>
#include <sstream>

#include "journal/eve_writer.h"
#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::kPc;
using testing::kPhone;
using testing::listed;
using testing::look_up;
using testing::TemporaryFolder;
using testing::write_file;

std::string journal_of(const std::vector<journal::Event>& events) {
  std::string text;
  for (const auto& event : events) journal::append_eve_line(text, event);
  return text;
}

std::unique_ptr<SqliteStore> open(const std::string& file) {
  auto store = SqliteStore::open(file);
  EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().to_string());
  return store ? std::move(*store) : nullptr;
}

std::vector<Attempt> all_attempts(const Store& store) {
  return *store.attempts_between(at("00:00:00") - std::chrono::days{2},
                                 at("23:59:59") + std::chrono::days{2});
}

// Everything the store says of its attempts, as one text to compare.
std::string picture_of(const Store& store) {
  std::ostringstream out;
  for (const Attempt& a : all_attempts(store)) {
    out << a.id << ' ' << format_utc(a.first) << ' ' << format_utc(a.last) << ' ' << a.category << ' '
        << letter(a.who.grade) << ' ' << a.who.login << ' ' << a.who.why << ' ' << a.hits << ' ' << a.score
        << ' ' << static_cast<int>(a.action) << static_cast<int>(a.outcome) << a.tunnel;
    for (const auto& host : a.hosts) out << " [" << host.host << ' ' << host.hits << ' ' << host.url << ']';
    for (const auto& reason : a.reasons) out << " (" << reason << ')';
    for (const auto& id : a.event_ids) out << ' ' << id;
    const auto evidence = store.evidence_of(a.id);
    for (const auto& line : *evidence) out << ' ' << line;
    out << '\n';
  }
  return out.str();
}

Login login(const std::string& name, MacAddress mac, Timestamp from, Timestamp to = kStillOpen) {
  return {name, "students", "", mac, std::nullopt, from, to, "radius", "radius line"};
}

template <typename... Parts>
SessionTimeline timeline_of(Parts... parts) {
  TimelineBuilder builder;
  (builder.add(std::move(parts)), ...);
  return std::move(builder).build();
}

class IngestTest : public ::testing::Test {
 protected:
  IngestCounts read(const SessionTimeline& timeline, const IngestOptions& options = {}) {
    const auto counts = Ingest(*store_, timeline, options).run(journal_);
    EXPECT_TRUE(counts.has_value()) << (counts ? "" : counts.error().to_string());
    return counts.value_or(IngestCounts{});
  }

  TemporaryFolder folder_;
  std::string journal_ = folder_.file("eve.json");
  std::unique_ptr<SqliteStore> store_ = open(folder_.file("store.db"));
};

TEST_F(IngestTest, ReadsAJournalIntoAttemptsCoverageAndNotes) {
  journal::Event stats;
  stats.type = journal::EventType::Stats;
  stats.id = "s1";
  stats.at = at("10:43:00");
  stats.counters = {{"flows.named", 94}};
  journal::Event gate;
  gate.type = journal::EventType::Gate;
  gate.id = "g1";
  gate.at = at("10:41:00");
  gate.reason = "started";
  journal::Event allowed = listed("3", at("10:44:00"), "news.test");
  allowed.action = journal::Action::Allow;
  write_file(journal_,
             journal_of({gate, look_up("1", at("10:42:00")), listed("2", at("10:42:01")), stats, allowed}));
  const auto counts = read(timeline_of(login("a.learner", kPc, at("09:00:00"))));
  EXPECT_EQ(counts.events, 5u);
  EXPECT_EQ(counts.listed, 2u);
  EXPECT_EQ(counts.attempts, 1u);
  EXPECT_EQ(counts.malformed, 0u);
  EXPECT_EQ(counts.newest, at("10:44:00"));
  const auto attempts = all_attempts(*store_);
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].who.login, "a.learner");
  EXPECT_EQ(attempts[0].event_ids, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(store_->coverage_between(at("00:00:00"), at("23:00:00"))->size(), 1u);
  EXPECT_EQ(store_->notes_between(at("00:00:00"), at("23:00:00"))->at(0).what, "started");
}

TEST_F(IngestTest, ReadingTheSameJournalAgainChangesNothing) {
  write_file(journal_, journal_of({look_up("1", at("10:42:00")), listed("2", at("10:42:01")),
                                   listed("2", at("10:42:01"))}));
  EXPECT_EQ(read({}).known, 1u);
  const std::string before = picture_of(*store_);
  EXPECT_EQ(read({}).events, 0u) << "the position was kept";
  // The same journal under another name: its position is unknown, its events are not.
  std::filesystem::copy_file(journal_, folder_.file("copy.json"));
  const auto again = Ingest(*store_, {}, {}).run(folder_.file("copy.json"));
  EXPECT_EQ(again->known, 3u);
  EXPECT_EQ(again->attempts, 0u);
  EXPECT_EQ(picture_of(*store_), before);
}

TEST_F(IngestTest, CountsMalformedLinesAndTellsTheFirst) {
  write_file(journal_, journal_of({listed("1", at("10:00:00"))}) + "{not json\n[]\n" +
                           journal_of({listed("2", at("10:00:01"))}));
  const auto counts = read({});
  EXPECT_EQ(counts.listed, 2u);
  EXPECT_EQ(counts.malformed, 2u);
  ASSERT_TRUE(counts.first_malformed.has_value());
  EXPECT_EQ(counts.first_malformed->file, journal_);
  EXPECT_EQ(counts.first_malformed->line, 2);
}

TEST_F(IngestTest, TellsAJournalThatIsNotThere) {
  const auto counts = Ingest(*store_, {}, {}).run(folder_.file("none.json"));
  ASSERT_FALSE(counts.has_value());
  EXPECT_EQ(counts.error().file, folder_.file("none.json"));
}

TEST_F(IngestTest, WithoutSessionsEverythingIsGradeDAndNobodyIsNamed) {
  write_file(journal_, journal_of({listed("1", at("10:00:00")), listed("2", at("11:00:00"), "ammo.test")}));
  read({});
  for (const auto& attempt : all_attempts(*store_)) {
    EXPECT_EQ(attempt.who.grade, Grade::D);
    EXPECT_EQ(attempt.who.login, "");
    EXPECT_EQ(attempt.who.sponsor, "");
    EXPECT_EQ(attempt.who.device_name, "");
    EXPECT_TRUE(store_->evidence_of(attempt.id)->empty());
  }
}

// Both directions of a swap, with the MAC address in the packets and without.
TEST_F(IngestTest, ALeaseSwapInTheMiddleOfAVisitMovesNoBlame) {
  const IpAddress one = *IpAddress::parse("10.10.4.7");
  const IpAddress two = *IpAddress::parse("10.10.4.8");
  const Timestamp swap = at("10:05:00");
  const auto timeline = timeline_of(
      Lease{one, kPc, at("08:00:00"), swap, "dhcp", ""}, Lease{two, kPhone, at("08:00:00"), swap, "dhcp", ""},
      Lease{one, kPhone, swap, at("18:00:00"), "dhcp", ""}, Lease{two, kPc, swap, at("18:00:00"), "dhcp", ""},
      login("guilty", kPc, at("08:30:00"), at("17:00:00")),
      login("innocent", kPhone, at("08:30:00"), at("17:00:00")));
  std::vector<journal::Event> events;
  for (int i = 0; i < 60; ++i) {  // one visit of the PC, every ten seconds from 10:00 to 10:10
    journal::Event event = listed("seen" + std::to_string(i), at("10:00:00") + Seconds(i * 10));
    event.src_ip = event.at < swap ? one : two;
    events.push_back(event);
    event.id = "unseen" + std::to_string(i);
    event.src_mac = {};
    events.push_back(event);
  }
  write_file(journal_, journal_of(events));
  read(timeline);
  std::uint32_t named = 0;
  for (const auto& attempt : all_attempts(*store_)) {
    EXPECT_NE(attempt.who.login, "innocent");
    if (attempt.who.login == "guilty") named += attempt.hits;
  }
  // Seen: all 60. Not seen: all but the six within 30 seconds of the swap.
  EXPECT_EQ(named, 60u + 60u - 6u);
}

TEST_F(IngestTest, OnASharedPcTheNextPersonIsNotBlamed) {
  write_file(journal_, journal_of({listed("1", at("09:30:00")), listed("2", at("10:02:00"))}));
  read(timeline_of(login("a.learner", kPc, at("09:00:00"), at("10:00:00")),
                   login("b.learner", kPc, at("10:01:00"), at("11:00:00")),
                   Seat{kPc, "LRC-14", "Library", "", true}));
  const auto attempts = all_attempts(*store_);
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].who.login, "a.learner");
  EXPECT_EQ(attempts[1].who.login, "");
  EXPECT_EQ(attempts[1].who.grade, Grade::C);
  EXPECT_EQ(attempts[1].who.place, "Library");
}

TEST_F(IngestTest, AnAttemptOverMidnightBelongsToTheDayOnWhichItBegan) {
  const Timestamp before = *parse_time("2026-06-10T22:59:58Z");  // 23:59:58 in London
  write_file(journal_, journal_of({listed("1", before), listed("2", before + Seconds(60)),
                                   listed("3", before + Seconds(3600))}));
  read({});
  const auto tenth = london_day_bounds(*parse_day("2026-06-10"));
  const auto eleventh = london_day_bounds(*parse_day("2026-06-11"));
  const auto first_day = store_->attempts_between(tenth.begin, tenth.end);
  ASSERT_EQ(first_day->size(), 1u);
  EXPECT_EQ((*first_day)[0].hits, 2u);
  EXPECT_EQ(store_->attempts_between(eleventh.begin, eleventh.end)->size(), 1u);
}

// Three days of several devices, with people, rhythms, logins that change, and a little disorder.
std::vector<journal::Event> a_busy_journal(std::uint32_t seed = 7) {
  std::mt19937 random(seed);
  std::vector<journal::Event> events;
  for (int i = 0; i < 600; ++i) {
    const auto when = at("00:00:00") + Seconds(i * 400 + static_cast<int>(random() % 500)) +
                      Microseconds(random() % 1000000);
    journal::Event event =
        random() % 3 == 0 ? look_up("e" + std::to_string(i), when) : listed("e" + std::to_string(i), when);
    event.src_mac = MacAddress{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(random() % 4)}};
    if (random() % 5 == 0) event.category = "circumvention";
    if (random() % 9 == 0) event.host = "ammo.test";
    if (random() % 50 == 0) event.evasion = {"tcp-overlap"};
    events.push_back(event);
    for (auto beside = i % 4 == 1 ? random() % 6 : 0; beside > 0; --beside) {  // what a page loads around it, sometimes
      journal::Event other = listed("o" + std::to_string(i) + "-" + std::to_string(beside),
                                    when + Milliseconds(random() % 7000) - Seconds(3),
                                    "part" + std::to_string(beside) + ".example");
      other.src_mac = event.src_mac;
      other.category.clear();
      other.action = journal::Action::Allow;
      events.push_back(other);
    }
    if (i % 4 != 0) continue;
    journal::Event beacon = listed("b" + std::to_string(i), at("00:00:00") + Seconds(i * 400), "beacon.test");
    beacon.src_mac = kPhone;
    events.push_back(beacon);
  }
  return events;
}

SessionTimeline a_busy_timeline() {
  TimelineBuilder builder;
  for (std::uint8_t device = 0; device < 4; ++device) {
    for (int hour = 0; hour < 70; hour += 3) {
      const Timestamp from = at("00:00:00") + Seconds(hour * 3600 + device * 500);
      builder.add(login("person" + std::to_string((hour + device) % 5), MacAddress{{2, 0, 0, 0, 0, device}},
                        from, from + Seconds(2 * 3600)));
    }
  }
  return std::move(builder).build();
}

// Several journals, each cut in its own places.
class AnyCut : public IngestTest, public ::testing::WithParamInterface<std::uint32_t> {};

TEST_P(AnyCut, IntoBatchesAndRestartsGivesTheSameAttempts) {
  const auto events = a_busy_journal(GetParam());
  const auto timeline = a_busy_timeline();
  write_file(journal_, journal_of(events));
  read(timeline, {1000000});
  const std::string whole = picture_of(*store_);
  EXPECT_GT(all_attempts(*store_).size(), 200u);

  for (const std::size_t batch : {1u, 7u, 100u}) {  // batches in one process
    store_ = open(folder_.file("batches" + std::to_string(batch) + ".db"));
    read(timeline, {batch});
    EXPECT_EQ(picture_of(*store_), whole) << batch;
  }
  const std::string growing = folder_.file("growing.json");
  std::mt19937 random(GetParam() + 1);
  for (std::size_t done = 0; done < events.size();) {  // another process each time, as the journal grows
    const std::size_t next = std::min(events.size(), done + 1 + random() % 60);
    write_file(growing,
               journal_of({events.begin() + static_cast<std::ptrdiff_t>(done),
                           events.begin() + static_cast<std::ptrdiff_t>(next)}),
               true);
    done = next;
    const auto store = open(folder_.file("restarts.db"));
    ASSERT_TRUE(Ingest(*store, timeline, {13}).run(growing).has_value());
  }
  EXPECT_EQ(picture_of(*open(folder_.file("restarts.db"))), whole);
}
INSTANTIATE_TEST_SUITE_P(Seeds, AnyCut, ::testing::Values(2, 3, 7, 9));

// A store whose disk fails at the n-th save and works again afterwards.
class FailingStore final : public Store {
 public:
  FailingStore(Store& inner, int fail_at) : inner_(inner), fail_at_(fail_at) {}
  Result<void> ingest(const IngestBatch& batch) override {
    if (++saves_ == fail_at_) return failure("the disk is full");
    return inner_.ingest(batch);
  }
  Result<std::optional<JournalPosition>> position(const std::string& file) const override {
    return inner_.position(file);
  }
  Result<bool> has_event(const std::string& id) const override { return inner_.has_event(id); }
  Result<std::vector<Attempt>> attempts_between(Timestamp a, Timestamp b) const override {
    return inner_.attempts_between(a, b);
  }
  Result<void> each_past(Timestamp a, Timestamp b,
                         const std::function<void(const PastAttempt&)>& take) const override {
    return inner_.each_past(a, b, take);
  }
  Result<std::vector<Attempt>> attempts_of_holder(const Attempt& like, Timestamp a,
                                                  Timestamp b) const override {
    return inner_.attempts_of_holder(like, a, b);
  }
  Result<bool> has_coverage(Timestamp a, Timestamp b) const override { return inner_.has_coverage(a, b); }
  Result<std::vector<Attempt>> attempts_ending_since(Timestamp a) const override {
    return inner_.attempts_ending_since(a);
  }
  Result<std::optional<Attempt>> attempt(const std::string& id) const override { return inner_.attempt(id); }
  Result<std::vector<KeptEvent>> events_of(const std::string& id) const override {
    return inner_.events_of(id);
  }
  Result<std::vector<std::string>> evidence_of(const std::string& id) const override {
    return inner_.evidence_of(id);
  }
  Result<std::optional<Timestamp>> newest_event() const override { return inner_.newest_event(); }
  Result<std::vector<Sighting>> sightings_since(std::int32_t day) const override {
    return inner_.sightings_since(day);
  }
  Result<std::vector<CoverageMinute>> coverage_between(Timestamp a, Timestamp b) const override {
    return inner_.coverage_between(a, b);
  }
  Result<std::vector<GateNote>> notes_between(Timestamp a, Timestamp b) const override {
    return inner_.notes_between(a, b);
  }
  Result<std::vector<DayCount>> counts_by_day(Day a, Day b) const override {
    return inner_.counts_by_day(a, b);
  }
  Result<SetAside> set_aside(Timestamp a, Timestamp b) const override { return inner_.set_aside(a, b); }
  Result<SeenEarlier> seen_earlier(const Attempt& a) const override { return inner_.seen_earlier(a); }
  Result<std::optional<Timestamp>> host_first_seen(const std::string& h, Timestamp a) const override {
    return inner_.host_first_seen(h, a);
  }

 private:
  Store& inner_;
  int fail_at_;
  int saves_ = 0;
};

TEST_F(IngestTest, ASaveThatFailsLosesAndDoublesNothing) {
  const auto timeline = a_busy_timeline();
  write_file(journal_, journal_of(a_busy_journal()));
  read(timeline);
  const std::string whole = picture_of(*store_);
  for (const int fail_at : {1, 2, 5, 8}) {
    const auto inner = open(folder_.file("failing" + std::to_string(fail_at) + ".db"));
    FailingStore failing(*inner, fail_at);
    Ingest ingest(failing, timeline, {100});
    EXPECT_FALSE(ingest.run(journal_).has_value());
    ASSERT_TRUE(ingest.run(journal_).has_value());  // the same process goes on
    EXPECT_EQ(picture_of(*inner), whole) << fail_at;
  }
}

TEST(IngestOnAFullDisk, SaysSoAndReadsTheRestWhenThereIsRoom) {
  const TemporaryFolder folder;
  const TemporaryFolder disk;
  if (::mount("gatehouse-test", disk.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "needs root, to mount a small file system";
  }
  const std::unique_ptr<const char, void (*)(const char*)> unmount(
      disk.path().c_str(), [](const char* path) { ::umount2(path, MNT_DETACH); });
  const std::string journal = folder.file("eve.json");
  write_file(journal, journal_of(a_busy_journal()));
  const auto timeline = a_busy_timeline();
  const auto roomy = open(folder.file("store.db"));
  ASSERT_TRUE(Ingest(*roomy, timeline, {}).run(journal).has_value());
  {
    const auto store = open(disk.file("store.db"));
    Ingest ingest(*store, timeline, {100});
    const auto stopped = ingest.run(journal);
    ASSERT_FALSE(stopped.has_value());
    EXPECT_THAT(stopped.error().message, HasSubstr("full"));
    EXPECT_GT((*store->position(journal))->offset, 0u);
    ASSERT_EQ(::mount("gatehouse-test", disk.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
    ASSERT_TRUE(ingest.run(journal).has_value());
    EXPECT_EQ(picture_of(*store), picture_of(*roomy));
  }
}

}  // namespace
}  // namespace gatehouse::lodge
