// What is written to the journal is read back the same, whatever a client put into it.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "journal/eve_reader.h"
#include "journal/eve_writer.h"
#include "journal/journal_reader.h"
#include "journal/journal_writer.h"

namespace gatehouse::journal {
namespace {

Event a_tls_event() {
  Event event;
  event.type = EventType::Tls;
  event.id = "0006-1";
  event.at = *parse_time("2026-11-10T10:42:07.000123Z");
  event.flow_id = 9007199254740991;
  event.src_ip = *IpAddress::parse("10.10.4.7");
  event.dest_ip = *IpAddress::parse("2001:db8::7");
  event.src_port = 50123;
  event.dest_port = 443;
  event.proto = 6;
  event.vlan = 10;
  event.src_mac = *MacAddress::parse("02:00:5e:10:00:01");
  event.community_id = "1:abc=";
  event.app_proto = "tls";
  event.host = "guns-direct.test";
  event.version = "TLS 1.3";
  event.ja4 = "t13d1516h2_8daaf6152771_02713d6af862";
  event.alpn = {"h2", "http/1.1"};
  event.ech = "grease-like";
  event.action = Action::Block;
  event.category = "weapons-firearms";
  event.list = "demo-firearms";
  event.entry = "guns-direct.test";
  event.line = 12;
  event.rule = "For everyone";
  event.group = "students";
  event.outcome = Outcome::WouldBlock;
  event.name_source = "tls-sni";
  event.evasion = {"tcp-overlap"};
  return event;
}

std::string line_of(const Event& event) {
  std::string line;
  append_eve_line(line, event);
  return line;
}

Event round_trip(const Event& event) {
  std::string line = line_of(event);
  EXPECT_EQ(line.back(), '\n');
  line.pop_back();
  const auto read = read_event(line);
  EXPECT_TRUE(read.has_value()) << line;
  return read.value_or(Event{});
}

TEST(Eve, ReadsBackWhatItWrote) {
  const Event wrote = a_tls_event();
  const Event read = round_trip(wrote);
  EXPECT_EQ(line_of(read), line_of(wrote));
  EXPECT_EQ(read.host, "guns-direct.test");
  EXPECT_EQ(read.flow_id, wrote.flow_id);
  EXPECT_EQ(read.src_mac, wrote.src_mac);
  EXPECT_EQ(read.outcome, Outcome::WouldBlock);
}

TEST(Eve, WritesSuricatasNames) {
  EXPECT_EQ(line_of(a_tls_event()),
            R"({"timestamp":"2026-11-10T10:42:07.000123+0000","flow_id":9007199254740991,"event_type":"tls",)"
            R"("vlan":[10],"src_ip":"10.10.4.7","src_port":50123,"dest_ip":"2001:db8::7","dest_port":443,)"
            R"("proto":"TCP","ether":{"src_mac":"02:00:5e:10:00:01"},"community_id":"1:abc=","app_proto":"tls",)"
            R"("ja4":"t13d1516h2_8daaf6152771_02713d6af862","tls":{"sni":"guns-direct.test","version":"TLS 1.3",)"
            R"("ja4":"t13d1516h2_8daaf6152771_02713d6af862","client_alpns":["h2","http/1.1"],"ech":"grease-like"},)"
            R"("gatehouse":{"id":"0006-1","action":"block","category":"weapons-firearms","list":"demo-firearms",)"
            R"("entry":"guns-direct.test","line":12,"rule":"For everyone","group":"students",)"
            R"("outcome":"would-block","name_source":"tls-sni","evasion":["tcp-overlap"]}})"
            "\n");
}

TEST(Eve, SurvivesNamesThatTryToBreakOutOfTheLine) {
  Event event = a_tls_event();
  event.type = EventType::Http;
  event.host = "x\"},\n{\"event_type\":\"tls\"";
  event.url = std::string("/\x00\xff\xfe\x80/\xc3\xa9", 8);
  const std::string line = line_of(event);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const Event read = round_trip(event);
  EXPECT_EQ(read.host, event.host);
  EXPECT_NE(read.url.find("\xc3\xa9"), std::string::npos);
}

TEST(Eve, KeepsDnsAnswersAndCounters) {
  Event dns = a_tls_event();
  dns.type = EventType::Dns;
  dns.rrtype = "A";
  dns.dns_answer = true;
  dns.rcode = "NOERROR";
  dns.answers = {{"guns-direct.test", "CNAME", 60, "edge.example"}, {"edge.example", "A", 5, "192.0.2.1"}};
  EXPECT_EQ(round_trip(dns).answers.at(1).rdata, "192.0.2.1");

  Event stats;
  stats.type = EventType::Stats;
  stats.at = dns.at;
  stats.counters = {{"flows.named", 94}, {"unnamed.start-missed", 6}};
  EXPECT_EQ(round_trip(stats).counters, stats.counters);
}

TEST(Eve, WritesLeasesWithSuricatasNamesAndReadsThemBack) {
  Event event;
  event.type = EventType::Dhcp;
  event.id = "7-1";
  event.at = *parse_time("2026-11-10T08:50:00Z");
  event.flow_id = 7;
  event.src_ip = *IpAddress::parse("10.0.0.2");
  event.dest_ip = *IpAddress::parse("10.10.4.7");
  event.src_port = 67;
  event.dest_port = 68;
  event.proto = 17;
  event.app_proto = "dhcp";
  event.dhcp = {true, 0xdeadbeef, "ack", *MacAddress::parse("02:00:5e:10:00:01"), *IpAddress::parse("10.10.4.7"), {},
                *IpAddress::parse("10.10.4.1"), {}, "01:02:00:5e:10:00:01", 3600, "LRC-\x01\"14", "MSFT 5.0"};
  const std::string line = line_of(event);
  EXPECT_NE(line.find(R"("dhcp":{"type":"reply","id":3735928559,"client_mac":"02:00:5e:10:00:01","assigned_ip":"10.10.4.7",)"
                      R"("relay_ip":"10.10.4.1","client_id":"01:02:00:5e:10:00:01","dhcp_type":"ack","lease_time":3600,)"
                      R"("hostname":"LRC-\u0001\"14","vendor_class_identifier":"MSFT 5.0"})"),
            std::string::npos)
      << line;
  const Event read = round_trip(event);
  EXPECT_EQ(line_of(read), line);
  EXPECT_EQ(read.dhcp.client_mac, event.dhcp.client_mac);
  EXPECT_EQ(read.dhcp.host_name, event.dhcp.host_name);
}

TEST(Eve, SaysWhatIsWrongWithALine) {
  EXPECT_FALSE(read_event("").has_value());
  EXPECT_FALSE(read_event("[1,2]").has_value());
  EXPECT_FALSE(read_event("{\"timestamp\":\"soon\",\"event_type\":\"tls\"}").has_value());
  const auto unknown = read_event("{\"timestamp\":\"2026-11-10T10:42:07Z\",\"event_type\":\"nonsense\"}");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message.find("nonsense"), std::string::npos);
}

