// A Responder with a small policy, packets to hand to it, and its replies read back by the decoder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gate/packet/decode.h"
#include "gate/respond/responder.h"
#include "lists/compiler.h"
#include "support/dns_messages.h"
#include "support/packets.h"

namespace gatehouse::respond {

class ResponderTest : public ::testing::Test {
 protected:
  ResponderTest() { settings_.contact = "Safeguarding lead, extension 2200"; }

  Responder& responder() {
    if (!responder_) {
      lists::Compiler compiler(lists::CompileOptions{});
      lists::ListInput input;
      input.path = "firearms.txt";
      input.id = "firearms";
      input.title = "Firearms & <their> sale";
      input.format = "domains";
      input.category = "weapons-firearms";
      EXPECT_TRUE(compiler.add_text(input, "guns.test\n"));
      auto snapshot = std::make_shared<policy::PolicySnapshot>(policy::PolicySettings{}, *compiler.to_pack());
      responder_ = std::make_unique<Responder>(std::make_shared<RespondSettings>(settings_), std::move(snapshot));
    }
    return *responder_;
  }

  // `from_client` packets go from the ends' source.
  packet::PacketView in_hand(const test::Buffer& segment, unsigned protocol, bool from_client = true) {
    test::Ip ip;
    ip.protocol = protocol;
    hand_ = test::ip_packet(from_client ? ends_ : ends_.reversed(), ip, segment);
    return read(hand_);
  }
  packet::PacketView tcp(Bytes payload, bool from_client = true, std::uint32_t seq = 4000, std::uint32_t ack = 9000,
                         unsigned flags = 0x18) {
    test::Tcp fields;
    fields.seq = seq;
    fields.ack = ack;
    fields.flags = flags;
    return in_hand(test::tcp_segment(from_client ? ends_ : ends_.reversed(), fields, payload), 6, from_client);
  }
  packet::PacketView udp(Bytes payload, bool from_client = true) {
    return in_hand(test::udp_datagram(from_client ? ends_ : ends_.reversed(), payload), 17, from_client);
  }
  // Whole, and with right checksums, or the test fails.
  packet::PacketView read(Bytes ip_packet) {
    packet::PacketView view;
    packet::RawPacket raw;
    raw.bytes = ip_packet;
    raw.wire_length = static_cast<std::uint32_t>(ip_packet.size());
    raw.link = 101;
    raw.at = now_;
    EXPECT_EQ(decoder_.decode(raw, view), packet::Decoded::Yes);
    if (view.transport == packet::Transport::Tcp || view.transport == packet::Transport::Udp) {
      EXPECT_EQ(packet::verify_checksum(view), packet::Checksum::Good);
    }
    return view;
  }

  static FlowFacts from(bool client) {
    FlowFacts facts;
    facts.from_client = client;
    facts.reference = "5f3-12";
    return facts;
  }
  static inspect::Observation seen(inspect::AppProtocol protocol, std::string_view host = "guns.test") {
    inspect::Observation out;
    out.protocol = protocol;
    out.host = host;
    return out;
  }
  static policy::Decision blocked() {
    policy::Decision out;
    out.action = policy::Action::Block;
    out.listed = true;
    out.category = "weapons-firearms";
    out.list = "firearms";
    out.entry = "guns.test";
    out.group = "students";
    return out;
  }
  static policy::Decision allowed() {
    policy::Decision out;
    out.group = "students";
    return out;
  }
  static test::Buffer buffer(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

  RespondSettings settings_;
  test::Ends ends_;
  Timestamp now_ = timestamp_from_us(1'700'000'000'000'000);

 private:
  test::Buffer hand_;
  packet::Decoder decoder_;
  std::unique_ptr<Responder> responder_;
};

}  // namespace gatehouse::respond
