// Lease files of three servers, and the intervals that come of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/identity/dhcp/lease_book.h"

namespace gatehouse::lodge::dhcp {
namespace {

const IpAddress kDesk = *IpAddress::parse("10.10.4.7");
const MacAddress kPc = *MacAddress::parse("02:00:5e:10:00:01");
const MacAddress kPhone = *MacAddress::parse("02:00:5e:10:00:02");

Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }
std::string epoch(const std::string& clock) { return std::to_string(to_us(at(clock)) / 1'000'000); }

const std::string kKeaHeading =
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n";
std::string kea(const std::string& mac, int lifetime, const std::string& expire, int state = 0) {
  return "10.10.4.7," + mac + ",," + std::to_string(lifetime) + "," + epoch(expire) + ",1,0,0,lrc-14," + std::to_string(state) + ",\n";
}

class Leases : public ::testing::Test {
 protected:
  void read(Format format, const std::string& text, Timestamp written) { book_.take(read_lease_file(format, text), written); }
  [[nodiscard]] MacAddress holder(const std::string& clock) const { return who(timeline_, kDesk, {}, at(clock)).device; }

  Vendors vendors_;
  SessionTimeline timeline_;
  LeaseBook book_{"dhcp1", Hearsay::No, vendors_, timeline_};
};

TEST_F(Leases, OfDnsmasqRunFromTheirFirstSightToTheirEnd) {
  const auto file = epoch("12:00:00") + " 02:00:5e:10:00:01 10.10.4.7 LRC-14 01:02:00:5e:10:00:01\n";
  read(Format::Dnsmasq, file, at("09:00:00"));
  EXPECT_EQ(holder("09:30:00"), kPc);
  EXPECT_EQ(holder("08:50:00"), MacAddress{});
  EXPECT_EQ(who(timeline_, kDesk, {}, at("09:30:00")).device_name, "calls itself LRC-14 (random address)");
  read(Format::Dnsmasq, epoch("15:00:00") + " 02:00:5e:10:00:01 10.10.4.7 LRC-14 *\n", at("11:00:00"));  // renewed
  EXPECT_EQ(timeline_.leases().size(), 1u);
  EXPECT_EQ(holder("14:00:00"), kPc);
  read(Format::Dnsmasq, "", at("13:00:00"));  // given back
  EXPECT_EQ(holder("12:30:00"), kPc);
  EXPECT_EQ(holder("13:10:00"), MacAddress{});
}

TEST_F(Leases, ThatPassToAnotherDeviceEndTheOneBefore) {
  read(Format::Dnsmasq, epoch("12:00:00") + " 02:00:5e:10:00:01 10.10.4.7 a *\n", at("09:00:00"));
  read(Format::Dnsmasq, epoch("13:00:00") + " 02:00:5e:10:00:02 10.10.4.7 b *\n", at("10:00:00"));
  EXPECT_EQ(holder("09:59:00"), kPc);
  EXPECT_EQ(holder("10:00:10"), MacAddress{});  // within the grace: nobody's
  EXPECT_EQ(holder("10:01:00"), kPhone);
}

TEST_F(Leases, OfKeaFollowEachLine) {
  std::string file = kKeaHeading + kea("02:00:5e:10:00:01", 3600, "10:00:00");
  read(Format::Kea, file, at("09:00:01"));
  file += kea("02:00:5e:10:00:01", 3600, "10:30:00");                       // renewed at 09:30
  file += kea("02:00:5e:10:00:01", 0, "09:50:00");                          // given back
  file += kea("02:00:5e:10:00:02", 3600, "11:00:00");                       // another device at 10:00
  read(Format::Kea, file, at("10:00:01"));
  EXPECT_EQ(holder("09:40:00"), kPc);
  EXPECT_EQ(holder("09:55:00"), MacAddress{});
  EXPECT_EQ(holder("10:30:00"), kPhone);
  const std::size_t before = timeline_.leases().size();
  timeline_.remember_changes(true);
  read(Format::Kea, file, at("10:05:00"));  // read again from the beginning: nothing new
  EXPECT_EQ(timeline_.leases().size(), before);
  EXPECT_TRUE(timeline_.take_changes().empty());
  EXPECT_EQ(holder("10:30:00"), kPhone);
}

TEST_F(Leases, OfKeaGoOnAfterARestart) {
  const std::string file = kKeaHeading + kea("02:00:5e:10:00:01", 3600, "10:00:00") + kea("02:00:5e:10:00:01", 0, "09:20:00") +
                           kea("02:00:5e:10:00:01", 3600, "10:30:00");
  read(Format::Kea, file, at("09:30:01"));
  LeaseBook restarted("dhcp1", Hearsay::No, vendors_, timeline_);
  timeline_.remember_changes(true);
  restarted.take(read_lease_file(Format::Kea, file), at("09:40:00"));
  EXPECT_TRUE(timeline_.take_changes().empty());
  EXPECT_EQ(holder("10:20:00"), kPc);
}

TEST_F(Leases, OfIscDhcpdFollowTheirBlocks) {
  const std::string file = R"(# a remark
lease 10.10.4.7 {
  starts 2 2026/11/10 09:00:00;
  ends 2 2026/11/10 10:00:00;
  cltt 2 2026/11/10 09:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 02:00:5e:10:00:01;
  client-hostname "LRC-14";
}
server-duid "\000\001";
lease 10.10.4.7 {
  starts epoch )" + epoch("09:00:00") + R"(;
  ends 2 2026/11/10 09:30:00;
  binding state free;
  hardware ethernet 02:00:5e:10:00:01;
}
lease 10.10.4.7 {
  starts 2 2026/11/10 09:40:00;
  ends never;
  binding state active;
  hardware ethernet 02:00:5e:10:00:02;
}
lease 10.10.4.8 {
  starts 2 2026/11/10 09:40:00;
)";
  const LeaseFile read_file = read_lease_file(Format::Isc, file);
  EXPECT_EQ(read_file.leases.size(), 3u);  // the last block is still being written
  EXPECT_EQ(read_file.not_understood, 0u);
  book_.take(read_file, at("09:40:01"));
  EXPECT_EQ(holder("09:10:00"), kPc);
  EXPECT_EQ(holder("09:35:00"), MacAddress{});
  EXPECT_EQ(holder("17:00:00"), kPhone);
}

TEST(LeaseFiles, CountWhatTheyDoNotUnderstandAndGoOn) {
  const auto dnsmasq = read_lease_file(Format::Dnsmasq,
                                       "x 02:00:5e:10:00:01 10.10.4.7 a *\n1794300000 nonsense 10.10.4.7 a *\n\n5\n"
                                       "1794300000 02:00:5e:10:00:01 10.10.4.9 a *\nduid 00:01\n1 2 2001:db8::1 * *\nhalf");
  EXPECT_EQ(dnsmasq.leases.size(), 1u);
  EXPECT_EQ(dnsmasq.not_understood, 3u);
  EXPECT_EQ(dnsmasq.without_mac, 1u);
  const auto kea_file = read_lease_file(Format::Kea, "10.0.0.1,02:00:5e:10:00:01,,1,1,1\n" + kKeaHeading + "10.0.0.1\n,,,,\n");
  EXPECT_EQ(kea_file.leases.size(), 0u);
  EXPECT_EQ(kea_file.not_understood, 3u);
  EXPECT_EQ(read_lease_file(Format::Isc, "lease 10.10.4.7 {\n  starts 2 2026/13/10 09:00:00;\n}\n").not_understood, 1u);
}

TEST(Vendors, AreReadFromTheListOfTheIeeeAndNeverSaidOfARandomAddress) {
  Vendors vendors;
  vendors.read("OUI/MA-L  Organization\n00-00-5E   (hex)\t\tA maker of cards\r\n00005E     (base 16)\t\tA maker\n");
  EXPECT_EQ(vendors.size(), 1u);
  EXPECT_EQ(vendors.of(*MacAddress::parse("00:00:5e:12:34:56")), "A maker of cards");
  EXPECT_EQ(vendors.of(*MacAddress::parse("02:00:5e:12:34:56")), "");
}

}  // namespace
}  // namespace gatehouse::lodge::dhcp
