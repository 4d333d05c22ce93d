#include "gate/capture/pcapng_stream.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace gatehouse::capture {
namespace {

constexpr std::uint32_t kSection = 0x0a0d0d0a, kInterface = 1, kOldPacket = 2, kSimplePacket = 3, kPacket = 6;
constexpr std::uint32_t kBigMagic = 0x1a2b3c4d, kLittleMagic = 0x4d3c2b1a;
constexpr std::size_t kBlockHeader = 8;   // type and length
constexpr std::size_t kBlockFrame = 12;   // and the length once more at its end
// The longest packet that libpcap accepts, and room around it for its block's fields and options.
constexpr std::size_t kLongestPacket = 262144;
constexpr std::size_t kBuffer = 1024 * 1024;
constexpr std::size_t kLow = 64 * 1024;  // as PcapStream's
// A capture has a few; a file that has more is meant to use up memory.
constexpr std::size_t kMostInterfaces = 4096;
constexpr std::uint64_t kLastSecond = 253'402'300'799;  // of the year 9999

// The ticks of a second that if_tsresol gives: a power of ten, or of two with the highest bit set.
std::uint64_t ticks_of(std::uint8_t resolution) noexcept {
  const unsigned exponent = resolution & 0x7f;
  if ((resolution & 0x80) != 0) return std::uint64_t{1} << std::min(exponent, 62u);
  std::uint64_t ticks = 1;
  for (unsigned i = 0; i < std::min(exponent, 18u); ++i) ticks *= 10;
  return ticks;
}

}  // namespace

std::unique_ptr<PcapngStream> PcapngStream::adopt(int file) {
  std::array<std::uint8_t, 12> start{};
  if (::pread(file, start.data(), start.size(), 0) != static_cast<ssize_t>(start.size())) return nullptr;
  ByteReader reader(start);
  const std::uint32_t type = reader.u32();
  reader.skip(4);
  const std::uint32_t magic = reader.u32();
  if (type != kSection || (magic != kBigMagic && magic != kLittleMagic)) return nullptr;
  return std::unique_ptr<PcapngStream>(new PcapngStream(file));
}

PcapngStream::PcapngStream(int file) : window_(file, kBuffer) {}

std::uint16_t PcapngStream::half(ByteReader& reader) const noexcept { return little_ ? reader.u16_le() : reader.u16(); }
std::uint32_t PcapngStream::word(ByteReader& reader) const noexcept { return little_ ? reader.u32_le() : reader.u32(); }

// Goes on behind a block that the buffer cannot hold. False: the file ends inside it, or cannot be read.
bool PcapngStream::pass_over(std::uint64_t bytes) noexcept {
  while (bytes > 0) {
    if (window_.rest().empty() && (window_.at_end() || !window_.refill() || window_.rest().empty())) return false;
    const std::uint64_t here = std::min<std::uint64_t>(bytes, window_.rest().size());
    window_.use(static_cast<std::size_t>(here));
    bytes -= here;
  }
  return true;
}

bool PcapngStream::section(Bytes body) noexcept {
  ByteReader reader(body);
  const std::uint32_t magic = reader.u32();
  if (!reader.ok() || (magic != kBigMagic && magic != kLittleMagic)) return false;
  interfaces_.clear();
  return true;
}

void PcapngStream::add_interface(Bytes body) {
  constexpr std::uint16_t kResolution = 9, kOffset = 14;
  ByteReader reader(body);
  Interface interface;
  interface.link = half(reader);
  reader.skip(2);
  interface.snapshot = word(reader);
  while (reader.remaining() >= 4) {
    const std::uint16_t option = half(reader);
    const std::size_t length = half(reader);
    ByteReader value = reader.sub(std::min(length, reader.remaining()));
    reader.skip(std::min((4 - length % 4) % 4, reader.remaining()));
    if (option == 0) break;
    if (option == kResolution && length == 1) interface.ticks = ticks_of(value.u8());
    if (option == kOffset && length == 8) {
      const std::uint32_t first = word(value);
      const std::uint32_t second = word(value);
      interface.offset = static_cast<std::int64_t>(little_ ? std::uint64_t{second} << 32 | first
                                                           : std::uint64_t{first} << 32 | second);
    }
  }
  interfaces_.push_back(interface);
}

