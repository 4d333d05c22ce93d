// Where packets come from and verdicts go. A source belongs to one worker; it owns the bytes of a burst until the
// next poll.
#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"
#include "gate/packet/packet.h"

namespace gatehouse::capture {

inline constexpr std::size_t kBurst = 64;  // packets handed over at once: enough to hide a memory access behind another

enum class Verdict : std::uint8_t { Pass, PassFlow, Drop };

class PacketSource {
 public:
  virtual ~PacketSource() = default;
  // Up to kBurst packets; empty when none came within `wait`, or at the end (see finished).
  virtual std::span<const packet::RawPacket> poll(Milliseconds wait) = 0;
  virtual void verdict(const packet::RawPacket& packet, Verdict verdict) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace gatehouse::capture
