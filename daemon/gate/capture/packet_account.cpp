#include "gate/capture/packet_account.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_acct.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace gatehouse::capture {
namespace {

int note_packets(const nlattr* attribute, void* out) {
  if (mnl_attr_get_type(attribute) == NFACCT_PKTS) {
    *static_cast<std::uint64_t*>(out) = __builtin_bswap64(mnl_attr_get_u64(attribute));
  }
  return MNL_CB_OK;
}

}  // namespace

PacketAccount::PacketAccount(std::string name)
    : name_(std::move(name)), socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)) {}

PacketAccount::~PacketAccount() {
  if (socket_ >= 0) ::close(socket_);
}

bool PacketAccount::make() noexcept {
  const int error = ask(NFNL_MSG_ACCT_NEW, nullptr);
  return error == 0 || error == EEXIST || error == EBUSY;
}

std::optional<std::uint64_t> PacketAccount::take() noexcept {
  std::uint64_t packets = 0;
  if (ask(NFNL_MSG_ACCT_GET_CTRZERO, &packets) != 0) return std::nullopt;
  return packets;
}

void PacketAccount::remove() noexcept { (void)ask(NFNL_MSG_ACCT_DEL, nullptr); }

int PacketAccount::ask(int what, std::uint64_t* packets) noexcept {
  alignas(nlmsghdr) std::array<char, 4096> buffer{};
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_ACCT << 8 | what);
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  if (what == NFNL_MSG_ACCT_NEW) message->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
  auto* general = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  general->nfgen_family = AF_UNSPEC;
  general->version = NFNETLINK_V0;
  mnl_attr_put_strz(message, NFACCT_NAME, name_.c_str());
  if (::send(socket_, message, message->nlmsg_len, 0) < 0) return errno;
  for (;;) {
    const ssize_t length = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (length < 0) return errno;
    int left = static_cast<int>(length);
    for (const auto* reply = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(reply, left);
         reply = mnl_nlmsg_next(reply, &left)) {
      if (reply->nlmsg_type == NLMSG_ERROR) {
        return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(reply))->error;
      }
      if (packets != nullptr) (void)mnl_attr_parse(reply, sizeof(nfgenmsg), note_packets, packets);
    }
  }
}

}  // namespace gatehouse::capture
