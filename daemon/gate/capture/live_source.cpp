#include "gate/capture/live_source.h"

#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/result.h"

namespace gatehouse::capture {
namespace {

constexpr int kSnapLength = 65'535 + 64;  // whatever IP allows, with its link layer
constexpr int kWaitMs = 10;               // how long libpcap may gather packets before it tells
constexpr std::size_t kArena = 4 * 1024 * 1024;

}  // namespace

LiveSource::LiveSource(const std::string& interface, std::uint16_t group, std::size_t buffer)
    : interface_(interface), arena_(kArena) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  const auto fail = [&](std::string message) {
    if (capture_ != nullptr) pcap_close(capture_);
    capture_ = nullptr;
    throw SetupError({fmt::format("cannot watch {}: {}", interface_, message),
                      "check the name with 'ip link'; it needs the right CAP_NET_RAW", {}, 0});
  };
  capture_ = pcap_create(interface.c_str(), why.data());
  if (capture_ == nullptr) fail(why.data());
  pcap_set_snaplen(capture_, kSnapLength);
  pcap_set_promisc(capture_, 1);
  pcap_set_timeout(capture_, kWaitMs);
  pcap_set_buffer_size(capture_, static_cast<int>(std::min<std::size_t>(buffer, 1u << 30)));
  if (const int status = pcap_activate(capture_); status < 0) {
    fail(fmt::format("{} ({})", pcap_statustostr(status), pcap_geterr(capture_)));
  }
  if (pcap_setnonblock(capture_, 1, why.data()) != 0) fail(why.data());
  link_ = static_cast<std::uint16_t>(pcap_datalink(capture_));
  // By the addresses and ports, the same for both directions; fragments are put together for that first.
  const int fanout = group | (PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG) << 16;
  if (::setsockopt(pcap_fileno(capture_), SOL_PACKET, PACKET_FANOUT, &fanout, sizeof fanout) != 0) {
    fail(fmt::format("its packets cannot be shared between workers ({})", std::strerror(errno)));
  }
}

LiveSource::~LiveSource() {
  if (capture_ != nullptr) pcap_close(capture_);
}

std::span<const packet::RawPacket> LiveSource::poll(Milliseconds wait) {
  std::size_t count = 0;
  std::size_t used = 0;
  bool waited = false;
  while (count < kBurst && used + static_cast<std::size_t>(kSnapLength) <= arena_.size()) {
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    if (pcap_next_ex(capture_, &header, &bytes) != 1) {
      if (count > 0 || waited) break;
      pollfd ready{pcap_get_selectable_fd(capture_), POLLIN, 0};
      if (::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) break;
      waited = true;
      continue;
    }
    const std::size_t length = std::min<std::size_t>(header->caplen, static_cast<std::size_t>(kSnapLength));
    std::memcpy(arena_.data() + used, bytes, length);
    packet::RawPacket& raw = burst_[count];
    raw = {};
    raw.bytes = Bytes(arena_.data() + used, length);
    raw.wire_length = header->len;
    raw.at = timestamp_from_us(static_cast<std::int64_t>(header->ts.tv_sec) * 1'000'000 + header->ts.tv_usec);
    raw.link = link_;
    raw.handle = static_cast<std::uint32_t>(count);
    used += length;
    ++count;
  }
  packets_ += count;
  return {burst_.data(), count};
}

LiveStats LiveSource::stats() const noexcept {
  pcap_stat all{};
  if (pcap_stats(capture_, &all) != 0) return {packets_, 0};
  return {packets_, all.ps_drop};
}

}  // namespace gatehouse::capture
