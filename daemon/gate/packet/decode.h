// From a raw packet to a PacketView: link, IP, fragments, encapsulation, TCP or UDP. One Decoder for
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

  // How many headers that carry another packet are opened, one in another; deeper, the outer packet is given.
  // As deep as test beds and overlay networks go; the bound keeps a crafted packet cheap.
  static constexpr int kDeepest = 4;

  // `view` borrows from `raw.bytes`, or from the fragment store until the next call.
  Decoded decode(const RawPacket& raw, PacketView& view) noexcept;
  // To be called until false after a decode() that answered Held, and at the end. Datagrams whose missing fragments
  // have not come by `now` (or, at the end, ever), and the oldest when all places are taken, one each call: as much as
  // is there from the start, marked as cut, for a name often stands in the first fragment. False when there is none.
  bool give_up_fragments(Timestamp now, bool at_end, PacketView& view) noexcept;
  [[nodiscard]] const DecodeStats& stats() const noexcept { return stats_; }

 private:
  Decoded decode_network(const LinkView& link, PacketView& view, int depth) noexcept;
  Decoded decode_transport(const IpView& ip, PacketView& view, int depth) noexcept;
  Decoded open_carried(const LinkView& link, Encapsulation kind, PacketView& view, int depth) noexcept;
  Decoded drop(DropReason reason) noexcept;

  DecodeStats stats_;
  FragmentStore fragments_;
};

// What view.checksum says, or, while that is Unknown and the whole segment is there, what the transport's checksum
// says. Apart from decode because only undecided flows ask for it, and it reads every byte of the packet.
Checksum verify_checksum(const PacketView& view) noexcept;

}  // namespace gatehouse::packet
