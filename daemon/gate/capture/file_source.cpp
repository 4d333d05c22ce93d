#include "gate/capture/file_source.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gatehouse::capture {
namespace {

// A burst ends early when it holds this much; one packet is at most libpcap's 262,144 bytes, or it is no capture.
constexpr std::size_t kArenaBytes = 4 * 1024 * 1024;
constexpr std::size_t kLongestPacket = 1024 * 1024;
// Read at once: stdio's own 4 KiB would ask the kernel for every fifth packet; this still stays in the second cache.
constexpr std::size_t kFileBuffer = 256 * 1024;

// DLT numbers that a file can hold under another number than tcpdump.org's LINKTYPE list.
std::uint16_t linktype_of(int dlt) noexcept {
  switch (dlt) {
    case 12:
    case 14: return 101;  // raw IP
    case 11: return 100;  // ATM, LLC-encapsulated
    default: return static_cast<std::uint16_t>(dlt);
  }
}

std::string remedy_for(const std::string& path) {
  return path == "-" ? "pipe a pcap or pcapng capture into it, as `tcpdump -w -` writes"
                     : "give a pcap or pcapng capture, as tcpdump and Wireshark write them";
}

}  // namespace

FileSource::FileSource(const std::string& path) : path_(path == "-" ? "standard input" : path) {
  if (path == "-") {
    open_with_libpcap(STDIN_FILENO);
    return;
  }
  struct stat facts {};
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 || ::fstat(file, &facts) != 0) {
    throw SetupError({fmt::format("cannot open the capture: {}", std::strerror(errno)),
                      "check the path and who may read it", path, 0});
  }
  if (S_ISDIR(facts.st_mode) || (S_ISREG(facts.st_mode) && facts.st_size == 0)) {
    ::close(file);
    if (S_ISDIR(facts.st_mode)) throw SetupError({"this is a folder, not a capture", remedy_for(path), path, 0});
    throw SetupError({"the capture is empty: not even a header", "was the disk full when it was made?", path, 0});
  }
  if (S_ISREG(facts.st_mode)) {
    size_ = static_cast<std::uint64_t>(facts.st_size);
    stream_ = PcapStream::adopt(file);
    if (stream_ == nullptr) blocks_ = PcapngStream::adopt(file);
  }
  if (stream_ == nullptr && blocks_ == nullptr) open_with_libpcap(file);
}

// Takes the descriptor over, but for standard input.
void FileSource::open_with_libpcap(int descriptor) {
  std::FILE* const file = descriptor == STDIN_FILENO ? stdin : ::fdopen(descriptor, "rb");
  buffer_.resize(kFileBuffer);
  arena_.resize(kArenaBytes);
  std::setvbuf(file, buffer_.data(), _IOFBF, buffer_.size());
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  capture_ = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_MICRO, why.data());
  if (capture_ == nullptr) {
    if (file == stdin) {
      std::setvbuf(stdin, nullptr, _IONBF, 0);  // the buffer goes with this object
    } else {
      std::fclose(file);
    }
    throw SetupError({fmt::format("this is not a capture that can be read ({})", why.data()),
                      remedy_for(file == stdin ? "-" : path_), path_, 0});
  }
  link_ = linktype_of(pcap_datalink(capture_));
}

FileSource::~FileSource() {
  if (capture_ == nullptr) return;
  if (pcap_file(capture_) == stdin) std::setvbuf(stdin, nullptr, _IONBF, 0);  // libpcap leaves it open
  pcap_close(capture_);
}

void FileSource::fail(std::string_view why) {
  finished_ = true;
  error_ = Error{fmt::format("the capture is damaged or cut after packet {} ({})", packets_, why),
                 "what came before was read; take the capture anew if the end matters", path_, 0};
}

std::span<const packet::RawPacket> FileSource::poll(Milliseconds) {
  if (finished_) return {};
  return {burst_.data(), capture_ == nullptr ? poll_stream() : poll_libpcap()};
}

std::size_t FileSource::poll_stream() {
  const PcapStream::Filled filled = stream_ != nullptr ? stream_->next(burst_) : blocks_->next(burst_);
  for (std::size_t i = 0; i < filled.packets; ++i) burst_[i].handle = static_cast<std::uint32_t>(++packets_);
  switch (filled.state) {
    case PcapStream::State::More: break;
    case PcapStream::State::End: finished_ = true; break;
    case PcapStream::State::Cut: fail("it ends in the middle of a packet"); break;
    case PcapStream::State::Damaged:
      fail(stream_ != nullptr ? "a packet says that it is longer than any packet" : "a block contradicts itself");
      break;
    case PcapStream::State::Unreadable: fail(std::strerror(errno)); break;
  }
  return filled.packets;
}

std::size_t FileSource::poll_libpcap() {
  std::size_t count = 0;
  std::size_t used = 0;
  while (!finished_ && count < kBurst && used + kLongestPacket <= arena_.size()) {
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    const int answer = pcap_next_ex(capture_, &header, &bytes);
    if (answer != 1) {
      finished_ = true;
      if (answer == PCAP_ERROR) fail(pcap_geterr(capture_));
      break;
    }
    ++packets_;
    const std::size_t length = std::min<std::size_t>(header->caplen, kLongestPacket);
    std::memcpy(arena_.data() + used, bytes, length);
    packet::RawPacket& raw = burst_[count];
    raw.bytes = Bytes(arena_.data() + used, length);
    raw.wire_length = header->len;
    raw.at = timestamp_from_us(static_cast<std::int64_t>(header->ts.tv_sec) * 1'000'000 + header->ts.tv_usec);
    raw.link = link_;
    raw.handle = static_cast<std::uint32_t>(packets_);
    used += length;
    ++count;
  }
  return count;
}

std::uint64_t FileSource::position() const noexcept {
  if (stream_ != nullptr) return stream_->position();
  if (blocks_ != nullptr) return blocks_->position();
  std::FILE* file = pcap_file(capture_);
  const off_t at = file == nullptr ? -1 : ftello(file);
  return at < 0 ? 0 : static_cast<std::uint64_t>(at);
}

}  // namespace gatehouse::capture
