#include "gate/capture/nfqueue_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "base/result.h"

namespace gatehouse::capture {
namespace {

// The longest packet that IP allows, with the attributes around it; segmentation offload hands them over whole.
constexpr std::size_t kMessage = 65'535 + 1'024;
constexpr std::size_t kOut = 256 * 1024;
constexpr std::uint16_t kRawIp = 101;  // LINKTYPE_RAW
constexpr std::size_t kVerdictSize = 128;  // a verdict without a packet is shorter

std::uint32_t big_endian(std::uint32_t value) noexcept {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap32(value);
}

}  // namespace

struct NfqueueSource::Buffers {
  std::array<std::array<std::uint8_t, kMessage>, kBurst> bytes;
  std::array<iovec, kBurst> vectors{};
  std::array<mmsghdr, kBurst> messages{};
  Buffers() {
    for (std::size_t i = 0; i < kBurst; ++i) {
      vectors[i] = {bytes[i].data(), bytes[i].size()};
      messages[i].msg_hdr.msg_iov = &vectors[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

NfqueueSource::NfqueueSource(NfqueueSettings settings)
    : settings_(std::move(settings)), in_(std::make_unique<Buffers>()), out_(kOut) {
  socket_ = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (socket_ < 0) {
    throw SetupError({fmt::format("no socket for netfilter queues: {}", std::strerror(errno)),
                      "the kernel needs nfnetlink_queue", {}, 0});
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw SetupError({fmt::format("cannot bind to netfilter: {}", std::strerror(errno)), {}, {}, 0});
  }
  const int size = static_cast<int>(std::min<std::size_t>(settings_.receive_buffer, 1u << 30));
  if (::setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
    (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
  for (const QueueSpec& queue : settings_.queues) configure(queue);
  kernel_figures_ = ::open("/proc/thread-self/net/netfilter/nfnetlink_queue", O_RDONLY | O_CLOEXEC);
}

NfqueueSource::~NfqueueSource() {
  if (socket_ >= 0) ::close(socket_);
  if (kernel_figures_ >= 0) ::close(kernel_figures_);
}

// Binds one queue and waits for the kernel's word that it did.
void NfqueueSource::configure(const QueueSpec& queue) {
  std::array<char, 1024> buffer{};
  const auto ask = [&](auto&& fill) {
    nlmsghdr* message = nfq_nlmsg_put(buffer.data(), NFQNL_MSG_CONFIG, queue.number);
    message->nlmsg_flags |= NLM_F_ACK;
    fill(message);
    int error = EIO;
    if (::send(socket_, message, message->nlmsg_len, 0) >= 0) {
      std::array<std::uint8_t, 4096> reply{};
      for (;;) {
        const ssize_t length = ::recv(socket_, reply.data(), reply.size(), 0);
        if (length < 0) { error = errno; break; }
        const auto* header = reinterpret_cast<const nlmsghdr*>(reply.data());
        // Packets of a queue bound before may come between.
        if (header->nlmsg_type != NLMSG_ERROR) continue;
        error = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(header))->error;
        break;
      }
    } else {
      error = errno;
    }
    if (error == 0) return;
    const char* remedy = error == EPERM || error == EACCES
                             ? "it needs the right CAP_NET_ADMIN: start it as root or by its systemd unit"
                         : error == EBUSY ? "another program has this queue: stop it, or choose gate: first_queue:"
                                          : "the kernel needs nfnetlink_queue";
    throw SetupError({fmt::format("cannot use queue {}: {}", queue.number, std::strerror(error)), remedy, {}, 0});
  };
  ask([](nlmsghdr* message) { nfq_nlmsg_cfg_put_cmd(message, AF_UNSPEC, NFQNL_CFG_CMD_BIND); });
  ask([&](nlmsghdr* message) {
    nfq_nlmsg_cfg_put_params(message, NFQNL_COPY_PACKET, 0xffff);
    nfq_nlmsg_cfg_put_qmaxlen(message, settings_.most_packets);
    const std::uint32_t flags = NFQA_CFG_F_GSO | (queue.fail_open ? NFQA_CFG_F_FAIL_OPEN : 0u);
    mnl_attr_put_u32(message, NFQA_CFG_FLAGS, big_endian(flags));
    mnl_attr_put_u32(message, NFQA_CFG_MASK, big_endian(NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN));
  });
}

std::span<const packet::RawPacket> NfqueueSource::poll(Milliseconds wait) {
  send_verdicts();
  count_ = 0;
  int got = ::recvmmsg(socket_, in_->messages.data(), kBurst, MSG_DONTWAIT, nullptr);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return {};
    got = ::recvmmsg(socket_, in_->messages.data(), kBurst, MSG_DONTWAIT, nullptr);
  }
  if (got < 0) {
    if (errno == ENOBUFS) ++stats_.overflows;
    return {};
  }
  const Timestamp now = SystemClock().now();
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
    take(in_->bytes[i].data(), in_->messages[i].msg_len, now);
  }
  stats_.packets += count_;
  return {burst_.data(), count_};
}

// One message of the kernel's: a packet, or what it thinks of a verdict.
void NfqueueSource::take(const std::uint8_t* bytes, std::size_t length, Timestamp now) noexcept {
  const auto* header = reinterpret_cast<const nlmsghdr*>(bytes);
  if (!mnl_nlmsg_ok(header, static_cast<int>(length))) return;
  if (header->nlmsg_type == NLMSG_ERROR) {
    if (static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(header))->error != 0) ++stats_.errors;
    return;
  }
  std::array<nlattr*, NFQA_MAX + 1> attributes{};
  if (nfq_nlmsg_parse(header, attributes.data()) < 0 || attributes[NFQA_PACKET_HDR] == nullptr) return;
  const auto* general = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(header));
  const auto* about = static_cast<const nfqnl_msg_packet_hdr*>(mnl_attr_get_payload(attributes[NFQA_PACKET_HDR]));
  const auto number = [&](int which) {
    return attributes[static_cast<std::size_t>(which)] == nullptr
               ? 0u : big_endian(mnl_attr_get_u32(attributes[static_cast<std::size_t>(which)]));
  };

  Waiting& waiting = waiting_[count_];
  waiting = {};
  waiting.id = big_endian(about->packet_id);
  waiting.queue = __builtin_bswap16(general->res_id);
  const std::uint32_t mark = number(NFQA_MARK);
  waiting.mark = mark & ~settings_.marks.field();

  packet::RawPacket& raw = burst_[count_];
  raw = {};
  if (const nlattr* payload = attributes[NFQA_PAYLOAD]; payload != nullptr) {
    raw.bytes = Bytes(static_cast<const std::uint8_t*>(mnl_attr_get_payload(payload)),
                      mnl_attr_get_payload_len(payload));
  }
  raw.wire_length = std::max(number(NFQA_CAP_LEN), static_cast<std::uint32_t>(raw.bytes.size()));
  raw.at = now;
  raw.link = kRawIp;
  raw.handle = static_cast<std::uint32_t>(count_);
  const std::uint32_t facts = number(NFQA_SKB_INFO);
  raw.checksum_good = (facts & NFQA_SKB_CSUMNOTREADY) != 0 || (facts & NFQA_SKB_CSUM_NOTVERIFIED) == 0;
  raw.out_of_state = (mark & settings_.marks.odd()) != 0;
  raw.blocked_before = (mark & settings_.marks.blocked()) != 0;
  raw.vlan = vlan_of(number(NFQA_IFINDEX_INDEV));
  if (const nlattr* hardware = attributes[NFQA_HWADDR]; hardware != nullptr) {
    const auto* address = static_cast<const nfqnl_msg_packet_hw*>(mnl_attr_get_payload(hardware));
    if (__builtin_bswap16(address->hw_addrlen) == 6) raw.src_mac = MacAddress::from(Bytes(address->hw_addr, 6));
  }
  ++count_;
}

// Lines of: number, port id, waiting, copy mode, range, dropped for want of room in the queue, and in our socket, last id.
const NfqueueStats& NfqueueSource::stats() noexcept {
  std::array<char, 8192> text{};
  const ssize_t length = kernel_figures_ < 0 ? 0 : ::pread(kernel_figures_, text.data(), text.size() - 1, 0);
  std::uint64_t missed = 0;
  for (const char* line = text.data(); length > 0 && *line != '\0';) {
    unsigned long number = 0, dropped = 0, unread = 0;
    if (std::sscanf(line, "%lu %*u %*u %*u %*u %lu %lu", &number, &dropped, &unread) == 3) {
      for (const QueueSpec& queue : settings_.queues) missed += queue.number == number ? dropped + unread : 0;
    }
    const char* end = std::strchr(line, '\n');
    line = end == nullptr ? text.data() + length : end + 1;
  }
  stats_.missed = std::max(stats_.missed, missed);
  return stats_;
}

// "eth1.40" carries VLAN 40: the kernel has taken the tag off before it asks us.
std::uint16_t NfqueueSource::vlan_of(std::uint32_t interface) noexcept {
  if (interface == 0) return 0;
  Interface& known = interfaces_[interface % interfaces_.size()];
  if (known.index == interface) return known.vlan;
  known = {interface, 0};
  std::array<char, IFNAMSIZ> name{};
  if (::if_indextoname(interface, name.data()) == nullptr) return 0;
  const char* dot = std::strrchr(name.data(), '.');
  if (dot == nullptr) return 0;
  std::uint16_t vlan = 0;
  const char* end = dot + std::strlen(dot);
  if (std::from_chars(dot + 1, end, vlan).ptr == end && vlan < 4095) known.vlan = vlan;
  return known.vlan;
}

void NfqueueSource::verdict(std::uint32_t handle, const Answer& answer) {
  if (handle >= count_ || waiting_[handle].answered) return;
  Waiting& waiting = waiting_[handle];
  waiting.answered = true;
  waiting.answer = answer;
  if (answer.replacement.empty()) return;
  // It is rare and borrowed: answered at once.
  put(waiting.queue, waiting.id, answer, waiting.mark, false);
  waiting.id = 0;
}

// In the order of the queue, so that each run of equal answers is one message: "all up to this one".
void NfqueueSource::send_verdicts() {
  for (const QueueSpec& queue : settings_.queues) {
    const Waiting* run = nullptr;
    std::size_t length = 0;
    const auto end_run = [&] {
      if (run != nullptr) put(run->queue, run->id, run->answer, run->mark, length > 1);
      run = nullptr;
      length = 0;
    };
    for (std::size_t i = 0; i < count_; ++i) {
      Waiting& one = waiting_[i];
      if (one.queue != queue.number || one.id == 0) continue;
      if (!one.answered) one.answer.verdict = Verdict::Drop;
      const bool same = run != nullptr && run->answer.verdict == one.answer.verdict &&
                        run->answer.far == one.answer.far && run->mark == one.mark;
      if (!same) end_run();
      run = &one;
      ++length;
    }
    end_run();
  }
  count_ = 0;
  flush_out();
}

void NfqueueSource::put(std::uint16_t queue, std::uint32_t id, const Answer& answer, std::uint32_t mark,
                        bool run) noexcept {
  if (out_used_ + kVerdictSize + answer.replacement.size() > out_.size()) flush_out();
  const Marks& marks = settings_.marks;
  std::uint32_t verdict = NF_ACCEPT;
  if (answer.verdict == Verdict::PassFlow) mark |= marks.decided();
  if (answer.far) mark |= marks.far();
  if (answer.verdict == Verdict::Drop) verdict = NF_DROP;
  if (answer.verdict == Verdict::BlockFlow) {
    verdict = NF_REPEAT;  // the rules meet it once more, mark the connection, and drop it
    mark |= marks.blocked();
  }
  auto* buffer = reinterpret_cast<char*>(out_.data() + out_used_);
  nlmsghdr* message = nfq_nlmsg_put(buffer, run ? NFQNL_MSG_VERDICT_BATCH : NFQNL_MSG_VERDICT, queue);
  nfq_nlmsg_verdict_put(message, static_cast<int>(id), static_cast<int>(verdict));
  nfq_nlmsg_verdict_put_mark(message, mark);
  if (!answer.replacement.empty()) {
    nfq_nlmsg_verdict_put_pkt(message, answer.replacement.data(), static_cast<std::uint32_t>(answer.replacement.size()));
  }
  out_used_ += MNL_ALIGN(message->nlmsg_len);
}

void NfqueueSource::flush_out() noexcept {
  if (out_used_ == 0) return;
  if (::send(socket_, out_.data(), out_used_, 0) < 0) ++stats_.errors;
  out_used_ = 0;
}

}  // namespace gatehouse::capture
