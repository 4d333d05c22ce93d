#include "gate/packet/fragments.h"

#include <algorithm>

namespace gatehouse::packet {

FragmentStore::FragmentStore(const FragmentLimits& limits)
    : limits_(limits), datagrams_(limits.datagrams), memory_(new std::uint8_t[limits.datagrams * kMostBytes]) {
  for (std::size_t i = 0; i < datagrams_.size(); ++i) datagrams_[i].bytes = memory_.get() + i * kMostBytes;
}

FragmentStore::Datagram* FragmentStore::find(const IpView& fragment, const PacketView& packet,
                                               DecodeStats& stats) noexcept {
  Datagram* free = nullptr;
  Datagram* oldest = nullptr;
  for (Datagram& one : datagrams_) {
    if (!one.used) {
      if (free == nullptr) free = &one;
      continue;
    }
    if (packet.at - one.packet.at > limits_.timeout) {
      release(one);
      stats.drop(DropReason::FragmentTimeout);
      if (free == nullptr) free = &one;
      continue;
    }
    if (one.id == fragment.fragment_id && one.src == fragment.src && one.dst == fragment.dst &&
        (!fragment.src.is_v4() || one.protocol == fragment.protocol)) {
      return &one;
    }
    if (oldest == nullptr || one.packet.at < oldest->packet.at) oldest = &one;
  }
  if (free == nullptr) {
    stats.drop(DropReason::FragmentBound);
    free = oldest;
    release(*free);
  }
  ++in_use_;
  free->used = true;
  free->overlapped = false;
  free->src = fragment.src;
  free->dst = fragment.dst;
  free->id = fragment.fragment_id;
  free->protocol = fragment.protocol;
  free->ttl = fragment.ttl;
  free->packet = packet;
  free->blocks = 0;
  free->length = 0;
  free->have.fill(0);
  return free;
}

void FragmentStore::copy(Datagram& datagram, std::uint32_t offset, Bytes bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size(); at += kBlock) {
    const Bytes block = bytes.subspan(at, std::min(kBlock, bytes.size() - at));
    const std::size_t number = (offset + at) / kBlock;
    std::uint64_t& word = datagram.have[number / 64];
    const std::uint64_t bit = std::uint64_t{1} << (number % 64);
    auto* place = datagram.bytes + offset + at;
    if ((word & bit) != 0) {
      if (!std::equal(block.begin(), block.end(), place)) datagram.overlapped = true;
      continue;
    }
    word |= bit;
    ++datagram.blocks;
    std::copy(block.begin(), block.end(), place);
  }
}

bool FragmentStore::add(const IpView& fragment, const PacketView& packet, DecodeStats& stats, IpView& out,
                        bool& overlapped) noexcept {
  const std::size_t end = fragment.fragment_offset + fragment.payload.size();
  // All but the last come in whole blocks; a cut capture leaves a hole that nothing fills.
  if (end >= kMostBytes || fragment.payload.empty() || fragment.cut ||
      (fragment.more_fragments && fragment.payload.size() % kBlock != 0)) {
    stats.drop(DropReason::FragmentMalformed);
    return false;
  }
  Datagram& datagram = *find(fragment, packet, stats);
  copy(datagram, fragment.fragment_offset, fragment.payload);
  if (!fragment.more_fragments) {
    if (datagram.length != 0 && datagram.length != end) datagram.overlapped = true;
    if (datagram.length == 0) datagram.length = static_cast<std::uint32_t>(end);
  }
  if (fragment.fragment_offset == 0) datagram.protocol = fragment.protocol;
  if (datagram.length == 0 || datagram.blocks < (datagram.length + kBlock - 1) / kBlock) return false;

  out = fragment;
  out.fragment = false;
  out.protocol = datagram.protocol;
  out.payload = Bytes(datagram.bytes, datagram.length);
  overlapped = datagram.overlapped;
  if (overlapped) ++stats.fragment_overlaps;
  ++stats.reassembled;
  release(datagram);
  return true;
}

void FragmentStore::release(Datagram& datagram) noexcept {
  datagram.used = false;
  --in_use_;
}

// Bytes from the start without a hole.
std::uint32_t FragmentStore::ready(const Datagram& datagram) noexcept {
  std::size_t blocks = 0;
  while (blocks < kBlocks && (datagram.have[blocks / 64] >> (blocks % 64) & 1) != 0) ++blocks;
  const auto bytes = static_cast<std::uint32_t>(blocks * kBlock);
  return datagram.length == 0 ? bytes : std::min(bytes, datagram.length);
}

bool FragmentStore::give_up(Timestamp now, bool at_end, DecodeStats& stats, IpView& out,
                            PacketView& packet) noexcept {
  if (in_use_ == 0) return false;
  for (Datagram& one : datagrams_) {
    if (!one.used || (!at_end && now - one.packet.at <= limits_.timeout)) continue;
    release(one);
    stats.drop(DropReason::FragmentTimeout);
    const std::uint32_t bytes = ready(one);
    if (bytes == 0) continue;
    out = IpView{};
    out.src = one.src;
    out.dst = one.dst;
    out.ttl = one.ttl;
    out.protocol = one.protocol;
    out.payload = Bytes(one.bytes, bytes);
    packet = one.packet;
    packet.fragments_overlapped |= one.overlapped;
    return true;
  }
  return false;
}

}  // namespace gatehouse::packet
