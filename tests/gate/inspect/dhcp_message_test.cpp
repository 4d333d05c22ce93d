// DHCP messages as servers and devices send them, and as nobody should.
#include "gate/inspect/dhcp_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/inspect/seen.h"
#include "support/dhcp_messages.h"
#include "support/dns_messages.h"
#include "support/quic_packets.h"
#include "support/tls_hellos.h"

namespace gatehouse::inspect {
namespace {

using test::Buffer;
using test::Dhcp;
using test::joined;
using test::option;
using test::option32;
using test::option8;

// The message stays as long as the test, for what is parsed borrows from it. Exactly as long as it is, so that the
// sanitiser sees a look behind its end.
class DhcpMessages : public ::testing::Test {
 protected:
  std::optional<DhcpMessage> parsed(const Dhcp& dhcp) {
    bytes_ = test::dhcp_message(dhcp);
    bytes_.shrink_to_fit();
    return parse_dhcp(bytes_);
  }
  std::optional<DhcpMessage> with_options(const Buffer& options, unsigned op = 2) {
    Dhcp dhcp;
    dhcp.op = op;
    dhcp.options = options;
    return parsed(dhcp);
  }
  Buffer bytes_;
};

TEST_F(DhcpMessages, SayWhoWasGivenWhichAddressByWhomAndForHowLong) {
  Dhcp dhcp = test::dhcp_ack("LRC-14");
  dhcp.relay_ip = 0x0a0a0401;
  dhcp.options = joined(joined(option(61, Buffer{1, 2, 0, 0x5e, 0x10, 0, 1}), option(60, "MSFT 5.0")), dhcp.options);
  const auto message = parsed(dhcp);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, DhcpType::Ack);
  EXPECT_EQ(name_of(message->type), "ack");
  EXPECT_TRUE(message->reply);
  EXPECT_EQ(message->id, 0x1234u);
  EXPECT_EQ(message->client.to_string(), "02:00:5e:10:00:01");
  EXPECT_EQ(message->your_ip.to_string(), "10.10.4.7");
  EXPECT_EQ(message->relay_ip.to_string(), "10.10.4.1");
  EXPECT_EQ(message->server_id.to_string(), "10.0.0.2");
  EXPECT_EQ(message->client_ip, IpAddress{});
  EXPECT_EQ(message->lease_time, 3600u);
  EXPECT_EQ(message->host_name, "LRC-14");
  EXPECT_EQ(message->vendor_class, "MSFT 5.0");
  EXPECT_EQ(message->client_id.size(), 7u);
}

TEST_F(DhcpMessages, MayKeepOptionsInTheFieldsOfNames) {
  Dhcp dhcp;
  dhcp.options = joined(joined(option8(53, 5), option8(52, 3)), Buffer{255});
  dhcp.file = joined(option32(51, 7200), Buffer{255});
  dhcp.server_name = joined(option(12, "in-the-name"), Buffer{255});
  const auto message = parsed(dhcp);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->lease_time, 7200u);
  EXPECT_EQ(message->host_name, "in-the-name");
  dhcp.options = joined(joined(option8(53, 5), option8(52, 1)), Buffer{255});
  EXPECT_EQ(parsed(dhcp)->host_name, "");
  dhcp.options = joined(option8(53, 5), Buffer{255});
  EXPECT_EQ(parsed(dhcp)->lease_time, 0u);  // without the word of option 52 it is a file's name
  dhcp.file = joined(option8(53, 7), Buffer{255});
  dhcp.options = joined(joined(option8(53, 5), option8(52, 1)), Buffer{255});
  EXPECT_FALSE(parsed(dhcp)) << "two types";
}

TEST_F(DhcpMessages, NameTheDeviceAlsoByTheFirstLabelOfItsFullName) {
  const Buffer ascii = joined(Buffer{0, 0, 0}, test::bytes_of("lrc-14.college.test"));
  EXPECT_EQ(with_options(joined(option8(53, 3), option(81, ascii)), 1)->host_name, "lrc-14");
  const Buffer as_in_dns = joined(Buffer{4, 0, 0, 6}, test::bytes_of("lrc-14\x07" "college\x04" "test"));
  EXPECT_EQ(with_options(joined(option8(53, 3), option(81, as_in_dns)), 1)->host_name, "lrc-14");
  EXPECT_EQ(with_options(joined(joined(option8(53, 3), option(81, ascii)), option(12, "own")), 1)->host_name, "own");
  EXPECT_EQ(with_options(joined(option8(53, 3), option(12, std::string_view("zero\0\0", 6))), 1)->host_name, "zero");
  const Buffer pointer = {4, 0, 0, 0xc0, 12};
  const auto message = with_options(joined(option8(53, 3), option(81, pointer)), 1);
  EXPECT_TRUE(!message || message->host_name.empty());
}

