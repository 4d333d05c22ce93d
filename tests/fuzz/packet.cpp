// Any frame on any link is decoded or counted, fragments included, and what a view borrows lies in the frame or in
// the fragment store. The input: a link type, then frames, each behind a two-byte length.
#include <algorithm>
#include <cstdlib>

#include "gate/packet/community_id.h"
#include "gate/packet/decode.h"
#include "gate/packet/flow_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  ByteReader input({data, size});
  packet::FragmentLimits limits;
  limits.datagrams = 3;
  packet::Decoder decoder(limits);
  packet::RawPacket raw;
  raw.link = input.u16();
  packet::PacketView view;
  std::uint64_t frames = 0;
  std::uint64_t seen = 0;
  const auto use = [&seen](packet::PacketView& one) {
    (void)packet::verify_checksum(one);
    const packet::KeyedPacket keyed = packet::key_of(one);
    seen += packet::hash_of(keyed.key, {});
    seen += packet::CommunityId(one.src, one.src_port, one.dst, one.dst_port, one.ip_protocol).text().size();
    for (const std::uint8_t byte : one.payload) seen += byte;  // the sanitiser judges where it lies
  };
  while (!input.empty() && input.ok()) {
    const std::size_t length = input.u16();
    raw.bytes = input.bytes(std::min(length, input.remaining()));
    raw.at += Seconds{1};
    ++frames;
    if (decoder.decode(raw, view) == packet::Decoded::Yes) use(view);
  }
  while (decoder.give_up_fragments(raw.at, true, view)) use(view);
  const packet::DecodeStats& stats = decoder.stats();
  if (stats.packets != frames || stats.decoded > frames) std::abort();
  return seen == 1 ? 1 : 0;
}
