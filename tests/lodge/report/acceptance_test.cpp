// The ten tests of "not generic": what makes a report worth ten minutes. Test 1 is for people; here its
// machine's half: three days give three verdicts that rank themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "base/text.h"
#include "lodge/report/brief.h"
#include "lodge/report/build_report.h"
#include "lodge/report/explain.h"
#include "lodge/report/load_input.h"
#include "lodge/report/render_csv.h"
#include "lodge/report/render_html.h"
#include "lodge/report/render_text.h"
#include "lodge/report/sample_days.h"
#include "lodge/test_events.h"
#include "lodge/visits/attempt_folder.h"

namespace gatehouse::lodge {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::string everything(const DailyInput& input) {
  const DailyReport report = build_report(input);
  std::string all = render_html(report) + render_text(report) + render_csv(report);
  for (const Brief& brief : {mail_brief(report), leaders_brief(report), it_brief(report, input)})
    all += render_brief_html(brief) + render_brief_text(brief);
  return all;
}

// What stands on the first two screens of a phone: the verdict, before anything else.
TEST(NotGeneric, Test1ThreeDaysRankThemselvesByTheirFirstLine) {
  const auto kind = [](const DailyInput& input) { return build_report(input).verdict.kind; };
  EXPECT_EQ(kind(sample::busy_day()), VerdictKind::ActionToday);
  EXPECT_EQ(kind(sample::failed_day()), VerdictKind::CannotSay);
  EXPECT_EQ(kind(sample::quiet_day()), VerdictKind::NothingForYou);
  for (const DailyInput& day : {sample::busy_day(), sample::failed_day(), sample::quiet_day()}) {
    const std::string text = render_text(build_report(day));
    const std::size_t verdict = text.find(build_report(day).verdict.headline);
    EXPECT_LT(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(verdict), '\n'), 6);
  }
}

struct Day500 {
  testing::TemporaryFolder folder;
  std::unique_ptr<SqliteStore> store = value_or_throw(SqliteStore::open(folder.file("store.db")));
  std::unique_ptr<AttemptFolder> folder_of_attempts = make_fold_by_gap();
  IngestBatch batch;
  int number = 0;

  void fold(journal::Event event, const std::string& login, const std::string& clock) {
    event.id = "e" + std::to_string(number++);
    event.at = testing::at(clock);
    Attribution holder;
    holder.grade = Grade::B;
    holder.login = login;
    holder.group = "students";
    holder.device = *MacAddress::parse(fmt::format("02:00:5e:20:00:{:02x}", fnv1a(login) % 256));
    event.src_mac = holder.device;
    event.src_ip = *IpAddress::parse(fmt::format("10.10.5.{}", fnv1a(login) % 250 + 1));
    holder.why = "Wi-Fi sign-in; no second source";
    folder_of_attempts->fold(event, holder);
  }
  DailyInput load() {
    Folded folded = folder_of_attempts->take();
    batch.attempts = std::move(folded.attempts);
    batch.events = std::move(folded.events);
    batch.evidence = std::move(folded.evidence);
    throw_if_failed(store->ingest(batch));
    ReportContext context;
    context.categories = {{"weapons-firearms", {"Firearms sales", 4}}, {"other-harm", {"Other harm", 2}}};
    context.settings.pseudonym_key = pseudonym_key_from("sixteen letters at least");
    return value_or_throw(load_daily_input(*store, sample::day_of("2026-11-10"), context));
  }
};

// A widget that pages of a hundred devices name, looked up and no more; three people who went there, and
// again.
void fill(Day500& day) {
  for (int i = 0; i < 500; ++i) {
    journal::Event widget = testing::look_up("", testing::at("09:00:00"), "ads.widget.test");
    widget.category = "other-harm";
    day.fold(widget, fmt::format("learner{}", i % 100),
             fmt::format("{:02}:{:02}:{:02}", 9 + i % 5, i * 7 % 60, i % 60));
  }
  for (int person = 0; person < 3; ++person) {
    const std::string login = fmt::format("visitor{}", person);
    for (int second : {2, 40, 58}) {
      const std::string clock = fmt::format("10:{}:{:02}", 20 + person, second);
      day.fold(testing::look_up("", testing::at("10:00:00")), login, clock);
      day.fold(testing::listed("", testing::at("10:00:00")), login, clock);
    }
  }
}

TEST(NotGeneric, Test2FiveHundredWidgetHitsAndThreeVisitsAreThreeCards) {
  Day500 day;
  fill(day);
  const DailyReport report = build_report(day.load());
  EXPECT_EQ(report.cards.size(), 3u);
  EXPECT_EQ(report.set_aside.hits, 518u);
  for (const Card& card : report.cards) EXPECT_EQ(card.theme, "Firearms and weapons");
}

TEST(NotGeneric, Test3WithoutIdentityFeedsNoNameAppearsAnywhere) {
  DailyInput input = sample::busy_day();
  for (RatedAttempt& rated : input.attempts) rated.attempt.who.grade = Grade::D;
  const std::string all = everything(input);
  for (const char* name : {"a.harper", "k.osei", "m.lindqvist", "guest-0417", "learner4", "r.moss"})
    EXPECT_THAT(all, Not(HasSubstr(name)));
}

