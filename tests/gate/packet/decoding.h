// One frame through a decoder, as the decoder's tests look at it.
#pragma once

#include <memory>

#include "gate/packet/decode.h"
#include "support/packets.h"

namespace gatehouse::packet {

struct Outcome {
  Decoded decoded;
  PacketView view;  // borrows from frame, or from the decoder
  std::unique_ptr<const test::Buffer> frame;
};

inline Outcome decode_one(Decoder& decoder, Bytes bytes, std::uint16_t link = 1) {
  Outcome out;
  out.frame = std::make_unique<const test::Buffer>(bytes.begin(), bytes.end());
  RawPacket raw;
  raw.bytes = *out.frame;
  raw.wire_length = static_cast<std::uint32_t>(bytes.size());
  raw.link = link;
  out.decoded = decoder.decode(raw, out.view);
  return out;
}

inline std::uint64_t dropped(const Decoder& decoder, DropReason reason) {
  return decoder.stats().dropped[static_cast<std::size_t>(reason)];
}

}  // namespace gatehouse::packet
