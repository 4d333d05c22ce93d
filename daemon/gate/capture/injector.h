// Puts whole IP packets on the wire, as if another had sent them: resets, block pages, DNS answers. Raw sockets of both
// families; one injector a worker. Needs CAP_NET_RAW, and CAP_NET_ADMIN for the marks.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "gate/capture/marks.h"

namespace gatehouse::capture {

struct InjectorStats {
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;  // no route, or larger than the way allows
};

class Injector {
 public:
  // Throws SetupError without the right. A system without IPv6 is left without it.
  explicit Injector(const Marks& marks);
  ~Injector();
  Injector(const Injector&) = delete;
  Injector& operator=(const Injector&) = delete;

  // `to_client`: connection tracking is kept out of it, for to the kernel the connection is another's.
  void send(Bytes packet, bool to_client) noexcept;
  [[nodiscard]] const InjectorStats& stats() const noexcept { return stats_; }

 private:
  int v4_[2] = {-1, -1};  // to the server, to the client
  int v6_[2] = {-1, -1};
  InjectorStats stats_;
};

}  // namespace gatehouse::capture
