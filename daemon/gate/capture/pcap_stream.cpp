#include "gate/capture/pcap_stream.h"

#include <unistd.h>

#include <array>

namespace gatehouse::capture {
namespace {

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;
constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kVersion = 0x00020004;  // 2.4 as two big-endian halves
// The longest packet that libpcap accepts: a record that says more is damaged.
constexpr std::size_t kLongestPacket = 262144;
// Stays in the second cache, so that what the kernel copied is not fetched twice; and holds the longest packet.
constexpr std::size_t kBuffer = 512 * 1024;
static_assert(kBuffer >= kLongestPacket + kRecordHeader);
// With less than this the buffer is filled up before a burst, so that bursts stay whole.
constexpr std::size_t kLow = 64 * 1024;

std::uint32_t swapped(std::uint32_t value) noexcept { return __builtin_bswap32(value); }

struct RecordHeader {
  std::uint32_t seconds = 0, fraction = 0, length = 0, wire_length = 0;
};

// All zero where it is not whole yet.
RecordHeader record_header(Bytes bytes, bool swap) noexcept {
  if (bytes.size() < kRecordHeader) return {};
  ByteReader reader(bytes);
  const auto word = [&] { return swap ? swapped(reader.u32()) : reader.u32(); };
  RecordHeader out;
  out.seconds = word();
  out.fraction = word();
  out.length = word();
  out.wire_length = word();
  return out;
}

}  // namespace

bool PcapStream::recognise(Bytes header, Format& out) noexcept {
  ByteReader reader(header);
  const std::uint32_t magic = reader.u32();
  out.swapped = magic == swapped(kMicroseconds) || magic == swapped(kNanoseconds);  // from big-endian: little
  const auto field = [&](std::uint32_t value) { return out.swapped ? swapped(value) : value; };
  const std::uint32_t kind = field(magic);
  out.nanoseconds = kind == kNanoseconds;
  const std::uint32_t version = reader.u32();
  const std::uint32_t major_minor = out.swapped ? (swapped(version) << 16 | swapped(version) >> 16) : version;
  reader.skip(12);  // time zone, accuracy, snapshot length: not used by anybody, or not binding
  out.link = static_cast<std::uint16_t>(field(reader.u32()));  // the upper half tells of frame check sequences
  return reader.ok() && (kind == kMicroseconds || kind == kNanoseconds) && major_minor == kVersion;
}

std::unique_ptr<PcapStream> PcapStream::adopt(int file) {
  std::array<std::uint8_t, kFileHeader> header{};
  Format format;
  if (::pread(file, header.data(), header.size(), 0) != static_cast<ssize_t>(header.size()) ||
      !recognise(header, format) || ::lseek(file, kFileHeader, SEEK_SET) < 0) {
    return nullptr;
  }
  return std::unique_ptr<PcapStream>(new PcapStream(file, format));
}

PcapStream::PcapStream(int file, Format format) : window_(file, kBuffer, kFileHeader), format_(format) {}

PcapStream::Filled PcapStream::next(std::span<packet::RawPacket> out) noexcept {
  if (window_.rest().size() < kLow && !window_.at_end() && !window_.refill()) return {0, State::Unreadable};
  Filled filled;
  while (filled.packets < out.size()) {
    const Bytes left = window_.rest();
    if (left.empty() && window_.at_end()) {
      filled.state = State::End;
      break;
    }
    const RecordHeader header = record_header(left, format_.swapped);
    if (header.length > kLongestPacket) {
      filled.state = State::Damaged;
      break;
    }
    if (left.size() < kRecordHeader + header.length) {
      if (window_.at_end()) filled.state = State::Cut;
      if (window_.at_end() || filled.packets > 0) break;  // what was given lives until the next call
      if (!window_.refill()) return {0, State::Unreadable};
      continue;
    }
    packet::RawPacket& raw = out[filled.packets++];
    const std::uint32_t microseconds = format_.nanoseconds ? header.fraction / 1000 : header.fraction;
    raw.at = timestamp_from_us(std::int64_t{header.seconds} * 1'000'000 + microseconds);
    raw.wire_length = header.wire_length;
    raw.bytes = left.subspan(kRecordHeader, header.length);
    raw.link = format_.link;
    window_.use(kRecordHeader + header.length);
  }
  return filled;
}

}  // namespace gatehouse::capture
