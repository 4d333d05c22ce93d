// Which DHCP reaches the journal, through a whole worker: packets in, events out.
#include "gate/dhcp_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/worker.h"
#include "lists/compiler.h"
#include "support/dhcp_messages.h"
#include "support/dns_messages.h"
#include "support/quic_packets.h"
#include "support/tls_hellos.h"

namespace gatehouse::gate {
namespace {

using test::Buffer;
using test::Dhcp;

class Events final : public journal::EventSink {
 public:
  void append(const journal::Event& event) override { all.push_back(event); }
  void append_line(std::string_view) override {}
  std::vector<journal::Event> all;
};

const IpAddress kServer = *IpAddress::parse("10.0.0.2");
const IpAddress kStranger = *IpAddress::parse("10.10.4.66");
const IpAddress kEverybody = *IpAddress::parse("255.255.255.255");
const IpAddress kNobody = *IpAddress::parse("0.0.0.0");
const IpAddress kDesk = *IpAddress::parse("10.10.4.7");

class DhcpSeen : public ::testing::Test {
 protected:
  DhcpSeen() {
    settings_.replay = true;
    settings_.dhcp.servers = {kServer};
    settings_.dhcp.networks = {*IpPrefix::parse("10.10.0.0/16")};
  }
  Worker& worker() {
    if (worker_) return *worker_;
    lists::Compiler compiler(lists::CompileOptions{});
    auto policy = std::make_shared<policy::PolicySnapshot>(policy::PolicySettings{}, *compiler.to_pack());
    journal_.record = policy::Record::Listed;  // leases are written all the same
    recorder_ = std::make_unique<Recorder>(journal_, events_);
    worker_ = std::make_unique<Worker>(settings_, policy, *recorder_);
    return *worker_;
  }
  void give(const Dhcp& dhcp, const IpAddress& from, std::uint16_t from_port, const IpAddress& to, std::uint16_t to_port) {
    give_frame(test::udp_frame({from, to, from_port, to_port}, test::dhcp_message(dhcp)));
  }
  void give_frame(const Buffer& frame) {
    packet::RawPacket raw;
    raw.bytes = frame;
    raw.wire_length = static_cast<std::uint32_t>(frame.size());
    raw.at = now_;
    worker().process({&raw, 1});
  }
  void ack(const Dhcp& dhcp = test::dhcp_ack(), const IpAddress& from = kServer, const IpAddress& to = kEverybody) {
    give(dhcp, from, 67, to, 68);
  }
  // One minute's figures.
  std::uint64_t counted(const std::string& name) {
    worker().finish();
    std::uint64_t sum = 0;
    for (const auto& event : events_.all) {
      for (const auto& [counter, value] : event.counters) sum += counter == name ? value : 0;
    }
    return sum;
  }
  [[nodiscard]] std::vector<journal::Event> seen() const {
    std::vector<journal::Event> out;
    std::copy_if(events_.all.begin(), events_.all.end(), std::back_inserter(out),
                 [](const auto& event) { return event.type == journal::EventType::Dhcp; });
    return out;
  }