TEST(NotGeneric, Test4TheGateDownForTwentyMinutesOrAFeedSilentIsNoQuietDay) {
  EXPECT_EQ(build_report(sample::failed_day()).verdict.kind, VerdictKind::CannotSay);
  DailyInput feed = sample::quiet_day();
  feed.desk.feeds = {
      {"RADIUS accounting", sample::at("2026-11-10T09:00:00Z"), sample::at("2026-11-10T09:20:00Z")}};
  const DailyReport report = build_report(feed);
  EXPECT_EQ(report.verdict.kind, VerdictKind::CannotSay);
  EXPECT_THAT(report.verdict.sentence, HasSubstr("‘RADIUS accounting’ was silent for 20 minutes"));
  feed.desk.feeds[0].until = sample::at("2026-11-10T09:03:00Z");
  EXPECT_EQ(build_report(feed).verdict.kind, VerdictKind::NothingForYou);
}

// The lease goes from one learner to another while the address asks again and again: two attempts, two cards,
// and the card of each holds only what happened in that learner's time.
TEST(NotGeneric, Test5LeasesThatSwapInAVisitNeverMoveBlame) {
  Day500 day;
  journal::Event event = testing::listed("", testing::at("10:00:00"));
  for (const auto& [clock, login] :
       {std::pair{"10:00:01", "first"}, std::pair{"10:00:20", "first"}, std::pair{"10:00:40", "first"},
        std::pair{"10:01:10", "second"}, std::pair{"10:01:40", "second"}, std::pair{"10:02:00", "second"}})
    day.fold(event, login, clock);
  const DailyInput input = day.load();
  std::set<std::string> logins;
  for (const RatedAttempt& rated : input.attempts) {
    const bool first = rated.attempt.who.login == "first";
    logins.insert(rated.attempt.who.login);
    for (const KeptEvent& kept : value_or_throw(day.store->events_of(rated.attempt.id)))
      EXPECT_EQ(kept.at < testing::at("10:01:00"), first);
  }
  EXPECT_EQ(logins, (std::set<std::string>{"first", "second"}));
}

