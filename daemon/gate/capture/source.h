// Where packets come from and verdicts go. A source belongs to one worker; it owns the bytes of a burst until the
// next poll.
#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"
#include "gate/packet/packet.h"

namespace gatehouse::capture {

inline constexpr std::size_t kBurst = 64;  // packets handed over at once: enough to hide a memory access behind another

enum class Verdict : std::uint8_t {
  Pass,
  PassFlow,   // it and all that follow of its connection
  Drop,
  BlockFlow,  // it is dropped; what follows of its connection only comes up where it may need an answer
};

struct Answer {
  Verdict verdict = Verdict::Pass;
  bool far = false;       // with Pass and PassFlow: it must reach the far end, however few hops it was given
  Bytes replacement = {}; // with Pass: goes in its place; copied by verdict()
};

class PacketSource {
 public:
  virtual ~PacketSource() = default;
  // Up to kBurst packets; empty when none came within `wait`, or at the end (see finished).
  virtual std::span<const packet::RawPacket> poll(Milliseconds wait) = 0;
  // Of a packet of the last burst, by its handle. A packet without one is dropped at the next send_verdicts.
  virtual void verdict(std::uint32_t handle, const Answer& answer) = 0;
  virtual void send_verdicts() {}
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace gatehouse::capture