  WorkerSettings settings_;
  policy::JournalSettings journal_;
  Events events_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Worker> worker_;
  Timestamp now_ = *parse_time("2026-11-10T08:50:00Z");
};

TEST_F(DhcpSeen, WritesWhatANamedServerGaveWithTheNameOfTheQuestion) {
  give(test::dhcp_request("LRC-14"), kNobody, 68, kEverybody, 67);
  now_ += Milliseconds{3};
  ack();
  ASSERT_EQ(seen().size(), 1u);
  const journal::Event event = seen()[0];
  EXPECT_EQ(event.src_ip, kServer);
  EXPECT_EQ(event.dest_ip, kEverybody);
  EXPECT_EQ(event.src_port, 67);
  EXPECT_EQ(event.at, now_);
  EXPECT_EQ(event.dhcp.type, "ack");
  EXPECT_EQ(event.dhcp.client_mac.to_string(), "02:00:5e:10:00:01");
  EXPECT_EQ(event.dhcp.assigned_ip, kDesk);
  EXPECT_EQ(event.dhcp.lease_time, 3600u);
  EXPECT_EQ(event.dhcp.host_name, "LRC-14");
  EXPECT_FALSE(event.id.empty());
}

TEST_F(DhcpSeen, TakesNoNameFromAnotherExchange) {
  give(test::dhcp_request("LRC-14"), kNobody, 68, kEverybody, 67);
  Dhcp other = test::dhcp_ack();
  other.id = 99;
  ack(other);
  ASSERT_EQ(seen().size(), 1u);
  EXPECT_EQ(seen()[0].dhcp.host_name, "");
}

TEST_F(DhcpSeen, IsOffWhereNoServerIsNamed) {
  settings_.dhcp = {};
  ack();
  EXPECT_TRUE(seen().empty());
  EXPECT_EQ(counted("dhcp.told"), 0u);
}

TEST_F(DhcpSeen, CountsRepliesOfStrangersAndWritesNone) {
  ack(test::dhcp_ack(), kStranger);
  give(test::dhcp_ack(), kServer, 40000, kEverybody, 68);  // not from a server's port
  give(test::dhcp_ack(), kServer, 67, kDesk, 40000);       // not to where replies go
  Dhcp elsewhere = test::dhcp_ack();
  elsewhere.your_ip = 0xc0a80007;
  ack(elsewhere);
  EXPECT_TRUE(seen().empty());
  EXPECT_EQ(counted("dhcp.strangers"), 1u);
  EXPECT_EQ(counted("dhcp.outside"), 1u);
}

TEST_F(DhcpSeen, LendsTheServersNameToNoDatagramThatWasHeldBack) {
  test::Ip ip;
  ip.protocol = 17;
  const test::Ends ends{kStranger, kServer, 67, 67};
  Buffer forged = test::udp_datagram(ends, test::dhcp_message(test::dhcp_ack()));
  forged[6] ^= 0x5a;  // a wrong checksum: no server takes it, and it is looked at when the next packet comes
  give_frame(test::ethernet(test::ipv4(ends, ip, forged)));
  give_frame(test::udp_frame(ends.reversed(), test::bytes_of("the server's word")));
  EXPECT_TRUE(seen().empty());
  EXPECT_EQ(counted("dhcp.told"), 0u);
}

TEST_F(DhcpSeen, BelievesNothingThatStandsInATunnel) {
  const test::Ends ends{kServer, kDesk, 67, 68};
  test::Ip inner, outer;
  inner.protocol = 17;
  outer.protocol = 4;
  const Buffer reply = test::ipv4(ends, inner, test::udp_datagram(ends, test::dhcp_message(test::dhcp_ack())));
  give_frame(test::ethernet(test::ipv4({kStranger, kDesk, 0, 0}, outer, reply)));
  EXPECT_TRUE(seen().empty());
  give_frame(test::ethernet(reply));
  EXPECT_EQ(seen().size(), 1u);
}

TEST_F(DhcpSeen, BelievesNothingThatASwitchMayNotHaveSeenToBeDhcp) {
  const test::Ends ends{kServer, kDesk, 67, 68};
  test::Ip ip;
  ip.protocol = 17;
  const Buffer datagram = test::udp_datagram(ends, test::dhcp_message(test::dhcp_ack()));
  const Buffer packet = test::ipv4(ends, ip, datagram);
  const auto in_frame = [&](const Buffer& behind_addresses) {
    Buffer frame(12, 0x02);
    test::put(frame, behind_addresses);
    test::put(frame, packet);
    give_frame(frame);
  };
  in_frame({0x81, 0, 0, 10, 0x81, 0, 0, 20, 8, 0});            // two VLAN tags
  in_frame({0x88, 0x47, 0, 1, 1, 64});                          // MPLS
  in_frame({1, 0x90, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0});            // LLC and SNAP
  in_frame({0x88, 0x64, 0x11, 0, 0, 1, 1, 0x90, 0, 0x21});      // PPPoE
  test::Ip first = ip, second = ip;
  first.more_fragments = true;
  second.fragment_offset = 256;
  give_frame(test::ethernet(test::ipv4(ends, first, Bytes(datagram).first(256))));
  give_frame(test::ethernet(test::ipv4(ends, second, Bytes(datagram).subspan(256))));
  Buffer mapped = {0x60, 0, 0, 0};
  test::put16(mapped, static_cast<std::uint16_t>(datagram.size()));
  test::put8(mapped, 17);
  test::put8(mapped, 64);
  test::put(mapped, Bytes(kServer.bytes()));
  test::put(mapped, Bytes(kDesk.bytes()));
  test::put(mapped, datagram);
  Buffer frame(12, 0x02);
  test::put(frame, Buffer{0x86, 0xdd});
  test::put(frame, mapped);
  give_frame(frame);
  EXPECT_TRUE(seen().empty());
  in_frame({0x81, 0, 0, 10, 8, 0});
  EXPECT_EQ(seen().size(), 1u);
}

TEST_F(DhcpSeen, HearsAServerWhateverClientsHaveSaidOfTheSameAddress) {
  for (unsigned i = 0; i < 2 * DhcpWatch::kOfOneDevice; ++i) {
    Dhcp forged = test::dhcp_release();
    forged.id = 100 + i;
    give(forged, kDesk, 68, kServer, 67);
  }
  ack();
  ASSERT_FALSE(seen().empty());
  EXPECT_EQ(seen().back().dhcp.type, "ack");
  for (unsigned i = 0; i < DhcpWatch::kBurst + 10; ++i) {
    Dhcp forged = test::dhcp_release();
    forged.id = 1000 + i;
    forged.client_ip = 0x0a0a0000 + i;
    give(forged, kDesk, 68, kServer, 67);
  }
  Dhcp other = test::dhcp_ack();
  other.mac[5] = 9;
  ack(other);
  EXPECT_EQ(seen().back().dhcp.client_mac.bytes[5], 9);
  EXPECT_GT(counted("dhcp.let-go"), 0u);
}

TEST_F(DhcpSeen, HearsAServerWhateverElseWasSentInItsName) {
  Buffer wireguard = {1, 0, 0, 0};
  wireguard.resize(148, 7);
  const std::vector<Buffer> before = {test::bytes_of("M-SEARCH * HTTP/1.1\r\nHOST: a.test\r\n\r\n"), test::dns_query("a.test", 1),
                                      wireguard, test::seal_initial(test::crypto_frame(0, test::hello_message())),
                                      test::bytes_of("nothing that is known")};
  for (std::uint32_t i = 0; i < before.size(); ++i) {
    const test::Ends ends{kServer, IpAddress::v4(0x0a0a0401 + i), 67, 67};
    for (int times = 0; times < 70; ++times) give_frame(test::udp_frame(ends, before[i]));
    Dhcp relayed = test::dhcp_ack();
    relayed.id = 100 + i;
    relayed.mac[5] = static_cast<std::uint8_t>(9 + i);
    give(relayed, kServer, 67, ends.dst, 67);
    EXPECT_EQ(seen().size(), i + 1);
  }
}

TEST_F(DhcpSeen, GoesOnWhenTheClockIsPutBack) {
  now_ += std::chrono::hours{24};
  ack();
  now_ -= std::chrono::hours{24};
  Dhcp other = test::dhcp_ack();
  other.mac[5] = 9;
  ack(other);
  EXPECT_EQ(seen().size(), 2u);
}

TEST_F(DhcpSeen, TakesNoAnswerToInformForALease) {
  Dhcp inform = test::dhcp_ack();
  inform.your_ip = 0;
  ack(inform);
  Dhcp timeless = test::dhcp_ack();
  timeless.options = test::option8(53, 5);
  ack(timeless);
  EXPECT_TRUE(seen().empty());
}

TEST_F(DhcpSeen, WritesWhatIsGivenBackToANamedServer) {
  give(test::dhcp_release(), kDesk, 68, kServer, 67);
  ASSERT_EQ(seen().size(), 1u);
  EXPECT_EQ(seen()[0].dhcp.type, "release");
  EXPECT_EQ(seen()[0].dhcp.client_ip, kDesk);
  EXPECT_FALSE(seen()[0].dhcp.reply);
  Dhcp declined = test::dhcp_request("x");
  declined.options = test::joined(test::option8(53, 4), test::option32(50, 0x0a0a0407));
  test::put(declined.options, test::option32(54, 0x0a000002));
  give(declined, kNobody, 68, kEverybody, 67);  // tells its server by option 54
  ASSERT_EQ(seen().size(), 2u);
  EXPECT_EQ(seen()[1].dhcp.type, "decline");
  EXPECT_EQ(seen()[1].dhcp.requested_ip, kDesk);
  Dhcp other = test::dhcp_release();
  other.options = test::option8(53, 7);
  other.mac[5] = 9;
  give(other, kDesk, 68, kStranger, 67);
  EXPECT_EQ(seen().size(), 2u);
}

TEST_F(DhcpSeen, WritesEachExchangeOnceAndARestlessDeviceAFewTimesAMinute) {
  ack();
  ack();  // the mirror shows it twice, or a relay passes it on
  EXPECT_EQ(seen().size(), 1u);
  for (unsigned i = 0; i < 100; ++i) {
    Dhcp again = test::dhcp_ack();
    again.id = 100 + i;
    now_ += Milliseconds{10};
    ack(again);
  }
  EXPECT_EQ(seen().size(), static_cast<std::size_t>(DhcpWatch::kOfOneDevice));
  now_ += Seconds{61};
  Dhcp renewed = test::dhcp_ack();
  renewed.id = 300;
  ack(renewed);
  EXPECT_EQ(seen().size(), static_cast<std::size_t>(DhcpWatch::kOfOneDevice) + 1);
  EXPECT_EQ(counted("dhcp.repeated"), 103u - (DhcpWatch::kOfOneDevice + 1));
}

TEST_F(DhcpSeen, BoundsAFloodOfForgedLeasesAndCountsWhatItLetGo) {
  constexpr unsigned kMany = DhcpWatch::kBurst + 1000;
  for (unsigned i = 0; i < kMany; ++i) {
    Dhcp forged = test::dhcp_ack();
    forged.id = i;
    forged.your_ip = 0x0a0a0000 + i;
    ack(forged);
  }
  EXPECT_EQ(seen().size(), static_cast<std::size_t>(DhcpWatch::kBurst));
  now_ += Seconds{1};
  for (unsigned i = 0; i < 100; ++i) {
    Dhcp forged = test::dhcp_ack();
    forged.id = kMany + i;
    forged.your_ip = 0x0a0a8000 + i;
    ack(forged);
  }
  EXPECT_EQ(seen().size(), static_cast<std::size_t>(DhcpWatch::kBurst + DhcpWatch::kNewEachSecond));
  // Who has its address already is heard all the same.
  Dhcp renewed = test::dhcp_ack();
  renewed.id = 2 * kMany;
  renewed.your_ip = 0x0a0a0000;
  ack(renewed);
  EXPECT_EQ(seen().size(), static_cast<std::size_t>(DhcpWatch::kBurst + DhcpWatch::kNewEachSecond) + 1);
  EXPECT_EQ(counted("dhcp.let-go"), 1000u + 100u - DhcpWatch::kNewEachSecond);
}

}  // namespace
}  // namespace gatehouse::gate
