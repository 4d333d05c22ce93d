// SSDP: HTTP's heads in datagrams, said again every few seconds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/inspect/seen.h"
#include "support/quic_packets.h"
#include "support/tls_hellos.h"

namespace gatehouse::inspect {
namespace {

constexpr std::string_view kSearch =
    "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n\r\n";

TEST(Ssdp, IsReportedOnceAFlow) {
  InspectionResources resources;
  DatagramInspection inspection(resources);
  SeenSink sink;
  DatagramFacts facts;
  facts.client_port = 50000;
  facts.server_port = 1900;
  for (int i = 0; i < 3; ++i) inspection.feed(Direction::ToServer, as_bytes(kSearch), facts, sink);
  ASSERT_EQ(sink.all.size(), 1u);
  EXPECT_EQ(sink.all[0].protocol, AppProtocol::Ssdp);
  EXPECT_EQ(sink.all[0].host, "239.255.255.250");
  EXPECT_EQ(sink.all[0].port, 1900);
  EXPECT_EQ(sink.all[0].method, "M-SEARCH");
  EXPECT_EQ(inspection.unnamed(), Unnamed::None);
}

TEST(Ssdp, WithoutAHostIsNotGivenOne) {
  InspectionResources resources;
  DatagramInspection inspection(resources);
  SeenSink sink;
  inspection.feed(Direction::ToServer, as_bytes(std::string_view("M-SEARCH * HTTP/1.1\r\nMX: 1\r\n\r\n")), {}, sink);
  EXPECT_TRUE(sink.all.empty());
  EXPECT_EQ(inspection.unnamed(), Unnamed::KnownOther);
}

TEST(Ssdp, HidesNothingThatFollows) {
  InspectionResources resources;
  DatagramInspection inspection(resources);
  SeenSink sink;
  const DatagramFacts facts{50000, 443, *IpAddress::parse("192.0.2.7")};
  inspection.feed(Direction::ToServer, as_bytes(kSearch), facts, sink);
  inspection.feed(Direction::ToServer, test::seal_initial(test::crypto_frame(0, test::hello_message())), facts, sink);
  ASSERT_EQ(sink.all.size(), 2u);
  EXPECT_EQ(sink.all[1].protocol, AppProtocol::Quic);
}

}  // namespace
}  // namespace gatehouse::inspect
