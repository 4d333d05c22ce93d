#include "gate/respond/dns_rewrite.h"

#include <gtest/gtest.h>

#include "gate/inspect/dns_message.h"
#include "support/dns_messages.h"

namespace gatehouse::respond {
namespace {

using test::Buffer;

constexpr unsigned kA = 1, kCname = 5, kSoa = 6, kHttps = 65, kSvcb = 64;
const Buffer kAlpn = {2, 'h', '2'};
const Buffer kHint = {192, 0, 2, 1};
const Buffer kKeys(70, 0xec);

struct Rewritten {
  EchRemoval result;
  Buffer message;
};
Rewritten rewritten(Buffer message) {
  std::size_t size = 0;
  const EchRemoval result = remove_ech(message, size);
  message.resize(size);
  return {result, message};
}

// One HTTPS answer with the given parameters, and what stands before and after it.
Buffer answer_with(test::SvcParams params, unsigned type = kHttps) {
  Buffer out = test::dns_header(7, 0x8180, {1, 1, 0, 0});
  test::put_dns_question(out, "site.test", type);
  test::put_dns_record(out, test::dns_pointer(12), type, 300, test::svcb_rdata(1, "", params));
  return out;
}

TEST(EchRemoval, LeavesTheRecordAsIfItHadNeverHadKeys) {
  for (const unsigned type : {kHttps, kSvcb}) {
    const Rewritten out = rewritten(answer_with({{1, kAlpn}, {4, kHint}, {5, kKeys}}, type));
    EXPECT_EQ(out.result, EchRemoval::Removed);
    EXPECT_EQ(out.message, answer_with({{1, kAlpn}, {4, kHint}}, type));
  }
}

TEST(EchRemoval, KeepsWhatFollowsTheKeys) {
  EXPECT_EQ(rewritten(answer_with({{1, kAlpn}, {5, kKeys}, {6, Buffer(16, 1)}})).message,
            answer_with({{1, kAlpn}, {6, Buffer(16, 1)}}));
}

TEST(EchRemoval, TakesTheOnlyParameter) {
  EXPECT_EQ(rewritten(answer_with({{5, kKeys}})).message, answer_with({}));
}

TEST(EchRemoval, TakesItOutOfTheMandatoryKeysToo) {
  const Buffer both = {0, 1, 0, 5}, one = {0, 1}, only_ech = {0, 5};
  EXPECT_EQ(rewritten(answer_with({{0, both}, {1, kAlpn}, {5, kKeys}})).message,
            answer_with({{0, one}, {1, kAlpn}}));
  EXPECT_EQ(rewritten(answer_with({{0, only_ech}, {1, kAlpn}, {5, kKeys}})).message, answer_with({{1, kAlpn}}));
}

TEST(EchRemoval, SaysWhenThereIsNothingToTake) {
  const Buffer plain = answer_with({{1, kAlpn}, {4, kHint}});
  const Rewritten out = rewritten(plain);
  EXPECT_EQ(out.result, EchRemoval::NothingThere);
  EXPECT_EQ(out.message, plain);
}

TEST(EchRemoval, ClearsTheFlagThatSaysTheAnswerWasVerified) {
  Buffer signed_answer = answer_with({{5, kKeys}});
  signed_answer[3] |= 0x20;
  EXPECT_EQ(rewritten(signed_answer).message, answer_with({}));
}

// Several records, of which later ones point to names that come after the keys.
Buffer busy_answer(bool keys) {
  Buffer out = test::dns_header(7, 0x8180, {1, 4, 1, 1});
  test::put_dns_question(out, "site.test", kHttps);
  const auto service = [&](unsigned priority, std::string_view target) {
    const test::Buffer rdata = keys ? test::svcb_rdata(priority, target, {{1, kAlpn}, {5, kKeys}})
                                    : test::svcb_rdata(priority, target, {{1, kAlpn}});
    return test::put_dns_record(out, test::dns_pointer(12), kHttps, 300, rdata);
  };
  service(1, "");
  const std::size_t target = service(2, "other.site.test") + 2;           // before this record's keys
  const std::size_t alias = test::put_dns_record(out, test::dns_pointer(12), kCname, 60, test::dns_name("far.test"));
  test::put_dns_record(out, test::dns_pointer(alias), kA, 60, kHint);     // beyond all keys
  Buffer soa = test::dns_pointer(alias);
  test::put(soa, test::joined({1, 'h'}, test::dns_pointer(target)));
  test::put(soa, Buffer(20, 0));
  test::put_dns_record(out, test::dns_pointer(target), kSoa, 60, soa);
  test::put_dns_opt(out);
  return out;
}

TEST(EchRemoval, MovesCompressionPointersWithTheNamesTheyPointTo) {
  const Rewritten out = rewritten(busy_answer(true));
  EXPECT_EQ(out.result, EchRemoval::Removed);
  EXPECT_EQ(out.message, busy_answer(false));
}

TEST(EchRemoval, IsReadBackByTheInspectorWithoutKeys) {
  const Buffer out = rewritten(busy_answer(true)).message;
  inspect::DnsScratch scratch;
  inspect::DnsMessage message;
  ASSERT_TRUE(scratch.parse(out, message));
  EXPECT_TRUE(message.whole);
  ASSERT_GE(message.answers.size(), 4u);
  for (const inspect::DnsAnswer& answer : message.answers) EXPECT_FALSE(answer.has_ech);
  EXPECT_EQ(message.answers[3].name, "far.test");
}

TEST(EchRemoval, RefusesWhereANamePointsIntoTheKeys) {
  Buffer out = test::dns_header(7, 0x8180, {1, 2, 0, 0});
  test::put_dns_question(out, "site.test", kHttps);
  const Buffer inside = test::joined(test::dns_name("hidden.test"), Buffer(40, 1));
  const std::size_t rdata = test::put_dns_record(out, test::dns_pointer(12), kHttps, 300,
                                                 test::svcb_rdata(1, "", {{5, inside}}));
  test::put_dns_record(out, test::dns_pointer(rdata + 7), kA, 60, kHint);
  const Rewritten result = rewritten(out);
  EXPECT_EQ(result.result, EchRemoval::Impossible);
  EXPECT_EQ(result.message, out);
}

TEST(EchRemoval, RefusesRecordsThatEndTooSoon) {
  Buffer whole = answer_with({{1, kAlpn}, {5, kKeys}});
  for (std::size_t size = whole.size() - 80; size < whole.size(); ++size) {
    EXPECT_EQ(rewritten(Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))).result,
              EchRemoval::Impossible)
        << size;
  }
}

TEST(EchRemoval, RefusesAParameterLongerThanItsRecord) {
  Buffer out = answer_with({{5, kKeys}});
  test::set16(out, out.size() - kKeys.size() - 2, 71);
  EXPECT_EQ(rewritten(out).result, EchRemoval::Impossible);
}

TEST(EchRemoval, LeavesAnswersAloneThatAreNotAboutServices) {
  Buffer out = test::dns_header(7, 0x8180, {1, 1, 0, 0});
  test::put_dns_question(out, "site.test", kA);
  test::put_dns_record(out, test::dns_pointer(12), kA, 60, kHint);
  out.pop_back();  // and cut
  EXPECT_EQ(rewritten(out).result, EchRemoval::NothingThere);
}

}  // namespace
}  // namespace gatehouse::respond
