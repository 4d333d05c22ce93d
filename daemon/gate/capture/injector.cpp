#include "gate/capture/injector.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/result.h"

namespace gatehouse::capture {
namespace {

// IPPROTO_RAW: we write the IP header ourselves, in both families; nothing is ever received.
int open_raw(int family, std::uint32_t mark) {
  const int fd = ::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
  if (fd < 0) return -1;
  if (mark != 0) (void)::setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark);
  return fd;
}

}  // namespace

Injector::Injector(const Marks& marks) {
  for (const int to_client : {0, 1}) {
    const std::uint32_t mark = to_client != 0 ? marks.ours() : 0;
    v4_[to_client] = open_raw(AF_INET, mark);
    if (v4_[to_client] < 0) {
      throw SetupError({fmt::format("cannot send replies: {}", std::strerror(errno)),
                        "it needs the right CAP_NET_RAW: start it as root or by its systemd unit", {}, 0});
    }
    v6_[to_client] = open_raw(AF_INET6, mark);
  }
}

Injector::~Injector() {
  for (const int fd : {v4_[0], v4_[1], v6_[0], v6_[1]}) {
    if (fd >= 0) ::close(fd);
  }
}

void Injector::send(Bytes packet, bool to_client) noexcept {
  const int side = to_client ? 1 : 0;
  ssize_t sent = -1;
  if (packet.size() >= 40 && packet[0] >> 4 == 6) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    std::memcpy(&to.sin6_addr, packet.data() + 24, sizeof to.sin6_addr);
    sent = ::sendto(v6_[side], packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  } else if (packet.size() >= 20) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    std::memcpy(&to.sin_addr, packet.data() + 16, sizeof to.sin_addr);
    sent = ::sendto(v4_[side], packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  ++(sent < 0 ? stats_.failed : stats_.sent);
}

}  // namespace gatehouse::capture