TEST(Eve, ToleratesFieldsOfTheWrongType) {
  const auto read = read_event(R"({"timestamp":"2026-11-10T10:42:07Z","event_type":"tls","src_ip":7,"flow_id":"x",)"
                               R"("vlan":{},"tls":[1],"gatehouse":{"sealed":"yes","evasion":[1,"tcp-overlap"]}})");
  ASSERT_TRUE(read.has_value());
  EXPECT_FALSE(read->sealed);
  EXPECT_EQ(read->evasion, std::vector<std::string>{"tcp-overlap"});
}

TEST(JournalWriter, WritesWholeLines) {
  const std::string path = (std::filesystem::temp_directory_path() / ("gatehouse-journal-" + std::to_string(getpid()))).string();
  {
    JournalWriter writer(path);
    for (int i = 0; i < 1000; ++i) writer.append(a_tls_event());
  }
  auto reader = JournalReader::open(path, {});
  int lines = 0;
  while (const auto line = reader->next_line()) {
    ASSERT_TRUE(read_event(*line).has_value());
    ++lines;
  }
  EXPECT_EQ(lines, 1000);
  std::filesystem::remove(path);
}

TEST(JournalWriter, KeepsWhatAFullDiskRefusesUpToItsBound) {
  JournalLimits limits;
  limits.batch = 1024;
  limits.waiting = 8 * 1024;
  JournalWriter writer("/dev/full", limits);
  for (int i = 0; i < 100; ++i) writer.append(a_tls_event());
  EXPECT_TRUE(writer.failing());
  EXPECT_GT(writer.dropped(), 0u);
  EXPECT_EQ(writer.written(), 0u);
  const auto flushed = writer.flush();
  ASSERT_FALSE(flushed.has_value());
  EXPECT_NE(flushed.error().to_string().find("make room"), std::string::npos);
}

TEST(JournalWriter, SaysWhereItCannotWrite) {
  try {
    JournalWriter writer("/nowhere/at/all/eve.json");
    FAIL() << "it must refuse";
  } catch (const SetupError& error) {
    EXPECT_EQ(error.error().file, "/nowhere/at/all/eve.json");
  }
}

}  // namespace
}  // namespace gatehouse::journal
