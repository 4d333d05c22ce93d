// From a raw packet to a PacketView: link, IP, fragments, one level of encapsulation, TCP or UDP. One Decoder for
// each worker; it owns the counters and the fragments that wait. Nothing is guessed: what is not understood is
// counted by reason. No allocation after construction.
#pragma once

#include "gate/packet/drop_reason.h"
#include "gate/packet/fragments.h"
#include "gate/packet/packet.h"

namespace gatehouse::packet {

struct LinkView;

enum class Decoded : std::uint8_t {
  Yes,
  Held,        // a fragment that waits for the rest
  No,          // counted by reason in stats()
};

class Decoder {
 public:
  explicit Decoder(const FragmentLimits& limits = {}) : fragments_(limits) {}

  // `view` borrows from `raw.bytes`, or from the fragment store until the next call.
  Decoded decode(const RawPacket& raw, PacketView& view) noexcept;
  [[nodiscard]] const DecodeStats& stats() const noexcept { return stats_; }

 private:
  Decoded decode_network(const LinkView& link, PacketView& view, bool inner) noexcept;
  Decoded decode_transport(const IpView& ip, PacketView& view, bool inner) noexcept;
  bool decode_inner(const LinkView& link, Encapsulation kind, PacketView& view) noexcept;
  Decoded drop(DropReason reason) noexcept;

  DecodeStats stats_;
  FragmentStore fragments_;
};

// Fills in view.checksum when it is still Unknown and the whole segment is there. Apart from decode because only
// undecided flows ask for it, and it reads every byte of the packet.
Checksum verify_checksum(PacketView& view) noexcept;

}  // namespace gatehouse::packet
