// The lodge tells a real gate's control socket who belongs to which group, and tells it again after it was away.
#include "lodge/gate_link.h"

#include <gtest/gtest.h>

#include "control/server.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using nlohmann::json;
using testing::TemporaryFolder;

IpAddress address(const char* text) { return *IpAddress::parse(text); }

class GateLinkTest : public ::testing::Test {
 protected:
  GateLinkTest() { settings_.control.socket = folder_.file("gate.sock"); }

  // What a gate knows: kept over its restarts here, so that a test can ask what the last update said.
  control::Handlers handlers() {
    control::Handlers out;
    out.groups = [this](const control::GroupsUpdate& update) -> Result<json> {
      if (update.replace) groups_.clear();
      for (const auto& gone : update.remove) groups_.erase(gone);
      for (const auto& entry : update.set) groups_[entry.address] = entry;
      ++updates_;
      return json::object();
    };
    out.exemptions = [this](const control::ExemptionsUpdate& update) -> Result<void> {
      exemptions_ = update.all.size();
      return {};
    };
    out.reload = []() -> Result<json> { return json::object(); };
    out.status = [] { return json::object(); };
    return out;
  }
  std::unique_ptr<control::Server> gate() {
    auto server = std::make_unique<control::Server>(io_, settings_.control.socket, handlers(), make_silent_log());
    server->start();
    return server;
  }
  template <typename Done>
  void run_until(Done done) {
    for (int i = 0; i < 1000 && !done(); ++i) io_.run_for(Milliseconds{10});
    io_.restart();
    ASSERT_TRUE(done());
  }

  TemporaryFolder folder_;
  boost::asio::io_context io_;
  ConfigFile config_ = ConfigFile::parse("", "test.yaml");
  LodgeSettings settings_;
  policy::JournalSettings journal_;
  SystemClock clock_;
  std::unique_ptr<SqliteStore> store_ = *SqliteStore::open(folder_.file("store.db"));
  SessionTimeline timeline_;
  LodgeContext context_{io_,     config_,   settings_, journal_, nullptr, clock_, make_silent_log(), *store_, folder_.file("store.db"),
                        timeline_, {}, {}, {}, {}, nullptr, false};
  std::map<IpAddress, control::GroupEntry> groups_;
  std::size_t exemptions_ = 0;
  int updates_ = 0;
};

TEST_F(GateLinkTest, TellsWhatWasKnownBeforeAndEachChangeAfterwards) {
  GateLink link(context_);
  const Timestamp end = clock_.now() + std::chrono::hours{2};
  link.set_group(address("10.0.0.1"), "staff", end);
  const auto server = gate();
  link.start();
  run_until([&] { return groups_.size() == 1; });
  EXPECT_EQ(groups_[address("10.0.0.1")].group, "staff");
  EXPECT_LE(groups_[address("10.0.0.1")].until, clock_.now() + std::chrono::minutes{10}) << "believed for ten minutes only";

  link.set_group(address("10.0.0.2"), "students", end);
  link.forget_group(address("10.0.0.1"));
  link.set_group(address("10.0.0.2"), "students", end);  // nothing new
  run_until([&] { return groups_.size() == 1 && groups_.count(address("10.0.0.2")) == 1; });
  EXPECT_EQ(updates_, 2) << "changes of a moment go together";
  link.stop();
}

TEST_F(GateLinkTest, AWholeTableReplacesTheOneBefore) {
  GateLink link(context_);
  const auto server = gate();
  link.start();
  link.set_groups({{address("10.0.0.1"), "staff"}, {address("10.0.0.2"), "students"}});
  run_until([&] { return groups_.size() == 2; });
  link.set_groups({{address("10.0.0.2"), "staff"}, {address("10.0.0.3"), "students"}});
  run_until([&] { return groups_.count(address("10.0.0.3")) == 1; });
  EXPECT_EQ(groups_.size(), 2u);
  EXPECT_EQ(groups_[address("10.0.0.2")].group, "staff");
  link.set_groups({});
  run_until([&] { return groups_.empty(); });
  link.stop();
}

TEST_F(GateLinkTest, TellsEverythingAgainToAGateThatWasAway) {
  GateLink link(context_);
  link.start();
  link.set_group(address("10.0.0.1"), "staff", clock_.now() + std::chrono::hours{2});
  control::Exemption one;
  one.hosts = {"a.example"};
  one.until = clock_.now() + std::chrono::hours{1};
  control::Exemption ended = one;
  ended.until = clock_.now() - std::chrono::hours{1};
  link.set_exemptions({one, ended});
  for (int starts = 0; starts < 2; ++starts) {
    groups_.clear();
    exemptions_ = 0;
    const auto server = gate();
    run_until([&] { return groups_.size() == 1 && exemptions_ == 1; });
  }
  link.stop();
}

}  // namespace
}  // namespace gatehouse::lodge
