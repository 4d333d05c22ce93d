// A count of packets that the kernel keeps under a name (nfnetlink_acct), whether or not the gate runs. A rule adds to it
// what went on without an answer; the gate takes it out, so that each packet is told of once. Needs CAP_NET_ADMIN.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::capture {

inline constexpr const char* kUndecidedAccount = "gatehouse-undecided";

class PacketAccount {
 public:
  explicit PacketAccount(std::string name);
  ~PacketAccount();
  PacketAccount(const PacketAccount&) = delete;
  PacketAccount& operator=(const PacketAccount&) = delete;

  // Makes it where it is not there yet. False: this kernel has none.
  bool make() noexcept;
  // Packets since the last take; the kernel counts from zero again. nullopt where there is no such account.
  std::optional<std::uint64_t> take() noexcept;
  // Where no rule needs it any more.
  void remove() noexcept;

 private:
  int ask(int what, std::uint64_t* packets) noexcept;  // 0, or an errno
  std::string name_;
  int socket_ = -1;
};

}  // namespace gatehouse::capture
