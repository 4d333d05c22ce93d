#include "gate/respond/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::respond {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RespondSettings read(std::string_view text, std::vector<std::string>* problems = nullptr) {
  const ConfigFile file = ConfigFile::parse(text, "college.yaml");
  RespondSettings out = read_respond_settings(file);
  if (problems != nullptr) {
    for (const ConfigProblem& one : file.problems()) problems->push_back(one.to_string());
  } else {
    EXPECT_TRUE(file.problems().empty());
  }
  return out;
}
std::string only_problem(std::string_view text) {
  std::vector<std::string> problems;
  (void)read(text, &problems);
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? std::string() : problems[0];
}

TEST(RespondSettings, NeedNothingSaid) {
  const RespondSettings settings = read("college: {name: Example College, contact: Help desk}\n");
  EXPECT_EQ(settings.contact, "Help desk");
  EXPECT_EQ(settings.dns, DnsReply::NoSuchDomain);
  EXPECT_TRUE(settings.block_page);
  EXPECT_TRUE(settings.remove_ech);
  EXPECT_TRUE(settings.safe_search.groups.empty());
}

TEST(RespondSettings, AreReadAsWritten) {
  const RespondSettings settings = read(R"(
groups: {students: {title: Students}}
respond:
  request_url: https://gatehouse.college.test/request
  dns: address
  dns_address: [10.0.0.1, "2001:db8::1"]
  dns_ttl: 5 minutes
  dns_reason: filtered
  remove_ech: no
  safe_search:
    groups: students
    engines: [bing]
    youtube: moderate
    others: {Search.test: safe.search.test}
)");
  EXPECT_EQ(settings.address_v4, IpAddress::parse("10.0.0.1"));
  EXPECT_EQ(settings.address_v6, IpAddress::parse("2001:db8::1"));
  EXPECT_EQ(settings.dns_ttl, Seconds{300});
  EXPECT_EQ(settings.dns_reason, DnsReason::Filtered);
  EXPECT_FALSE(settings.remove_ech);
  EXPECT_THAT(settings.safe_search.engines, ElementsAre("bing"));
  EXPECT_THAT(settings.safe_search.others, ElementsAre(std::pair<std::string, std::string>("search.test", "safe.search.test")));
}

TEST(RespondSettings, NameTheLineOfEachMistake) {
  EXPECT_THAT(only_problem("respond:\n  block_pge: yes\n"), HasSubstr("college.yaml:2"));
  EXPECT_THAT(only_problem("respond:\n  dns: address\n"), HasSubstr("dns_address"));
  EXPECT_THAT(only_problem("respond:\n  request_url: javascript:alert(1)\n"), HasSubstr("web address"));
  EXPECT_THAT(only_problem("groups: {students: {title: S}}\nrespond:\n  safe_search: {groups: [studnets]}\n"),
              HasSubstr("Did you mean 'students'"));
  EXPECT_THAT(only_problem("respond:\n  safe_search: {engines: [altavista]}\n"), HasSubstr("Known: google"));
  EXPECT_THAT(only_problem("respond:\n  safe_search: {others: {search.test: 'no name'}}\n"), HasSubstr("no host name"));
  EXPECT_THAT(only_problem("respond:\n  dns_address: [10.0.0.1, 10.0.0.2]\n"), HasSubstr("second address"));
}

}  // namespace
}  // namespace gatehouse::respond
