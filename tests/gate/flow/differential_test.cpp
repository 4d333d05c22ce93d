// The same bytes give the same observations, whatever they travel in: conversations of every kind, cut, repeated,
// shuffled, fragmented and wrapped at random. GATEHOUSE_ROUNDS and GATEHOUSE_SEED ask for more, or for others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>

#include "gate/flow/flow_engine.h"
#include "gate/packet/decode.h"
#include "support/dns_messages.h"
#include "support/tls_hellos.h"
#include "support/wrapping.h"

namespace gatehouse::flow {
namespace {

using namespace gatehouse::test;

struct Message {
  bool from_client;
  Buffer bytes;
};

struct Conversation {
  const char* name;
  bool tcp;
  std::uint16_t port;
  std::vector<Message> messages;
  std::set<std::string> hosts;  // what must be seen however it travels
};

Message client(std::string_view text) { return {true, bytes_of(text)}; }
Message server(std::string_view text) { return {false, bytes_of(text)}; }
Buffer hello_of(std::string_view host, std::size_t padding = 0) {
  HelloOptions options;
  options.host = host;
  options.padding = padding;
  return hello_message(options);
}
Message tls(std::string_view host, std::size_t record_size = 16384, std::size_t padding = 0) {
  return {true, records(hello_of(host, padding), record_size)};
}
Message server_tls() { return {false, record(22, Buffer{14, 0, 0, 0}, 0x0303)}; }

std::vector<Message> quic_hello() {
  const Buffer hello = hello_of("quic.test", 1300);
  const std::size_t third = hello.size() / 3;
  std::vector<Message> out;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t from = third * i;
    const std::size_t size = i == 2 ? hello.size() - from : third;
    InitialOptions options;
    options.packet_number = static_cast<std::uint32_t>(i);
    out.push_back({true, seal_initial(crypto_frame(from, Bytes(hello).subspan(from, size)), options)});
  }
  return out;
}

std::vector<Conversation> conversations() {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  return {
      {"a hello in one record", true, 443, {tls("one.test"), server_tls()}, {"one.test"}},
      {"a hello of three segments", true, 443, {tls("long.test", 16384, 3000), server_tls()}, {"long.test"}},
      {"a hello in records of seven bytes", true, 8443, {tls("tiny.test", 7), server_tls()}, {"tiny.test"}},
      {"three requests, one with a body", true, 80,
       {client("GET /a HTTP/1.1\r\nHost: a.test\r\n\r\nPOST /b HTTP/1.1\r\nHost: b.test\r\nTransfer-Encoding: "
               "chunked\r\n\r\n14\r\n" + std::string(20, 'x') + "\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHost: c.test\r\n\r\n"),
        server(ok + ok + ok)},
       {"a.test", "b.test", "c.test"}},
      {"a proxy and what is inside", true, 3128,
       {client("CONNECT via.test:443 HTTP/1.1\r\nHost: via.test:443\r\n\r\n"),
        server("HTTP/1.1 200 Connection established\r\n\r\n"), tls("inside.test"), server_tls()},
       {"via.test", "inside.test"}},
      {"STARTTLS in mail", true, 25,
       {server("220 mail.example ESMTP\r\n"), client("EHLO pc.test\r\n"),
        server("250-mail.example\r\n250 STARTTLS\r\n"), client("STARTTLS\r\n"), server("220 go ahead\r\n"),
        tls("mail.test"), server_tls()},
       {"mail.test"}},
      {"SOCKS 5 and what is inside", true, 1080,
       {client(std::string_view("\x05\x01\x00", 3)), server(std::string_view("\x05\x00", 2)),
        client(std::string_view("\x05\x01\x00\x03\x09sock.test\x01\xbb", 16)),
        server(std::string_view("\x05\x00\x00\x01\x0a\x00\x00\x01\x01\xbb", 10)), tls("inner.test"), server_tls()},
       {"sock.test", "inner.test"}},
      {"two questions over TCP", true, 53,
       {{true, joined(dns_framed(dns_query("first.test", 1)), dns_framed(dns_query("second.test", 28)))}},
       {"first.test", "second.test"}},
      {"a question", false, 53, {{true, dns_query("asked.test", 1)}}, {"asked.test"}},
      {"a QUIC hello of three datagrams", false, 443, quic_hello(), {"quic.test"}},
  };
}

struct Heard final : FlowSink {
  FlowVerdict on_observation(const Flow&, const inspect::Observation& seen) noexcept override {
    if (!seen.host.empty()) hosts.insert(std::string(seen.host));
    all.insert(std::string(name_of(seen.protocol)) + " " + std::string(name_of(seen.from)) + " " +
               std::string(seen.host) + " " + std::string(seen.method) + " " + std::string(seen.url) + " " +
               std::string(seen.ja4) + " " + std::string(seen.tunnel));
    return FlowVerdict::Continue;
  }
  void on_flow_end(const Flow&) noexcept override { ++flows; }
  std::set<std::string> hosts, all;
  int flows = 0;
};

FlowLimits small() {
  FlowLimits limits;
  limits.flows = 64;
  limits.tcp_contexts = limits.datagram_contexts = 16;
  limits.reassembly_bytes = 1u << 20;
  limits.alternates = 4;
  return limits;
}

// Puts packets through decode and flow as the worker does.
class Gate {
 public:
  explicit Gate(inspect::InspectionResources& resources) : engine_(small(), resources, heard) {}
  void take(const std::vector<Frame>& frames) {
    for (const Frame& frame : frames) {
      packet::RawPacket raw;
      raw.bytes = frame.bytes;
      raw.wire_length = static_cast<std::uint32_t>(frame.bytes.size());
      raw.link = frame.link;
      raw.at = at_ += Microseconds{50};
      packet::PacketView view;
      if (decoder_.decode(raw, view) == packet::Decoded::Yes) engine_.process({&view, 1});
    }
  }
  void finish() {
    engine_.finish();
    EXPECT_EQ(engine_.stats().reassembly_now, 0u);
  }
  Heard heard;

