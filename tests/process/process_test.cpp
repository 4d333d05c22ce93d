// What the programs tell systemd and what they give up, tried for real: on a socket, and in processes of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "process/confine.h"
#include "process/notify.h"

namespace gatehouse::process {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// The socket on which systemd would listen.
class Supervisor {
 public:
  Supervisor() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-notify-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    const std::string path = folder_ / "notify";
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    timeval patience{5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Supervisor() {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    ::close(socket_);
    std::filesystem::remove_all(folder_);
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  std::string hear() const {
    char text[512];
    const ssize_t got = ::recv(socket_, text, sizeof text, 0);
    return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
  }

 private:
  std::filesystem::path folder_;
  int socket_ = -1;
};

// Runs `work` in a child; what it returns is its exit code.
template <typename Work>
int in_a_child(Work work) {
  const pid_t child = fork();
  if (child == 0) std::_Exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

std::uint64_t effective_capabilities() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("CapEff:", 0) == 0) return std::stoull(line.substr(7), nullptr, 16);
  }
  return ~std::uint64_t{0};
}

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }
constexpr int kDacOverride = 1;
constexpr int kBindService = 10;
constexpr int kNetAdmin = 12;
constexpr int kNetRaw = 13;

TEST(Notify, TellsSystemdThatItIsReadyAndAlive) {
  const Supervisor systemd;
  tell_ready("reading the journal");
  EXPECT_EQ(systemd.hear(), "READY=1\nSTATUS=reading the journal");
  tell_alive();
  EXPECT_EQ(systemd.hear(), "WATCHDOG=1");
  tell_stopping();
  EXPECT_EQ(systemd.hear(), "STOPPING=1");
}

TEST(Notify, WithoutSystemdNothingHappens) {
  tell_ready("");
  tell_alive();
  EXPECT_EQ(watchdog_time(), std::nullopt);
}

TEST(BeatWatch, FindsTheWorkerThatStandsStill) {
  BeatWatch watch(Seconds{10});
  const BeatWatch::Moment start{};
  std::uint64_t beats[] = {1, 1, 1};
  EXPECT_EQ(watch.stuck(beats, start), std::nullopt);
  beats[0] = beats[2] = 5;
  EXPECT_EQ(watch.stuck(beats, start + Seconds{9}), std::nullopt);
  beats[0] = beats[2] = 6;
  EXPECT_EQ(watch.stuck(beats, start + Seconds{10}), 1u);
  beats[1] = 2;
  EXPECT_EQ(watch.stuck(beats, start + Seconds{11}), std::nullopt) << "it came round after all";
  EXPECT_EQ(watch.stuck({}, start + Seconds{90}), std::nullopt);
}

TEST(Heartbeat, FeedsTheWatchdogWhileAllIsWell) {
  const Supervisor systemd;
  setenv("WATCHDOG_USEC", "90000", 1);
  boost::asio::io_context io;
  Heartbeat heart(io, make_silent_log());
  heart.start();
  EXPECT_EQ(systemd.hear(), "WATCHDOG=1") << "at once";
  io.run_for(Milliseconds{200});
  EXPECT_EQ(systemd.hear(), "WATCHDOG=1");
  EXPECT_EQ(systemd.hear(), "WATCHDOG=1");
  heart.stop();
  io.restart();
  EXPECT_LE(io.run(), 1u) << "nothing of it is left in the loop";
}

TEST(Heartbeat, EndsAProgramThatHangs) {
  const int code = in_a_child([] {
    boost::asio::io_context io;
    Heartbeat heart(io, make_silent_log(), [] { return std::optional<std::string>("worker 1 stands still"); });
    heart.start();
    io.run();
    return 0;
  });
  EXPECT_EQ(code, Heartbeat::kExitHung);
}

TEST(Confine, DropsTheCapabilitiesThatARoleDoesNotNeed) {
  if (geteuid() != 0) GTEST_SKIP() << "skipped: without root there are none to drop";
  const auto left_to = [](Role role) {
    return in_a_child([role] {
      const std::uint64_t had = effective_capabilities();
      drop_capabilities(role, make_silent_log());
      const std::uint64_t wanted = (role == Role::Gate ? bit(kNetAdmin) | bit(kNetRaw) : bit(kBindService)) | bit(kDacOverride);
      return effective_capabilities() == (had & wanted) ? 0 : 1;
    });
  };
  EXPECT_EQ(left_to(Role::Gate), 0);
  EXPECT_EQ(left_to(Role::Lodge), 0);
}

TEST(Confine, RefusesCallsInThreadsThatRanBeforeToo) {
  const int code = in_a_child([] {
    std::atomic<bool> go{false};
    std::atomic<int> error{0};
    std::thread before([&] {
      while (!go) std::this_thread::yield();
      error = ::mount("none", "/nowhere", "tmpfs", 0, nullptr) != 0 ? errno : 0;
    });
    restrict_system_calls(Role::Lodge, make_silent_log());
    go = true;
    before.join();
    return error == EPERM ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

TEST(Confine, TheGateCanStartNoProgramAndListenNowhere) {
  const int code = in_a_child([] {
    const int early = ::socket(AF_INET, SOCK_STREAM, 0);
    restrict_system_calls(Role::Gate, make_silent_log());
    char path[] = "/bin/true";
    char* arguments[] = {path, nullptr};
    char* nothing[] = {nullptr};
    if (::execve(path, arguments, nothing) == 0 || errno != EPERM) return 1;
    if (::listen(early, 1) == 0 || errno != EPERM) return 2;
    if (std::ifstream("/proc/self/status").good() == false) return 3;  // what it does need still works
    return 0;
  });
  EXPECT_EQ(code, 0);
}

TEST(Confine, TheLodgeMayListenAndStartTheConverterOfItsReports) {
  const int code = in_a_child([] {
    restrict_system_calls(Role::Lodge, make_silent_log());
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::listen(socket, 1) != 0) return 1;
    return std::system("true") == 0 ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace gatehouse::process
