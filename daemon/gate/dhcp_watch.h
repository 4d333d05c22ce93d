// Which DHCP messages go to the journal: what named servers gave, and what was given back to them; each exchange once,
// however often and wherever it was seen, and never more than a bounded number. Off, and empty, unless servers are named.
// One for each worker.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "gate/inspect/dhcp_message.h"
#include "gate/packet/packet.h"
#include "gate/policy/settings.h"

namespace gatehouse::gate {

struct DhcpCounts {
  std::uint64_t told = 0;       // to be written
  std::uint64_t repeated = 0;   // the same said again, or the same device again and again
  std::uint64_t strangers = 0;  // replies of servers that are not named
  std::uint64_t outside = 0;    // of addresses in no network that is named
  std::uint64_t let_go = 0;     // more than the journal is to hold
};

class DhcpWatch {
 public:
  // Every device of a large college at once, back after a power cut. Then so many a second: devices that come to an
  // address, and those that have it already (10,000 that renew every ten minutes are 17 a second). A flood of forged
  // messages brings the journal and the lodge no more than that.
  static constexpr int kBurst = 10'000;
  static constexpr int kNewEachSecond = 2;
  static constexpr int kAgainEachSecond = 20;
  // Of one device on one address in a minute.
  static constexpr int kOfOneDevice = 6;

  explicit DhcpWatch(const policy::DhcpSeenSettings& settings);  // which must outlive it
  [[nodiscard]] bool on() const noexcept { return settings_.on(); }
  [[nodiscard]] const DhcpCounts& counts() const noexcept { return counts_; }

  // True: this message is to be written. `host_name` is then what the device calls itself, in this message or in the
  // request before it, if this worker saw that; it lives until the next call, or as long as the message.
  bool look(const inspect::DhcpMessage& message, const packet::PacketView& view, std::string_view& host_name) noexcept;

 private:
  // What was told of an address last. Another address in the same place overwrites it: then the next is told as new.
  struct Told {
    IpAddress address;
    MacAddress client;
    std::uint32_t id = 0;
    inspect::DhcpType type = inspect::DhcpType::Discover;
    std::uint8_t times = 0;  // since `since`
    Timestamp since{};
  };
  // What a device called itself when it asked: many servers do not repeat it.
  struct Asked {
    std::uint32_t id = 0;
    MacAddress client;
    std::uint8_t length = 0;
    std::array<char, 63> name{};
  };

  [[nodiscard]] Asked& asked_by(const inspect::DhcpMessage& message) noexcept;
  void remember(const inspect::DhcpMessage& message) noexcept;
  bool counts(const inspect::DhcpMessage& message, const packet::PacketView& view, IpAddress& address) noexcept;
  enum class Said : std::uint8_t { Before, Again, New };
  Said compare(const inspect::DhcpMessage& message, const IpAddress& address, Timestamp at) noexcept;
  bool has_room(bool reply, Said said, Timestamp at) noexcept;

  const policy::DhcpSeenSettings& settings_;
  DhcpCounts counts_;
  std::vector<Told> told_;  // of each place what a client said, then what a server said: the one hides nothing of the other
  std::vector<Asked> asked_;
  // Each one told moves these on by its share of a second. Any device can send what clients say.
  struct Room {
    Timestamp new_until{};
    Timestamp again_until{};
  };
  Room of_replies_;
  Room of_clients_;
};

}  // namespace gatehouse::gate
