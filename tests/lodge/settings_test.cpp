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

constexpr const char* kPortal =
    "identity:\n"
    "  portal:\n"
    "    listen: \"10.40.0.1:443\"\n"
    "    certificate: c.pem\n"
    "    key: k.pem\n"
    "    url: https://guests.college.example\n"
    "    networks: [10.40.0.0/16]\n"
    "    sponsors:\n"
    "      domains: [College.example]\n"
    "      listen: \"10.20.0.1:8445\"\n"
    "      from: [10.20.0.0/16]\n"
    "      url: https://gatehouse.college.example:8445/\n";
constexpr const char* kMail = "mail: {server: smtp.college.example, from: g@college.example}\n";

TEST(LodgeSettings, SponsorsAreReadWithThePortalsCertificate) {
  const std::string people = "      people: [J.Patel@college.example]\n";
  const ConfigFile file = ConfigFile::parse(kPortal + people + kMail, "/tmp/gatehouse.yaml");
  const IdentitySettings read = read_lodge_settings(file).identity;
  EXPECT_EQ(file.error_count(), 0u);
  EXPECT_EQ(read.guests.sponsors.domains, std::vector<std::string>{"college.example"});
  EXPECT_EQ(read.guests.sponsors.people, std::vector<std::string>{"j.patel@college.example"});
  EXPECT_EQ(read.guests.sponsors.url, "https://gatehouse.college.example:8445");
  EXPECT_EQ(read.sponsors.certificate, "/tmp/c.pem");
  EXPECT_EQ(read.guests.sponsors.valid, Seconds{1800});
}

TEST(LodgeSettings, SponsorsWithoutMailAreAMistakeWithARemedy) {
  EXPECT_THAT(said_of(kPortal), Contains(::testing::AllOf(HasSubstr("needs mail, which is off"), HasSubstr("fill in section"))));
}

TEST(LodgeSettings, SponsorsThatCouldNotWorkAreMistakes) {
  const auto with = [](const std::string& line) { return said_of(std::string(kPortal) + "      " + line + "\n" + kMail); };
  EXPECT_THAT(with("people: [a@elsewhere.example]"), Contains(HasSubstr("no address of these domains")));
  EXPECT_THAT(with("valid: 1 second"), Contains(HasSubstr("valid")));
  EXPECT_THAT(with("guest_an_hour: 0"), Contains(HasSubstr("guest_an_hour")));
  EXPECT_THAT(with("sponser_an_hour: 3"), Contains(HasSubstr("sponsor_an_hour")));
  const std::string alone = "identity: {portal: {sponsors: {domains: [\"@college\"], url: \"http://x.example\"}}}\n";
  const auto said = said_of(alone + kMail);
  for (const char* mistake : {"no portal for guests", "`@college` is no domain", "does not begin with https://", "listen", "from"}) {
    EXPECT_THAT(said, Contains(HasSubstr(mistake)));
  }
}

TEST(LodgeSettings, SayWhatIsWrongWithDhcpThatIsToBeReadFromPackets) {
  EXPECT_TRUE(said_of("identity: {dhcp_seen: {servers: [10.0.0.2], networks: [10.10.0.0/16], guarded: yes}}\n").empty());
  EXPECT_THAT(said_of("identity: {dhcp_seen: {networks: [10.10.0.0/16]}}\n"), Contains(HasSubstr("'identity.dhcp_seen' names no servers")));
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
