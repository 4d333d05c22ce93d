#include "gate/dhcp_watch.h"

#include <algorithm>

#include "base/hash.h"

namespace gatehouse::gate {
namespace {

using inspect::DhcpMessage;
using inspect::DhcpType;

constexpr std::size_t kAddresses = 65'536;  // many more than a college has devices, so that few share a place
constexpr std::size_t kQuestions = 1024;
constexpr Seconds kWindow{60};

// To a client, or to the relay that asked for it (RFC 2131 section 4.1).
bool goes_as_a_reply(const packet::PacketView& view) noexcept {
  return view.src_port == inspect::kDhcpServerPort &&
         (view.dst_port == inspect::kDhcpClientPort || view.dst_port == inspect::kDhcpServerPort);
}

}  // namespace

DhcpWatch::DhcpWatch(const policy::DhcpSeenSettings& settings)
    : settings_(settings), told_(settings.on() ? 2 * kAddresses : 0), asked_(settings.on() ? kQuestions : 0) {}

bool DhcpWatch::look(const DhcpMessage& message, const packet::PacketView& view, std::string_view& host_name) noexcept {
  // Inside a tunnel anything may stand, and no switch looks there; nor into what no server sends.
  const bool plain = view.encapsulation == packet::Encapsulation::None && !view.wrapped && !view.from_fragments && !view.odd_headers;
  if (!on() || !plain) return false;
  if (message.type == DhcpType::Request) {
    remember(message);
    return false;
  }
  IpAddress address;
  if (!counts(message, view, address)) return false;
  const Said said = compare(message, address, view.at);
  if (said == Said::Before || !has_room(message.reply, said, view.at)) return false;
  ++counts_.told;
  host_name = message.host_name;
  const Asked& asked = asked_by(message);
  if (host_name.empty() && asked.id == message.id && asked.client == message.client) {
    host_name = std::string_view(asked.name.data(), asked.length);
  }
  return true;
}

// Whether it says who has or had `address`, by whom it is to come from.
bool DhcpWatch::counts(const DhcpMessage& message, const packet::PacketView& view, IpAddress& address) noexcept {
  switch (message.type) {
    case DhcpType::Ack:
      // An answer to INFORM gives no address and no time (RFC 2131 section 4.3.5).
      if (!goes_as_a_reply(view) || message.lease_time == 0 || message.your_ip == IpAddress{}) return false;
      if (!settings_.is_server(view.src)) {
        ++counts_.strangers;
        return false;
      }
      address = message.your_ip;
      break;
    case DhcpType::Release:
    case DhcpType::Decline:
      if (view.dst_port != inspect::kDhcpServerPort) return false;
      if (!settings_.is_server(view.dst) && !settings_.is_server(message.server_id)) return false;
      address = message.type == DhcpType::Release ? message.client_ip : message.requested_ip;
      if (address == IpAddress{}) return false;
      break;
    default: return false;
  }
  if (settings_.covers(address)) return true;
  ++counts_.outside;
  return false;
}

// A relay passes on what the server said, and a mirror port may show a packet twice: the same exchange is told once.
DhcpWatch::Said DhcpWatch::compare(const DhcpMessage& message, const IpAddress& address, Timestamp at) noexcept {
  const std::uint64_t place = siphash13(HashKey{}, Bytes(address.bytes())) % kAddresses;
  Told& known = told_[2 * place + (message.reply ? 1 : 0)];
  const bool same_holder = known.address == address && known.client == message.client;
  const bool lately = same_holder && at >= known.since && at - known.since < kWindow;
  const bool same_words = known.id == message.id && known.type == message.type;
  if (lately && (same_words || known.times >= kOfOneDevice)) {
    ++counts_.repeated;
    return Said::Before;
  }
  const std::uint8_t times = lately ? static_cast<std::uint8_t>(known.times + 1) : std::uint8_t{1};
  known = {address, message.client, message.id, message.type, times, lately ? known.since : at};
  return same_holder ? Said::Again : Said::New;
}

bool DhcpWatch::has_room(bool reply, Said said, Timestamp at) noexcept {
  Room& room = reply ? of_replies_ : of_clients_;
  Timestamp& until = said == Said::New ? room.new_until : room.again_until;
  const Microseconds share{1'000'000 / (said == Said::New ? kNewEachSecond : kAgainEachSecond)};
  if (until - at > share * (2 * kBurst)) until = at;  // the clock was put back
  const Timestamp from = std::max(until, at);
  if (from - at > share * (kBurst - 1)) {
    ++counts_.let_go;
    return false;
  }
  until = from + share;
  return true;
}

DhcpWatch::Asked& DhcpWatch::asked_by(const DhcpMessage& message) noexcept {
  const std::uint64_t hash = siphash13(HashKey{message.id, 0}, Bytes(message.client.bytes));
  return asked_[hash % asked_.size()];
}

void DhcpWatch::remember(const DhcpMessage& message) noexcept {
  Asked& asked = asked_by(message);
  asked.id = message.id;
  asked.client = message.client;
  const std::string_view name = message.host_name.substr(0, asked.name.size());
  asked.length = static_cast<std::uint8_t>(name.size());
  std::copy(name.begin(), name.end(), asked.name.begin());
}

}  // namespace gatehouse::gate