class ClockChange : public ::testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(ClockChange, Test6KeepsEveryEventExactlyOnce) {
  const auto [name, length] = GetParam();
  const Day day = sample::day_of(name);
  const DayBounds bounds = london_day_bounds(day);
  EXPECT_EQ(bounds.length().count(), length);
  testing::TemporaryFolder folder;
  const auto store = value_or_throw(SqliteStore::open(folder.file("store.db")));
  IngestBatch batch;
  int number = 0;
  for (Timestamp at = bounds.begin - std::chrono::hours{24}; at < bounds.end + std::chrono::hours{24};
       at += std::chrono::minutes{30}) {
    Attempt one =
        sample::attempt("n" + std::to_string(number++), "2026-11-10T00:00:00Z", 0, "weapons-firearms",
                        sample::learner("b.lee", "", ""), "x.test", Band::Unclear, 50, 1)
            .attempt;
    one.first = one.last = at;
    batch.attempts.push_back(one);
  }
  throw_if_failed(store->ingest(batch));
  std::multiset<std::string> seen;
  for (int ahead = -1; ahead <= 1; ++ahead) {
    const Day each{std::chrono::sys_days{day} + std::chrono::days{ahead}};
    const DailyReport report = build_report(value_or_throw(load_daily_input(*store, each, {})));
    for (const AttemptRow& row : report.attempts) seen.insert(row.fields[0]);
    if (ahead == 0) {
      EXPECT_EQ(report.attempts.size(), static_cast<std::size_t>(length) * 2);
      EXPECT_EQ(report.hours.size(), static_cast<std::size_t>(length));
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(number));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
}

INSTANTIATE_TEST_SUITE_P(NotGeneric, ClockChange,
                         ::testing::Values(std::pair{"2026-03-29", 23}, std::pair{"2026-10-25", 25}));

// Every text of a card, whatever fields it gets one day.
std::vector<std::string> sentences_of(const Card& card) {
  std::vector<std::string> out = {card.who,      card.who_note,    card.theme,   card.where,
                                  card.when,     card.what,        card.outcome, card.judgement,
                                  card.identity, card.seen_before, card.rating,  card.follow_up,
                                  card.next_step};
  for (const auto* list : {&card.reasons, &card.could_also_be, &card.why_here})
    out.insert(out.end(), list->begin(), list->end());
  std::erase(out, "");
  return out;
}

TEST(NotGeneric, Test7EverySentenceOnACardLeadsToStoredEvents) {
  Day500 day;
  fill(day);
  const DailyInput input = day.load();
  const DailyReport report = build_report(input);
  ASSERT_FALSE(report.cards.empty());
  for (const Card& card : report.cards) {
    const auto explained = value_or_throw(explain_card(*day.store, input, card.reference));
    std::vector<std::string> traced;
    for (const TracedSentence& sentence : explained.sentences) {
      traced.push_back(sentence.text);
      EXPECT_FALSE(sentence.basis.empty()) << sentence.text;
      EXPECT_FALSE(sentence.events.empty()) << sentence.text;
      for (const std::string& id : sentence.events)
        EXPECT_TRUE(value_or_throw(day.store->has_event(id))) << id;
    }
    for (const std::string& sentence : sentences_of(card)) EXPECT_THAT(traced, Contains(sentence));
    const std::string text = render_explanation(explained);
    EXPECT_THAT(text, Not(HasSubstr("guns-direct.test")));
    EXPECT_THAT(text, Not(HasSubstr("visitor0")));
  }
  EXPECT_FALSE(explain_card(*day.store, input, "2026-11-10/000000").has_value());
}

TEST(NotGeneric, Test8NoHostCanBeClickedAndSealedOnesAreNotShown) {
  DailyInput input = sample::busy_day();
  for (RatedAttempt& rated : input.attempts) {
    if (rated.attempt.sealed) rated.attempt.hosts.push_back({"sealed-site.test", "", "l", "", 1, 1});
  }
  const std::string all = everything(input);
  EXPECT_THAT(all, Not(HasSubstr("sealed-site")));
  EXPECT_THAT(all, Not(HasSubstr("<a ")));
  EXPECT_THAT(all, Not(HasSubstr("href")));
  EXPECT_FALSE(std::regex_search(all, std::regex(R"([a-z0-9-]\.test\b)")));
}

TEST(NotGeneric, Test9TheSameInputGivesTheSameBytes) {
  EXPECT_EQ(everything(sample::busy_day()), everything(sample::busy_day()));
  Day500 day;
  fill(day);
  const DailyInput first = day.load();
  ReportContext context;
  context.categories = {{"weapons-firearms", {"Firearms sales", 4}}, {"other-harm", {"Other harm", 2}}};
  context.settings.pseudonym_key = pseudonym_key_from("sixteen letters at least");
  const DailyInput again = value_or_throw(load_daily_input(*day.store, first.day, context));
  EXPECT_EQ(everything(first), everything(again));
}

// The same attempts under two ideologies: the same report but for their names.
TEST(NotGeneric, Test10IdeologiesAreTreatedAlike) {
  const auto report_of = [](const std::string& category, const std::string& title) {
    DailyInput input = sample::empty_day("2026-11-10");
    input.history = sample::four_weeks(input.day);
    input.history.counts.clear();
    RatedAttempt one =
        sample::attempt("x-1", "2026-11-10T09:15:00Z", 1, category, sample::learner("b.lee", "", ""),
                        "site.test", Band::LikelyDeliberate, 74, 3);
    one.tier = Tier::LookToday;
    one.points = 70;
    one.attempt.reasons = {"it led the visit"};
    input.attempts = {one};
    std::string text = render_text(build_report(input));
    for (std::size_t at = text.find(title); at != std::string::npos; at = text.find(title, at))
      text.replace(at, title.size(), "IDEOLOGY");
    return text;
  };
  const auto without_theme_rows = [](const std::string& text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) {
      if (line.find("a day") == std::string_view::npos && line.find("Card") == std::string_view::npos &&
          line.find("About") == std::string_view::npos)
        out += std::string(line) + '\n';
    }
    return out;
  };
  // Wording by its own words only, so that line breaks of longer names do not count.
  const auto words = [&](const std::string& text) {
    return std::regex_replace(without_theme_rows(text), std::regex(R"(\s+)"), " ");
  };
  EXPECT_EQ(words(report_of("extremism-islamist", "Islamist extremism")),
            words(report_of("extremism-right-wing", "Right-wing extremism")));
}

TEST(Variants, SeniorLeadersGetEightLinesAndNobodyInThem) {
  const Brief brief = leaders_brief(build_report(sample::busy_day()));
  std::size_t lines = 1;  // the verdict
  for (const BriefSection& section : brief.sections) lines += section.lines.size();
  EXPECT_EQ(lines, 8u);
  const std::string text = render_brief_text(brief);
  EXPECT_THAT(text, Not(HasSubstr("L-")));
  EXPECT_THAT(text, Not(HasSubstr("harper")));
}

TEST(Variants, MailHoldsCountsAndCodesOnlyWhateverTheSettingsSay) {
  const DailyReport report = build_report(sample::busy_day());  // whose report shows logins
  const std::string text = render_brief_text(mail_brief(report)) + render_brief_html(mail_brief(report));
  EXPECT_THAT(text, HasSubstr("ACTION TODAY (3)"));
  EXPECT_THAT(text, HasSubstr(report.cards[0].code));
  for (const char* never : {"harper", "osei", "gunsdirect", "LRC-", "caliphate"})
    EXPECT_THAT(text, Not(HasSubstr(never)));
}

TEST(Variants, ItSeesHostsOfWaysRoundAndNobody) {
  const DailyInput input = sample::busy_day();
  const std::string text = render_brief_text(it_brief(build_report(input), input));
  EXPECT_THAT(text, HasSubstr("free-vpn[.]test"));
  EXPECT_THAT(text, Not(HasSubstr("harper")));
  EXPECT_THAT(text, Not(HasSubstr("L-")));
}

}  // namespace
}  // namespace gatehouse::lodge
