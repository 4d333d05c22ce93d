// Puts IP fragments together, both versions, within a fixed memory. Where two fragments claim the same bytes with
// different content, or disagree about where the datagram ends, the first stays and the datagram is marked: today's
// hosts drop such a datagram whole (RFC 5722 for IPv6; Linux and Windows do the same for IPv4), so neither version is
// trusted and the attempt is seen. When the store is full, the oldest datagram is given as far as it came. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "gate/packet/ip_layer.h"
#include "gate/packet/packet.h"

namespace gatehouse::packet {

struct FragmentLimits {
  std::size_t datagrams = 256;  // being put together at once; 66 KB each
  Seconds timeout{30};          // RFC 8200 says 60, Linux waits 30
};

class FragmentStore {
 public:
  explicit FragmentStore(const FragmentLimits& limits);

  // Takes one fragment. True when its datagram is whole: then `out` holds its payload until the next datagram becomes
  // whole, with `overlapped` set where versions differed. False: it waits, or was dropped and counted.
  // `packet` says when and on which link it came. Of a fragment that the capture cut, what is there is kept.
  bool add(const IpView& fragment, const PacketView& packet, DecodeStats& stats, IpView& out,
           bool& overlapped) noexcept;
  // Lets go of one datagram that timed out by `now`, of the oldest when the store is full (so that its place is free
  // and its bytes are looked at, not lost), or of any at the end. True when its first bytes are there: then
  // `out` holds what came without a hole, until the next call, and `packet` when and on which link. False: none left.
  bool give_up(Timestamp now, bool at_end, DecodeStats& stats, IpView& out, PacketView& packet) noexcept;
  [[nodiscard]] std::size_t waiting() const noexcept { return in_use_; }

 private:
  static constexpr std::size_t kBlock = 8;              // fragments start at multiples of it
  static constexpr std::size_t kMostBytes = 65'535 + 1;
  static constexpr std::size_t kBlocks = kMostBytes / kBlock;

  static constexpr std::size_t kNone = ~std::size_t{0};

  struct Datagram {
    bool overlapped = false;
    std::uint8_t version = 4;
    IpAddress src;
    IpAddress dst;
    std::uint32_t id = 0;
    std::uint8_t protocol = 0;   // of the first fragment; IPv4 matches by it too
    std::uint8_t ttl = 0;
    PacketView packet;           // its link and time
    std::uint32_t blocks = 0;    // received
    std::uint32_t length = 0;    // 0 until the last fragment came
    std::array<std::uint64_t, kBlocks / 64> have{};
    std::uint8_t* bytes = nullptr;  // its kMostBytes of the store's memory
    [[nodiscard]] bool have_beyond(std::size_t end) const noexcept;
  };

  [[nodiscard]] std::size_t find(const IpView& fragment, const PacketView& packet, std::uint64_t tag) const noexcept;
  [[nodiscard]] std::size_t make_room(DecodeStats& stats) noexcept;
  std::size_t begin(const IpView& fragment, const PacketView& packet, std::uint64_t tag, DecodeStats& stats) noexcept;
  [[nodiscard]] static std::uint32_t ready(const Datagram& datagram) noexcept;
  void release(std::size_t slot) noexcept;
  [[nodiscard]] std::size_t oldest() const noexcept;
  [[nodiscard]] std::size_t due(Timestamp now, bool at_end) const noexcept;
  static void copy(Datagram& datagram, std::uint32_t offset, Bytes bytes) noexcept;

  FragmentLimits limits_;
  // One slot more than the limit, so that the oldest is looked at before its place is taken, and one that is lent.
  std::vector<std::uint64_t> tags_;  // of each slot, or that it is free or lent: the search touches only these
  std::vector<Timestamp> since_;     // of each slot: its first fragment
  std::vector<std::uint64_t> order_; // of each slot: how many datagrams began before it
  std::uint64_t begun_ = 0;
  std::vector<Datagram> datagrams_;
  std::size_t lent_ = kNone;         // the slot whose bytes the last whole datagram borrows
  std::unique_ptr<std::uint8_t[]> memory_;  // never touched where no fragment needed it
  std::size_t in_use_ = 0;
};

}  // namespace gatehouse::packet
