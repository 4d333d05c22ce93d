// Server and client over a real Unix socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/write.hpp>
#include <thread>

#include "control/client.h"
#include "control/server.h"

namespace gatehouse::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using nlohmann::json;

class ControlSocket : public testing::Test {
 protected:
  ControlSocket() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-control-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ / "gate.sock";
  }
  ~ControlSocket() override { std::filesystem::remove_all(folder_); }

  Handlers handlers() {
    Handlers out;
    out.groups = [this](const GroupsUpdate& update) -> Result<json> {
      groups_ += update.set.size();
      return json::object();
    };
    out.exemptions = [](const ExemptionsUpdate&) -> Result<void> { return failure("no such host", "spell it out"); };
    out.reload = []() -> Result<json> { return json{{"lists", 7}}; };
    out.status = [this] { return json{{"asked", ++asked_}}; };
    return out;
  }
  // Runs the loop until `done`, a few seconds at most.
  template <typename Done>
  void run_until(Done done) {
    for (int i = 0; i < 500 && !done(); ++i) io_.run_for(Milliseconds{10});
    io_.restart();
    ASSERT_TRUE(done());
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  boost::asio::io_context io_;
  std::size_t groups_ = 0;
  int asked_ = 0;
};

TEST_F(ControlSocket, AnswersEachRequestInItsOrder) {
  Server server(io_, path_, handlers(), make_silent_log());
  server.start();
  Client client(io_, path_);
  std::vector<std::string> heard;
  const auto hear = [&](const Result<json>& answer) {
    heard.push_back(answer ? answer->dump() : answer.error().message + ": " + answer.error().remedy);
  };
  client.ask(StatusRequest{}, hear);
  client.ask(ReloadRequest{}, hear);
  client.ask(ExemptionsUpdate{}, hear);
  client.ask(StatusRequest{}, hear);
  run_until([&] { return heard.size() == 4; });
  EXPECT_THAT(heard, ElementsAre(HasSubstr("\"asked\":1"), HasSubstr("\"lists\":7"), "no such host: spell it out",
                                 HasSubstr("\"asked\":2")));
}

TEST_F(ControlSocket, CarriesTheGroupsOfAWholeCollege) {
  Server server(io_, path_, handlers(), make_silent_log());
  server.start();
  Client client(io_, path_);
  GroupsUpdate update;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    update.set.push_back({IpAddress::v4(0x0a000000u + i), "students", *parse_time("2026-11-10T10:00:00Z")});
  }
  bool done = false;
  client.ask(update, [&](const Result<json>& answer) { done = answer.has_value(); });
  run_until([&] { return done; });
  EXPECT_EQ(groups_, 20'000u);
}

TEST_F(ControlSocket, OnlyItsOwnerAndGroupMayUseIt) {
  Server server(io_, path_, handlers(), make_silent_log());
  server.start();
  struct stat facts {};
  ASSERT_EQ(stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0660u);
  server.stop();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ControlSocket, RefusesASecondGateAndReplacesWhatAKilledOneLeft) {
  auto first = std::make_unique<Server>(io_, path_, handlers(), make_silent_log());
  first->start();
  Server second(io_, path_, handlers(), make_silent_log());
  EXPECT_THROW(second.start(), SetupError);
  // A killed gate leaves its socket behind.
  std::filesystem::path left = folder_ / "left.sock";
  {
    boost::asio::local::stream_protocol::acceptor gone(io_, boost::asio::local::stream_protocol::endpoint(left.string()));
  }
  ASSERT_TRUE(std::filesystem::exists(left));
  Server third(io_, left, handlers(), make_silent_log());
  EXPECT_NO_THROW(third.start());
}

TEST_F(ControlSocket, SurvivesACallerWhoTalksNonsenseOrHangsUp) {
  Server server(io_, path_, handlers(), make_silent_log());
  server.start();
  boost::asio::local::stream_protocol::socket rude(io_);
  rude.connect(path_.string());
  boost::asio::write(rude, boost::asio::buffer(std::string("\n{\"ask\":\xff}\n{{{{\n{\"ask\":\"status\"")));
  rude.close();
  Client client(io_, path_);
  bool done = false;
  client.ask(StatusRequest{}, [&](const Result<json>& answer) { done = answer.has_value(); });
  run_until([&] { return done; });
}

TEST_F(ControlSocket, TheClientTellsThatTheGateWentAndFindsTheNextOne) {
  auto server = std::make_unique<Server>(io_, path_, handlers(), make_silent_log());
  Client client(io_, path_);
  int lost = 0;
  client.on_lost([&] { ++lost; });
  std::string error;
  client.ask(StatusRequest{}, [&](const Result<json>& answer) { error = answer ? "" : answer.error().to_string(); });
  run_until([&] { return !error.empty(); });
  EXPECT_THAT(error, HasSubstr("no gate listens"));
  EXPECT_EQ(lost, 0) << "there was none to lose";

  server->start();
  int answers = 0;
  client.ask(StatusRequest{}, [&](const Result<json>& answer) { answers += answer.has_value(); });
  run_until([&] { return answers == 1; });
  server.reset();
  run_until([&] { return lost == 1; });

  Server next(io_, path_, handlers(), make_silent_log());
  next.start();
  client.ask(StatusRequest{}, [&](const Result<json>& answer) { answers += answer.has_value(); });
  run_until([&] { return answers == 2; });
}

TEST_F(ControlSocket, ACommandAsksOnceAndIsToldWhenThereIsNoGate) {
  EXPECT_FALSE(ask_gate(path_, StatusRequest{}, Milliseconds{5000}).has_value());
  Server server(io_, path_, handlers(), make_silent_log());
  server.start();
  Result<json> answer = failure("not asked");
  std::thread command([&] {
    answer = ask_gate(path_, ReloadRequest{}, Milliseconds{20'000});
    io_.stop();
  });
  io_.run();
  command.join();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ((*answer)["lists"], 7);
}

}  // namespace
}  // namespace gatehouse::control
