#include "gate/packet/fragments.h"

#include <algorithm>
#include <cstring>

namespace gatehouse::packet {
namespace {

constexpr std::uint64_t kFree = 0, kLent = 1, kFirstTag = 2;

std::uint64_t last_bytes(const IpAddress& address) noexcept {
  std::uint64_t word;
  std::memcpy(&word, address.bytes().data() + 8, sizeof word);
  return word;
}

// Datagrams with the same tag are compared in full, so a tag that someone made equal costs a comparison, no more.
std::uint64_t tag_of(const IpView& fragment) noexcept {
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio
  const std::uint64_t ends = last_bytes(fragment.src) * kSpread + last_bytes(fragment.dst);
  return std::max(kFirstTag, (ends ^ fragment.fragment_id) * kSpread);
}

}  // namespace

FragmentStore::FragmentStore(const FragmentLimits& limits)
    : limits_(limits),
      tags_(std::max<std::size_t>(limits.datagrams, 1) + 2, kFree),
      since_(tags_.size()),
      order_(tags_.size()),
      datagrams_(tags_.size()),
      memory_(new std::uint8_t[tags_.size() * kMostBytes]) {
  for (std::size_t i = 0; i < datagrams_.size(); ++i) datagrams_[i].bytes = memory_.get() + i * kMostBytes;
}

std::size_t FragmentStore::find(const IpView& fragment, const PacketView& packet, std::uint64_t tag) const noexcept {
  for (std::size_t slot = 0; slot < tags_.size(); ++slot) {
    if (tags_[slot] != tag) continue;
    const Datagram& one = datagrams_[slot];
    // RFC 791 section 3.2 tells datagrams apart by the protocol too, RFC 8200 section 4.5 does not.
    if (one.id == fragment.fragment_id && one.src == fragment.src && one.dst == fragment.dst &&
        one.version == fragment.version && (fragment.version == 6 || one.protocol == fragment.protocol) &&
        one.packet.vlan == packet.vlan) {
      return slot;
    }
  }
  return kNone;
}

std::size_t FragmentStore::oldest() const noexcept {
  std::size_t found = kNone;
  for (std::size_t slot = 0; slot < tags_.size(); ++slot) {
    if (tags_[slot] >= kFirstTag && (found == kNone || order_[slot] < order_[found])) found = slot;
  }
  return found;
}

// A free slot. There is one as long as give_up() is called in time; otherwise the oldest datagram is lost.
std::size_t FragmentStore::make_room(DecodeStats& stats) noexcept {
  const auto free = std::find(tags_.begin(), tags_.end(), kFree);
  if (free != tags_.end()) return static_cast<std::size_t>(free - tags_.begin());
  const std::size_t slot = oldest();
  stats.drop(DropReason::FragmentBound);
  release(slot);
  return slot;
}

std::size_t FragmentStore::begin(const IpView& fragment, const PacketView& packet, std::uint64_t tag,
                                 DecodeStats& stats) noexcept {
  const std::size_t slot = make_room(stats);
  tags_[slot] = tag;
  since_[slot] = packet.at;
  order_[slot] = begun_++;
  ++in_use_;
  Datagram& fresh = datagrams_[slot];
  fresh.overlapped = false;
  fresh.version = fragment.version;
  fresh.src = fragment.src;
  fresh.dst = fragment.dst;
  fresh.id = fragment.fragment_id;
  fresh.protocol = fragment.protocol;
  fresh.ttl = fragment.ttl;
  fresh.packet = packet;
  fresh.blocks = 0;
  fresh.length = 0;
  fresh.have.fill(0);
  return slot;
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
  Bytes payload = fragment.payload;
  if (fragment.cut) payload = payload.first(payload.size() / kBlock * kBlock);  // the last block may be half there
  const std::size_t end = fragment.fragment_offset + payload.size();
  const bool last = !fragment.more_fragments && !fragment.cut;
  // All but the last come in whole blocks.
  if (end >= kMostBytes || payload.empty() || (fragment.more_fragments && payload.size() % kBlock != 0)) {
    stats.drop(DropReason::FragmentMalformed);
    return false;
  }
  const std::uint64_t tag = tag_of(fragment);
  std::size_t slot = find(fragment, packet, tag);
  if (slot != kNone && packet.at - since_[slot] > limits_.timeout) {
    release(slot);  // the number is used again
    stats.drop(DropReason::FragmentTimeout);
    slot = kNone;
  }
  if (slot == kNone) slot = begin(fragment, packet, tag, stats);
  Datagram& datagram = datagrams_[slot];
  if (datagram.length != 0 && end > datagram.length) datagram.overlapped = true;  // beyond what was said to be the end
  copy(datagram, fragment.fragment_offset, payload);
  if (last && datagram.length != 0 && datagram.length != end) datagram.overlapped = true;
  if (last && datagram.length == 0) {
    datagram.length = static_cast<std::uint32_t>(end);
    if (datagram.have_beyond(end)) datagram.overlapped = true;
  }
  if (fragment.fragment_offset == 0) datagram.protocol = fragment.protocol;
  const bool enough = datagram.length != 0 && datagram.blocks >= (datagram.length + kBlock - 1) / kBlock;
  if (!enough || ready(datagram) < datagram.length) return false;  // blocks beyond the end fill no hole

  out = fragment;
  out.cut = false;
  out.fragment = false;
  out.protocol = datagram.protocol;
  out.payload = Bytes(datagram.bytes, datagram.length);
  overlapped = datagram.overlapped;
  if (overlapped) ++stats.fragment_overlaps;
  ++stats.reassembled;
  if (lent_ != kNone) tags_[lent_] = kFree;
  tags_[slot] = kLent;
  lent_ = slot;
  --in_use_;
  return true;
}

void FragmentStore::release(std::size_t slot) noexcept {
  tags_[slot] = kFree;
  --in_use_;
}

bool FragmentStore::Datagram::have_beyond(std::size_t end) const noexcept {
  for (std::size_t block = (end + kBlock - 1) / kBlock; block < kBlocks; ++block) {
    if ((have[block / 64] >> (block % 64) & 1) != 0) return true;
  }
  return false;
}

// Bytes from the start without a hole.
std::uint32_t FragmentStore::ready(const Datagram& datagram) noexcept {
  std::size_t blocks = 0;
  while (blocks < kBlocks && (datagram.have[blocks / 64] >> (blocks % 64) & 1) != 0) ++blocks;
  const auto bytes = static_cast<std::uint32_t>(blocks * kBlock);
  return datagram.length == 0 ? bytes : std::min(bytes, datagram.length);
}

// The datagram that is to be let go of next; kNone when all may stay.
std::size_t FragmentStore::due(Timestamp now, bool at_end) const noexcept {
  if (in_use_ > limits_.datagrams) return oldest();
  for (std::size_t slot = 0; slot < tags_.size(); ++slot) {
    if (tags_[slot] >= kFirstTag && (at_end || now - since_[slot] > limits_.timeout)) return slot;
  }
  return kNone;
}

bool FragmentStore::give_up(Timestamp now, bool at_end, DecodeStats& stats, IpView& out,
                            PacketView& packet) noexcept {
  while (in_use_ > 0) {
    const DropReason why = in_use_ > limits_.datagrams ? DropReason::FragmentBound : DropReason::FragmentTimeout;
    const std::size_t slot = due(now, at_end);
    if (slot == kNone) return false;
    const Datagram& one = datagrams_[slot];
    release(slot);  // its bytes stay until another datagram begins
    stats.drop(why);
    const std::uint32_t bytes = ready(one);
    if (bytes == 0) continue;
    out = IpView{};
    out.version = one.version;
    out.src = one.src;
    out.dst = one.dst;
    out.ttl = one.ttl;
    out.protocol = one.protocol;
    out.cut = true;
    out.payload = Bytes(one.bytes, bytes);
    packet = one.packet;
    packet.fragments_overlapped |= one.overlapped;
    return true;
  }
  return false;
}

}  // namespace gatehouse::packet
