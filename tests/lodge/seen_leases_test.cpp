// Leases that the gate saw in packets: from the journal into the timeline, in the journal's order, over restarts.
#include "lodge/seen_leases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/eve_writer.h"
#include "lodge/ingest.h"
#include "lodge/store/identity_store.h"
#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using testing::at;
using testing::kPc;
using testing::kPhone;
using testing::listed;
using testing::TemporaryFolder;
using testing::write_file;

const IpAddress kServer = *IpAddress::parse("10.0.0.2");
const IpAddress kDesk = *IpAddress::parse("10.10.4.7");

journal::Event ack(const std::string& clock, const MacAddress& mac = kPc, std::uint32_t seconds = 3600) {
  journal::Event event;
  event.type = journal::EventType::Dhcp;
  event.id = "dhcp-" + clock;
  event.at = at(clock);
  event.src_ip = kServer;
  event.dest_ip = kDesk;
  event.src_port = 67;
  event.dest_port = 68;
  event.proto = 17;
  event.dhcp.reply = true;
  event.dhcp.type = "ack";
  event.dhcp.client_mac = mac;
  event.dhcp.assigned_ip = kDesk;
  event.dhcp.lease_time = seconds;
  event.dhcp.host_name = "LRC-14";
  return event;
}

journal::Event release(const std::string& clock, const MacAddress& mac = kPc) {
  journal::Event event = ack(clock, mac, 0);
  event.src_ip = kDesk;
  event.dest_ip = kServer;
  event.dhcp.reply = false;
  event.dhcp.type = "release";
  event.dhcp.assigned_ip = {};
  event.dhcp.client_ip = kDesk;
  return event;
}

class SeenLeasesTest : public ::testing::Test {
 protected:
  SeenLeasesTest() {
    settings_.servers = {kServer};
    settings_.networks = {*IpPrefix::parse("10.10.0.0/16")};
  }
  [[nodiscard]] MacAddress holder(const std::string& clock) const { return who(timeline_, kDesk, {}, at(clock)).device; }

  policy::DhcpSeenSettings settings_;
  Vendors vendors_;
  SessionTimeline timeline_;
  SeenLeases leases_{settings_, vendors_, timeline_};
};

TEST_F(SeenLeasesTest, RunFromTheReplyToTheEndOfTheirTime) {
  leases_.take(ack("09:00:00"));
  EXPECT_EQ(holder("08:59:00"), MacAddress{});
  EXPECT_EQ(holder("09:30:00"), kPc);
  EXPECT_EQ(holder("10:01:00"), MacAddress{});
  leases_.take(ack("09:30:00"));
  EXPECT_EQ(holder("10:20:00"), kPc);
  EXPECT_EQ(timeline_.leases().size(), 1u);
  EXPECT_EQ(who(timeline_, kDesk, {}, at("09:30:00")).device_name, "calls itself LRC-14 (random address)");
  leases_.take(ack("10:00:00", kPc, 0xffffffff));
  EXPECT_EQ(holder("23:00:00"), kPc);
  EXPECT_EQ(leases_.counters().leases, 3u);
}

TEST_F(SeenLeasesTest, AreNeverKeptForEverWhateverTheySay) {
  leases_.take(ack("09:00:00", kPc, 0xffffffff));
  leases_.take(ack("09:30:00", kPc, 0xfffffffe));
  EXPECT_EQ(holder("23:00:00"), kPc);
  EXPECT_EQ(timeline_.forget(at("10:00:00") + std::chrono::hours{24 * 31}).leases, 1u);
}

TEST_F(SeenLeasesTest, EndWhenTheyAreGivenBackByTheirHolderAndByNobodyElse) {
  leases_.take(ack("09:00:00"));
  leases_.take(release("09:10:00", kPhone));
  EXPECT_EQ(holder("09:20:00"), kPc);
  leases_.take(release("09:30:00"));
  EXPECT_EQ(holder("09:20:00"), kPc);
  EXPECT_EQ(holder("09:40:00"), MacAddress{});
}

TEST_F(SeenLeasesTest, OfStrangersOrOtherNetworksAreNotTaken) {
  journal::Event stranger = ack("09:00:00");
  stranger.src_ip = *IpAddress::parse("10.10.4.66");
  leases_.take(stranger);
  journal::Event outside = ack("09:00:00");
  outside.dhcp.assigned_ip = *IpAddress::parse("192.168.0.7");
  leases_.take(outside);
  journal::Event nobody = ack("09:00:00", MacAddress{});
  leases_.take(nobody);
  leases_.take(ack("09:00:00", kPc, 0));
  EXPECT_TRUE(timeline_.leases().empty());
  EXPECT_EQ(leases_.counters().not_taken, 4u);
}