Timestamp PcapngStream::time_of(const Interface& interface, std::uint64_t ticks) noexcept {
  std::uint64_t a_second = interface.ticks;
  std::uint64_t rest = ticks % a_second;
  std::uint64_t seconds = std::min(ticks / a_second, kLastSecond);
  while (a_second > std::uint64_t{1} << 43) {  // so that the product below fits
    a_second >>= 1;
    rest >>= 1;
  }
  if (interface.offset > 0) seconds += std::min(static_cast<std::uint64_t>(interface.offset), kLastSecond);
  if (interface.offset < 0) seconds -= std::min(seconds, std::uint64_t{0} - static_cast<std::uint64_t>(interface.offset));
  return timestamp_from_us(static_cast<std::int64_t>(std::min(seconds, kLastSecond) * 1'000'000 +
                                                     rest * 1'000'000 / a_second));
}

PcapngStream::Step PcapngStream::packet_block(std::uint32_t type, Bytes body, packet::RawPacket& raw) const noexcept {
  ByteReader reader(body);
  const std::size_t number = type == kPacket ? word(reader) : half(reader);
  if (type == kOldPacket) reader.skip(2);  // packets dropped
  const std::uint64_t high = word(reader);
  const std::uint64_t ticks = high << 32 | word(reader);
  const std::size_t length = word(reader);
  const std::uint32_t wire_length = word(reader);
  const Bytes bytes = reader.bytes(length);
  if (!reader.ok() || length > kLongestPacket || number >= interfaces_.size()) return Step::Damaged;
  raw.bytes = bytes;
  raw.wire_length = wire_length;
  raw.link = interfaces_[number].link;
  raw.at = time_of(interfaces_[number], ticks);
  return Step::Packet;
}

PcapngStream::Step PcapngStream::simple_block(Bytes body, packet::RawPacket& raw) const noexcept {
  ByteReader reader(body);
  const std::uint32_t wire_length = word(reader);
  if (!reader.ok() || interfaces_.empty()) return Step::Damaged;
  const Interface& first = interfaces_[0];
  std::size_t length = std::min<std::size_t>(wire_length, reader.remaining());
  if (first.snapshot != 0) length = std::min<std::size_t>(length, first.snapshot);
  raw.bytes = reader.bytes(length);
  raw.wire_length = wire_length;
  raw.link = first.link;
  raw.at = last_;
  return Step::Packet;
}

PcapngStream::Step PcapngStream::block(std::uint32_t type, Bytes body, packet::RawPacket& raw) {
  switch (type) {
    case kSection: return section(body) ? Step::Other : Step::Damaged;
    case kInterface:
      if (interfaces_.size() == kMostInterfaces) return Step::Damaged;
      add_interface(body);
      return Step::Other;
    case kPacket:
    case kOldPacket: return packet_block(type, body, raw);
    case kSimplePacket: return simple_block(body, raw);
    default: return Step::Other;
  }
}

PcapngStream::Filled PcapngStream::next(std::span<packet::RawPacket> out) noexcept {
  if (window_.rest().size() < kLow && !window_.at_end() && !window_.refill()) return {0, State::Unreadable};
  Filled filled;
  while (filled.packets < out.size()) {
    const Bytes left = window_.rest();
    const bool header_there = left.size() >= kBlockFrame;
    std::uint32_t type = 0;
    std::size_t length = kBlockFrame;
    if (header_there) {
      ByteReader reader(left.first(kBlockFrame));
      type = reader.u32();
      if (type == kSection) {  // the only type that reads the same in both orders: what follows says which it is
        ByteReader magic(left.subspan(kBlockHeader, 4));
        little_ = magic.u32() == kLittleMagic;
      } else if (little_) {
        type = __builtin_bswap32(type);
      }
      length = word(reader);
      if (length < kBlockFrame || length % 4 != 0) return {filled.packets, State::Damaged};
    }
    if (!header_there || left.size() < length) {
      if (window_.at_end()) return {filled.packets, left.empty() ? State::End : State::Cut};
      if (filled.packets > 0) return filled;  // what was given lives until the next call
      if (length > window_.size()) {
        if (type == kPacket || type == kOldPacket || type == kSimplePacket) return {0, State::Damaged};
        if (!pass_over(length)) return {0, State::Cut};
      } else if (!window_.refill()) {
        return {0, State::Unreadable};
      }
      continue;
    }
    const Bytes whole = left.first(length);
    ByteReader trailer(whole.last(4));
    if (word(trailer) != length) return {filled.packets, State::Damaged};
    packet::RawPacket& raw = out[filled.packets];
    const Step step = block(type, whole.subspan(kBlockHeader, length - kBlockFrame), raw);
    if (step == Step::Damaged) return {filled.packets, State::Damaged};
    if (step == Step::Packet) {
      last_ = raw.at;
      ++filled.packets;
    }
    window_.use(length);
  }
  return filled;
}

}  // namespace gatehouse::capture
