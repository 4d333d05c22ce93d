#include "gate/firewall/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

extern char** environ;  // POSIX gives no header for it

namespace gatehouse::firewall {
namespace {

struct Pipe {
  int read = -1;
  int write = -1;
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  static void shut(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  ~Pipe() {
    shut(read);
    shut(write);
  }
};

std::string find_program(const std::string& name) {
  for (const char* folder : {"/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"}) {
    std::string path = std::string(folder) + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

// Reads both outputs and writes the input as the pipes take it, until the outputs end.
void exchange(Pipe& in, Pipe& out, Pipe& err, std::string_view input, ProgramResult& result) {
  ::fcntl(in.write, F_SETFL, O_NONBLOCK);
  std::array<char, 8192> buffer{};
  while (out.read >= 0 || err.read >= 0) {
    if (input.empty()) Pipe::shut(in.write);
    std::array<pollfd, 3> fds{pollfd{in.write, POLLOUT, 0}, pollfd{out.read, POLLIN, 0}, pollfd{err.read, POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[0].revents != 0) {
      const ssize_t sent = ::write(in.write, input.data(), input.size());
      if (sent > 0) input.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno != EAGAIN) input = {};
    }
    const auto take = [&](const pollfd& ready, int& end, std::string& into) {
      if (ready.revents == 0) return;
      const ssize_t got = ::read(end, buffer.data(), buffer.size());
      if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
      if (got == 0) Pipe::shut(end);
    };
    take(fds[1], out.read, result.output);
    take(fds[2], err.read, result.errors);
  }
}

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& arguments, std::string_view input) {
  const std::string path = find_program(arguments.front());
  if (path.empty()) {
    return failure(fmt::format("the program '{}' is not there", arguments.front()), "apt-get install iptables");
  }
  Pipe in, out, err;
  if (!in.open() || !out.open() || !err.open()) return failure(std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
  argv.push_back(nullptr);
  pid_t child = -1;
  const int failed = ::posix_spawn(&child, path.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return failure(fmt::format("cannot run {}: {}", path, std::strerror(failed)));
  Pipe::shut(in.read);
  Pipe::shut(out.write);
  Pipe::shut(err.write);
  ProgramResult result;
  void (*const before)(int) = std::signal(SIGPIPE, SIG_IGN);
  exchange(in, out, err, input, result);
  std::signal(SIGPIPE, before);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace gatehouse::firewall