TEST_F(SeenLeasesTest, MakeNoLoginAndCarryOneOnlyWhereTheSwitchesGuardTheServers) {
  timeline_.put(Login{"a.learner", "students", "", kPc, std::nullopt, at("08:00:00"), kStillOpen, "radius", "radius line"});
  leases_.take(ack("09:00:00"));
  EXPECT_EQ(who(timeline_, kDesk, {}, at("09:30:00")).grade, Grade::C);
  EXPECT_EQ(who(timeline_, kDesk, {}, at("09:30:00")).login, "");
  EXPECT_EQ(who(timeline_, kDesk, {}, at("09:30:00")).device, kPc);

  settings_.guarded = true;
  SessionTimeline guarded;
  guarded.put(Login{"a.learner", "students", "", kPc, std::nullopt, at("08:00:00"), kStillOpen, "radius", "radius line"});
  SeenLeases(settings_, vendors_, guarded).take(ack("09:00:00"));
  EXPECT_EQ(who(guarded, kDesk, {}, at("09:30:00")).grade, Grade::B);
  EXPECT_EQ(who(guarded, kDesk, {}, at("09:30:00")).login, "a.learner");
}

TEST_F(SeenLeasesTest, ReadAgainAfterAFailureChangeNothing) {
  for (const auto& event : {ack("09:00:00"), release("09:10:00"), ack("09:20:00")}) leases_.take(event);
  timeline_.remember_changes(true);
  SeenLeases restarted(settings_, vendors_, timeline_);
  for (const auto& event : {ack("09:00:00"), release("09:10:00"), ack("09:20:00")}) restarted.take(event);
  EXPECT_TRUE(timeline_.take_changes().empty());
  EXPECT_EQ(holder("10:00:00"), kPc);
}

TEST_F(SeenLeasesTest, AreKnownBeforeTheNextLineIsAskedAboutAndSavedBeforeTheJournalsPosition) {
  TemporaryFolder folder;
  const auto store = *SqliteStore::open(folder.file("store.db"));
  const auto identity = *IdentityStore::open(folder.file("store.db"));
  timeline_.remember_changes(true);
  journal::Event attempt = listed("1", at("09:05:00"));
  attempt.src_mac = {};  // the gate stands behind a router
  std::string journal;
  for (const auto& event : {ack("09:00:00"), attempt}) journal::append_eve_line(journal, event);
  write_file(folder.file("eve.json"), journal);
  bool position_was_saved = false;
  IngestOptions options;
  options.dhcp_seen = [&](const journal::Event& event) { leases_.take(event); };
  options.keep_evidence = [&]() -> Result<void> {
    position_was_saved = store->position(folder.file("eve.json"))->has_value();
    return identity.save(timeline_.take_changes(), timeline_);
  };
  const auto counts = Ingest(*store, timeline_, options).run(folder.file("eve.json"));
  ASSERT_TRUE(counts) << counts.error().to_string();
  EXPECT_FALSE(position_was_saved);
  EXPECT_EQ(counts->events, 2u);
  const auto attempts = *store->attempts_between(at("00:00:00"), at("23:00:00"));
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].who.device, kPc.to_string());
  SessionTimeline after_a_crash;
  ASSERT_TRUE(identity.load(after_a_crash));
  ASSERT_EQ(after_a_crash.leases().size(), 1u);
  EXPECT_EQ(after_a_crash.leases()[0].hearsay, Hearsay::Open);
}

TEST_F(SeenLeasesTest, ThatCannotBeSavedLeaveTheJournalWhereItIs) {
  TemporaryFolder folder;
  const auto store = *SqliteStore::open(folder.file("store.db"));
  std::string journal;
  journal::append_eve_line(journal, ack("09:00:00"));
  write_file(folder.file("eve.json"), journal);
  IngestOptions options;
  int told = 0;
  options.dhcp_seen = [&](const journal::Event&) { ++told; };
  bool disk_full = true;
  options.keep_evidence = [&]() -> Result<void> {
    if (disk_full) return failure("no room", "make room");
    return {};
  };
  Ingest ingest(*store, timeline_, options);
  EXPECT_FALSE(ingest.run(folder.file("eve.json")));
  disk_full = false;
  EXPECT_TRUE(ingest.run(folder.file("eve.json")));
  EXPECT_EQ(told, 2);
}

}  // namespace
}  // namespace gatehouse::lodge
