#include "conversation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gatehouse::traffic {
namespace {

constexpr std::size_t kSegment = 1460;
constexpr std::uint8_t kClientTtl = 64;
constexpr std::uint8_t kServerTtl = 57;
constexpr std::uint8_t kDyingTtl = 3;
constexpr std::uint8_t kSyn = 0x02, kAck = 0x10, kPush = 0x18, kFin = 0x11;

void put16(std::vector<std::uint8_t>& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::vector<std::uint8_t> dns_question(std::uint16_t id, const std::string& name, std::uint16_t type, bool answer,
                                       std::uint16_t answers) {
  std::vector<std::uint8_t> out;
  put16(out, id);
  put16(out, answer ? 0x8180 : 0x0100);
  put16(out, 1);
  put16(out, answers);
  put16(out, 0);
  put16(out, 0);
  for (const auto label : split(name, '.')) {
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
  }
  out.push_back(0);
  put16(out, type);
  put16(out, 1);
  return out;
}

}  // namespace

struct Player::Tcp {
  Timestamp at;
  const Sides& sides;
  Microseconds round_trip;
  std::uint32_t client_next;
  std::uint32_t server_next;
};

std::vector<std::uint8_t> Player::random_bytes(std::size_t size) {
  std::vector<std::uint8_t> out(size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
  return out;
}

void Player::send(Tcp& tcp, bool from_client, Bytes payload, std::uint8_t flags, std::uint8_t ttl, bool bad_checksum) {
  TcpSegment segment;
  segment.seq = from_client ? tcp.client_next : tcp.server_next;
  segment.ack = (flags & kAck) != 0 ? (from_client ? tcp.server_next : tcp.client_next) : 0;
  segment.flags = flags;
  segment.payload = payload;
  FrameOptions options;
  options.vlan = tcp.sides.vlan;
  options.ttl = ttl != 0 ? ttl : (from_client ? kClientTtl : kServerTtl);
  options.bad_checksum = bad_checksum;
  const Endpoint& from = from_client ? tcp.sides.client : tcp.sides.server;
  const Endpoint& to = from_client ? tcp.sides.server : tcp.sides.client;
  capture_.add_tcp(tcp.at, from, to, segment, options);
  tcp.at += Microseconds{20 + static_cast<std::int64_t>(pick(60))};
  const bool decoy = bad_checksum || ttl == kDyingTtl;
  if (decoy) return;
  const auto length = static_cast<std::uint32_t>(payload.size()) + ((flags & (kSyn | 0x01)) != 0 ? 1u : 0u);
  (from_client ? tcp.client_next : tcp.server_next) += length;
}

void Player::send_tricky(Tcp& tcp, Bytes hello, Trick trick, const std::string& name) {
  const std::string_view text = as_text(hello);
  const auto found = text.find(name);
  const std::size_t cut = found == std::string_view::npos ? hello.size() / 2 : found + name.size() / 2;
  const Bytes front = hello.first(cut);
  const Bytes back = hello.subspan(cut);
  if (trick == Trick::LowTtlDecoy || trick == Trick::BadChecksumDecoy) {
    std::vector<std::uint8_t> decoy(hello.begin(), hello.end());
    if (found != std::string_view::npos) {
      // A harmless name of the same length stands where the true one does.
      const std::string harmless = std::string(name.size() - std::min<std::size_t>(name.size(), 8), 'w') + ".example";
      std::copy(harmless.end() - static_cast<std::ptrdiff_t>(name.size()), harmless.end(),
                decoy.begin() + static_cast<std::ptrdiff_t>(found));
    }
    const bool bad = trick == Trick::BadChecksumDecoy;
    send(tcp, true, decoy, kPush, bad ? kClientTtl : kDyingTtl, bad);
  }
  if (trick == Trick::Disorder) {
    tcp.client_next += static_cast<std::uint32_t>(cut);
    send(tcp, true, back, kPush);
    const std::uint32_t end = tcp.client_next;
    tcp.client_next = end - static_cast<std::uint32_t>(hello.size());
    send(tcp, true, front, kAck);
    tcp.client_next = end;
    return;
  }
  send(tcp, true, front, kAck);
  send(tcp, true, back, kPush);
}

Timestamp Player::tcp(Timestamp at, const Sides& sides, const std::vector<Flight>& flights, Trick trick,
                      const std::string& name) {
  Tcp tcp{at, sides, Microseconds{8000 + static_cast<std::int64_t>(pick(20000))},
          static_cast<std::uint32_t>(random_()), static_cast<std::uint32_t>(random_())};
  send(tcp, true, {}, kSyn);
  tcp.at += tcp.round_trip;
  send(tcp, false, {}, kSyn | kAck);
  send(tcp, true, {}, kAck);
  bool first = true;
  for (const Flight& flight : flights) {
    if (!flight.from_client) tcp.at += tcp.round_trip;
    if (first && trick != Trick::None) {
      send_tricky(tcp, flight.bytes, trick, name);
    } else {
      Bytes rest = flight.bytes;
      int since_ack = 0;
      while (!rest.empty()) {
        const Bytes part = rest.first(std::min(rest.size(), kSegment));
        rest = rest.subspan(part.size());
        send(tcp, flight.from_client, part, rest.empty() ? kPush : kAck);
        if (++since_ack % 4 == 0 && !rest.empty()) send(tcp, !flight.from_client, {}, kAck);
      }
    }
    send(tcp, !flight.from_client, {}, kAck);
    first = false;
  }
  tcp.at += Milliseconds{static_cast<std::int64_t>(50 + pick(3000))};
  send(tcp, true, {}, kFin);
  tcp.at += tcp.round_trip;
  send(tcp, false, {}, kFin);
  send(tcp, true, {}, kAck);
  return tcp.at;
}

Timestamp Player::quic(Timestamp at, const Sides& sides, const std::vector<std::vector<std::uint8_t>>& first_flight,
                       std::size_t response_bytes) {
  FrameOptions options;
  options.vlan = sides.vlan;
  for (const auto& datagram : first_flight) {
    capture_.add_udp(at, sides.client, sides.server, datagram, options);
    at += Microseconds{40};
  }
  at += Milliseconds{static_cast<std::int64_t>(9 + pick(20))};
  for (std::size_t left = response_bytes; left > 0; left -= std::min<std::size_t>(left, 1200)) {
    auto datagram = random_bytes(std::min<std::size_t>(left, 1200) + 40);
    datagram[0] = static_cast<std::uint8_t>(0x40 | (datagram[0] & 0x3f));  // short header (RFC 9000 section 17.3)
    capture_.add_udp(at, sides.server, sides.client, datagram, options);
    at += Microseconds{90};
    if (pick(3) == 0) {
      auto answer = random_bytes(38);
      answer[0] = static_cast<std::uint8_t>(0x40 | (answer[0] & 0x3f));
      capture_.add_udp(at, sides.client, sides.server, answer, options);
    }
  }
  return at;
}

Timestamp Player::dns(Timestamp at, const Sides& sides, const std::string& name, std::uint16_t type,
                      const IpAddress& answer) {
  FrameOptions options;
  options.vlan = sides.vlan;
  const auto id = static_cast<std::uint16_t>(random_());
  capture_.add_udp(at, sides.client, sides.server, dns_question(id, name, type, false, 0), options);
  at += Milliseconds{static_cast<std::int64_t>(1 + pick(15))};
  const bool with_answer = (type == 1 && answer.is_v4()) || (type == 28 && !answer.is_v4());
  auto reply = dns_question(id, name, type, true, with_answer ? 1 : 0);
  if (with_answer) {
    put16(reply, 0xc00c);
    put16(reply, type);
    put16(reply, 1);
    put16(reply, 0);
    put16(reply, 300);
    put16(reply, static_cast<unsigned>(answer.wire().size()));
    reply.insert(reply.end(), answer.wire().begin(), answer.wire().end());
  }
  capture_.add_udp(at, sides.server, sides.client, reply, options);
  return at + Microseconds{200};
}

Timestamp Player::udp(Timestamp at, const Sides& sides, const std::vector<Flight>& datagrams) {
  FrameOptions options;
  options.vlan = sides.vlan;
  for (const Flight& datagram : datagrams) {
    const Endpoint& from = datagram.from_client ? sides.client : sides.server;
    const Endpoint& to = datagram.from_client ? sides.server : sides.client;
    capture_.add_udp(at, from, to, datagram.bytes, options);
    at += Milliseconds{12};
  }
  return at;
}

std::vector<Flight> http_exchange(const std::string& host, const std::string& path, const std::string& user_agent,
                                  std::size_t response_bytes) {
  const std::string request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept: */*\r\nAccept-Language: en-GB\r\nConnection: "
      "keep-alive\r\n\r\n",
      path, host, user_agent);
  const std::string response =
      fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{}", response_bytes,
                  std::string(response_bytes, '.'));
  return {{true, {request.begin(), request.end()}}, {false, {response.begin(), response.end()}}};
}

}  // namespace gatehouse::traffic