 private:
  packet::Decoder decoder_{packet::FragmentLimits{8, Seconds{30}}};
  FlowEngine engine_;
  Timestamp at_ = timestamp_from_us(1'700'000'000'000'000);
};

// Random or, without a source of it, as plain as can be: whole messages in order on Ethernet.
class Player {
 public:
  Player(const Conversation& what, Ends ends, Random* random, Gate& gate)
      : what_(what), ends_(ends), random_(random), gate_(gate) {
    if (random_ == nullptr) return;
    route_ = random_route(*random_);
    sequence_[0] = static_cast<std::uint32_t>((*random_)());
    sequence_[1] = below(*random_, 3) == 0 ? 0xffff'ff80u : static_cast<std::uint32_t>((*random_)());
    longest_ = below(*random_, 3) == 0 ? 3 : 1 + below(*random_, 900);
  }
  void play() {
    what_.tcp ? play_tcp() : play_udp();
    gate_.finish();
  }

 private:
  [[nodiscard]] bool chance(std::size_t in) { return random_ != nullptr && below(*random_, in) == 0; }
  void send(bool from_client, unsigned protocol, const Buffer& transport) {
    Ip ip;
    ip.protocol = protocol;
    ip.id = ++id_;
    const Buffer packet = ip_packet(from_client ? ends_ : ends_.reversed(), ip, transport);
    gate_.take(random_ != nullptr ? travel(packet, route_, *random_) : std::vector<Frame>{{1, ethernet(packet)}});
  }
  void segment(bool from_client, unsigned flags, std::uint32_t seq, Bytes bytes) {
    Tcp tcp;
    tcp.flags = flags;
    tcp.seq = seq;
    tcp.ack = sequence_[from_client ? 0 : 1];
    send(from_client, 6, tcp_segment(from_client ? ends_ : ends_.reversed(), tcp, bytes));
  }
  void play_tcp() {
    segment(true, 0x02, sequence_[1]++, {});
    segment(false, 0x12, sequence_[0]++, {});
    segment(true, 0x10, sequence_[1], {});
    for (const Message& message : what_.messages) stream(message);
  }
  void stream(const Message& message) {
    const Bytes all = message.bytes;
    std::uint32_t& sequence = sequence_[message.from_client ? 1 : 0];
    std::vector<std::pair<std::size_t, std::size_t>> pieces;
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t size = random_ != nullptr ? 1 + below(*random_, longest_) : 1400;
      const std::size_t end = std::min(at + size, all.size());
      const std::size_t back = chance(3) ? std::min(at, below(*random_, 20)) : 0;
      pieces.emplace_back(at - back, end);
      if (chance(4)) pieces.push_back(pieces[below(*random_, pieces.size())]);
      at = end;
    }
    if (chance(2)) std::shuffle(pieces.begin(), pieces.end(), *random_);
    for (const auto& [from, to] : pieces) {
      segment(message.from_client, 0x18, sequence + static_cast<std::uint32_t>(from), all.subspan(from, to - from));
    }
    sequence += static_cast<std::uint32_t>(all.size());
    segment(!message.from_client, 0x10, sequence_[message.from_client ? 0 : 1], {});
  }
  void play_udp() {
    std::vector<const Message*> order;
    for (const Message& message : what_.messages) {
      order.push_back(&message);
      if (chance(3)) order.push_back(&message);
    }
    if (random_ != nullptr) std::shuffle(order.begin(), order.end(), *random_);
    for (const Message* one : order) send(one->from_client, 17, udp_datagram(ends_, one->bytes));
  }

  const Conversation& what_;
  Ends ends_;
  Random* random_;
  Gate& gate_;
  Route route_;
  std::array<std::uint32_t, 2> sequence_{5000, 1000};  // the server's, the client's
  std::size_t longest_ = 1400;
  unsigned id_ = 0;
};

std::size_t asked_for(const char* variable, std::size_t usual) {
  const char* text = std::getenv(variable);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

TEST(Differential, TheSameBytesGiveTheSameObservationsWhateverTheyTravelIn) {
  inspect::InspectionResources resources;
  const std::size_t rounds = asked_for("GATEHOUSE_ROUNDS", 300);
  const std::size_t seed = asked_for("GATEHOUSE_SEED", 20261125);
  for (const Conversation& what : conversations()) {
    for (const bool v4 : {true, false}) {
      Ends ends = v4 ? Ends{} : ends_v6();
      ends.dst_port = what.port;
      Gate plain(resources);
      Player(what, ends, nullptr, plain).play();
      EXPECT_EQ(plain.heard.hosts, what.hosts) << what.name;
      for (std::size_t round = 0; round < rounds / 2; ++round) {
        Random random(seed + round);
        Gate gate(resources);
        Player(what, ends, &random, gate).play();
        ASSERT_EQ(gate.heard.all, plain.heard.all) << what.name << (v4 ? ", IPv4" : ", IPv6") << ", GATEHOUSE_SEED="
                                                   << seed + round << " GATEHOUSE_ROUNDS=2";
        ASSERT_EQ(gate.heard.flows, plain.heard.flows) << what.name << ", seed " << seed + round;
      }
    }
  }
}

}  // namespace
}  // namespace gatehouse::flow