TEST_F(DhcpMessages, AreNoneWhenTheyContradictThemselvesOrRunOut) {
  EXPECT_TRUE(with_options(option8(53, 5)));  // the end mark may be missing
  EXPECT_FALSE(with_options({})) << "no type";
  EXPECT_FALSE(with_options(Buffer{255})) << "no type";
  EXPECT_FALSE(with_options(joined(option8(53, 5), Buffer{51, 4, 0}))) << "an option past the end";
  EXPECT_FALSE(with_options(joined(option8(53, 5), Buffer{51}))) << "an option without its length";
  EXPECT_FALSE(with_options(joined(option8(53, 5), option8(51, 1)))) << "a time of one byte";
  EXPECT_FALSE(with_options(joined(option8(53, 5), joined(option32(51, 60), option32(51, 70))))) << "two times";
  EXPECT_FALSE(with_options(joined(option8(53, 5), joined(option32(54, 1), option32(54, 2))))) << "two servers";
  EXPECT_FALSE(with_options(joined(option8(53, 5), Buffer{52, 0}))) << "an overload of nothing";
  EXPECT_FALSE(with_options(option8(53, 0))) << "no such type";
  EXPECT_FALSE(with_options(option8(53, 9))) << "a forced renewal";
  EXPECT_FALSE(with_options(option8(53, 5), 1)) << "a device that answers";
  EXPECT_FALSE(with_options(option8(53, 7), 2)) << "a server that gives back";
}

TEST_F(DhcpMessages, AreOfNoUseWithoutAnEthernetAddress) {
  Dhcp dhcp = test::dhcp_ack();
  dhcp.mac = {};
  EXPECT_FALSE(parsed(dhcp));
  dhcp.mac = {0x01, 0, 0x5e, 0, 0, 1};
  EXPECT_FALSE(parsed(dhcp)) << "an address of many";
  dhcp = test::dhcp_ack();
  dhcp.hardware = 32;
  EXPECT_FALSE(parsed(dhcp)) << "InfiniBand";
  dhcp = test::dhcp_ack();
  dhcp.hardware_length = 8;
  EXPECT_FALSE(parsed(dhcp));
}

TEST_F(DhcpMessages, CutAnywhereAreReadWithoutALookBehindTheirEnd) {
  const Buffer whole = test::dhcp_message(test::dhcp_ack("LRC-14"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    (void)parse_dhcp(cut);
    EXPECT_EQ(looks_like_dhcp(cut), size >= 240);
  }
}

struct Told final : ObservationSink {
  void observe(const Observation& seen) noexcept override {
    if (seen.dhcp != nullptr) types.push_back(seen.dhcp->type);
  }
  std::vector<DhcpType> types;
};

TEST_F(DhcpMessages, OfOneFlowAreAllToldOnTheirOwnPortsOnly) {
  InspectionResources resources;
  const Buffer ack = test::dhcp_message(test::dhcp_ack());
  const Buffer release = test::dhcp_message(test::dhcp_release());
  Told told;
  DatagramInspection relayed(resources);
  const DatagramFacts facts{67, 67, *IpAddress::parse("10.0.0.2")};
  EXPECT_EQ(relayed.feed(Direction::ToServer, release, facts, told), Step::NeedMore);
  EXPECT_EQ(relayed.feed(Direction::ToClient, ack, facts, told), Step::NeedMore);
  EXPECT_EQ(relayed.feed(Direction::ToClient, test::bytes_of("no DHCP"), facts, told), Step::NeedMore);
  EXPECT_EQ(relayed.feed(Direction::ToClient, ack, facts, told), Step::NeedMore);
  EXPECT_THAT(told.types, ::testing::ElementsAre(DhcpType::Release, DhcpType::Ack, DhcpType::Ack));
  EXPECT_EQ(relayed.protocol(), AppProtocol::Dhcp);
  EXPECT_EQ(relayed.unnamed(), Unnamed::KnownOther);
  DatagramInspection elsewhere(resources);
  elsewhere.feed(Direction::ToServer, ack, {40000, 9999, {}}, told);
  EXPECT_EQ(told.types.size(), 3u);
  EXPECT_EQ(elsewhere.protocol(), AppProtocol::Unknown);
}

TEST_F(DhcpMessages, HideNothingThatFollowsOnOtherPorts) {
  InspectionResources resources;
  SeenSink sink;
  DatagramInspection web(resources);
  const DatagramFacts quic{67, 443, *IpAddress::parse("192.0.2.7")};
  EXPECT_EQ(web.feed(Direction::ToServer, test::dhcp_message(test::dhcp_release()), quic, sink), Step::NeedMore);
  const Buffer hello = test::seal_initial(test::crypto_frame(0, test::hello_message()));
  web.feed(Direction::ToServer, hello, quic, sink);
  ASSERT_EQ(sink.all.size(), 1u);
  EXPECT_EQ(sink.all[0].protocol, AppProtocol::Quic);

  DatagramInspection resolver(resources);
  const DatagramFacts dns{67, 53, *IpAddress::parse("10.0.0.53")};
  resolver.feed(Direction::ToServer, test::dhcp_message(test::dhcp_release()), dns, sink);
  resolver.feed(Direction::ToServer, test::dns_query("www.example.test", 1), dns, sink);
  ASSERT_EQ(sink.all.size(), 2u);
  EXPECT_EQ(sink.all[1].host, "www.example.test");
}

}  // namespace
}  // namespace gatehouse::inspect
