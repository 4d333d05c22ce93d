// What check-config says of the lodge's sections beyond each one's own mistakes; and the measured error in words.
#include "lodge/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/report/measured.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> said_of(const std::string& text) {
  const ConfigFile file = ConfigFile::parse(text, "/tmp/gatehouse.yaml");
  (void)read_lodge_settings(file);
  std::vector<std::string> out;
  for (const ConfigProblem& problem : file.problems()) out.push_back(problem.to_string());
  return out;
}

constexpr const char* kAlerts =
    "alerts:\n"
    "  channels:\n"
    "    - {name: lead, kind: mail, to: lead@college.example}\n"
    "    - {name: team, kind: mail, to: team@college.example}\n"
    "  tell: [lead]\n";

TEST(LodgeSettings, WarnsWhenAlertsAreToldAndNoDeputyIsNamed) {
  EXPECT_THAT(said_of(kAlerts), Contains(HasSubstr("nobody is told of a report that could not be sent")));
  EXPECT_THAT(said_of(std::string(kAlerts) + "  deputy: [team]\n"), Not(Contains(HasSubstr("nobody is told"))));
}

TEST(LodgeSettings, SaysNothingOfADeputyWhereNobodyIsToldAnything) {
  EXPECT_THAT(said_of("report: {}\n"), Not(Contains(HasSubstr("deputy"))));
}

TEST(LodgeSettings, SayWhatIsWrongWithDhcpThatIsToBeReadFromPackets) {
  EXPECT_TRUE(said_of("identity: {dhcp_seen: {servers: [10.0.0.2], networks: [10.10.0.0/16], guarded: yes}}\n").empty());
  EXPECT_THAT(said_of("identity: {dhcp_seen: {networks: [10.10.0.0/16]}}\n"), Contains(HasSubstr("names no servers")));
  EXPECT_THAT(said_of("identity: {dhcp_seen: {servers: [\"2001:db8::2\"]}}\n"), Contains(HasSubstr("DHCPv6 is not read")));
  EXPECT_THAT(said_of("identity: {dhcp_seen: {servers: [nowhere]}}\n"), ::testing::SizeIs(1));
  EXPECT_THAT(said_of("identity: {dhcp_seen: {servers: [10.0.0.2], trusted: yes}}\n"), Contains(HasSubstr("trusted")));
  EXPECT_TRUE(said_of("identity: {dhcp_seen: {}}\n").empty());
}

TEST(Measured, TheReportSaysHowOftenTheJudgementOfIntentWasRight) {
  const std::string words = measured_words();
  EXPECT_THAT(words, HasSubstr(kMeasuredError.data));
  EXPECT_THAT(words, HasSubstr("tries called likely deliberate"));
  EXPECT_GT(kMeasuredError.meant, 1000);
}

}  // namespace
}  // namespace gatehouse::lodge
