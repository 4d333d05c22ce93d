// Who meant it: a page's parts and a program's calls are told from what a person opened, by what stood around them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/test_events.h"
#include "lodge/visits/attempt_folder.h"
#include "lodge/visits/folding.h"

namespace gatehouse::lodge {
namespace {

using testing::at;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::kPc;
using testing::listed;

MacAddress device(int number) { return MacAddress{{2, 0, 0, 0, 1, static_cast<std::uint8_t>(number)}}; }

class Intent : public WithFolder {
 protected:
  journal::Event event(Timestamp when, const std::string& host, MacAddress mac) {
    journal::Event one = listed(std::to_string(++number_), when, host);
    one.src_mac = mac;
    one.src_ip = IpAddress::v4(0x0a0a0000u | mac.bytes[5]);
    one.ja4 = "t13d1516h2_aaaaaaaaaaaa_bbbbbbbbbbbb";
    return one;
  }
  void other(Timestamp when, const std::string& host, MacAddress mac = kPc) {
    journal::Event one = event(when, host, mac);
    one.category.clear();
    one.action = journal::Action::Allow;
    one.outcome = journal::Outcome::Allowed;
    folder_->notice(one);
  }
  void hit(Timestamp when, const std::string& host = "guns-direct.test", MacAddress mac = kPc) {
    Attribution holder;
    holder.device = mac;
    folder_->fold(event(when, host, mac), holder);
  }
  // A page with ten names in two seconds.
  void page(Timestamp when, const std::string& site, MacAddress mac = kPc) {
    other(when, "www." + site + ".example", mac);
    for (int i = 0; i < 9; ++i) {
      other(when + Milliseconds(150 + i * 200), "part" + std::to_string(i) + "-" + site + ".example", mac);
    }
  }
  // On four other devices the radio's page brings player.test along.
  void widget_elsewhere() {
    for (int i = 1; i <= 4; ++i) {
      const Timestamp start = at("10:00:00") + Seconds(i * 300);
      page(start, "radio", device(i));
      hit(start + Seconds(1), "player.test", device(i));
    }
  }
  int number_ = 0;
};

TEST_F(Intent, ANameInTheMiddleOfAPageIsBackground) {
  page(at("10:00:00"), "news");
  hit(at("10:00:01"));
  const auto all = attempts();
  EXPECT_EQ(all[0].band, Band::LikelyBackground) << all[0].score;
  EXPECT_THAT(all[0].reasons, Contains(HasSubstr("at the same moment, as when a page loads")));
}

TEST_F(Intent, ANameAfterAPauseThatLedNothingElseIsDeliberate) {
  page(at("10:00:00"), "search");
  hit(at("10:00:21"));
  page(at("10:00:50"), "news");
  const auto all = attempts();
  EXPECT_EQ(all[0].band, Band::LikelyDeliberate) << all[0].score;
  EXPECT_THAT(all[0].reasons, Contains("it was the first name after a pause of 19 seconds"));
}

TEST_F(Intent, WhatPagesBringAlongIsAnotherAttemptThanWhatSomebodyOpened) {
  page(at("10:00:00"), "news");
  hit(at("10:00:01"));
  hit(at("10:00:30"), "rifle-barn.test");
  page(at("10:01:00"), "shop");
  hit(at("10:01:01"));
  const auto all = attempts();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].band, Band::LikelyBackground);
  EXPECT_EQ(all[0].hits, 2u);
  EXPECT_EQ(all[1].band, Band::LikelyDeliberate);
  EXPECT_EQ(all[1].hosts.size(), 1u);
  EXPECT_EQ(all[1].hosts[0].host, "rifle-barn.test");
}

TEST_F(Intent, TheBrowsersOwnReloadsTellAPageFromItsParts) {
  page(at("10:00:00"), "news");
  for (const int ms : {1500, 2550, 7600}) hit(at("10:00:00") + Milliseconds(ms));  // a tab opened while it loads
  const auto all = attempts();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].band, Band::LikelyDeliberate) << all[0].score;
  EXPECT_THAT(all[0].reasons[0], HasSubstr("loaded it again by itself"));
}

TEST_F(Intent, AskingAgainAtOnceIsMoreThanAskingOnce) {
  page(at("10:00:00"), "search");
  hit(at("10:00:20"));
  const int once = attempts()[0].score;
  hit(at("10:00:35"));
  const auto all = attempts();
  EXPECT_GT(all[0].score, once);
  EXPECT_THAT(all[0].reasons, Contains(HasSubstr("asked for again")));
}

TEST_F(Intent, WhatAPageKeepsAskingForIsBackgroundWhereThePageBringsItAlongOnOtherDevices) {
  for (int i = 1; i <= 5; ++i) {
    const Timestamp start = at("10:00:00") + Seconds(i * 300);
    page(start, "radio", device(i));
    for (const int s : {1, 26, 51, 91, 160}) hit(start + Seconds(s) + Milliseconds(i * 40), "player.test", device(i));
  }
  other(at("11:00:00"), "clock.example");
  const auto all = attempts();
  ASSERT_EQ(all.size(), 10u);  // on each device what came with the page, and what went on
  for (const Attempt& one : all) EXPECT_EQ(one.band, Band::LikelyBackground) << one.score;
}

TEST_F(Intent, GoingOnAfterATabOpenedBesideALoadingPageIsDeliberateWhereThatPageDoesNotBringItAlong) {
  for (int i = 1; i <= 5; ++i) page(at("10:00:00") + Seconds(i * 300), "radio", device(i));
  page(at("11:00:00"), "radio");
  for (const int s : {1, 20, 34}) hit(at("11:00:00") + Seconds(s));
  other(at("11:30:00"), "clock.example");
  const auto all = attempts();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].band, Band::LikelyDeliberate) << all[1].score;
}

TEST_F(Intent, TwoNamesOfOneSiteAreNotSeveralSites) {
  page(at("10:00:00"), "search");
  hit(at("10:00:20"));
  hit(at("10:00:40"), "www.guns-direct.test");
  EXPECT_THAT(attempts()[0].reasons, Not(Contains(HasSubstr("listed sites"))));
  hit(at("10:01:00"), "rifle-barn.test");
  EXPECT_THAT(attempts()[0].reasons, Contains("2 listed sites of this kind"));
}

TEST_F(Intent, AWidgetIsLearnedFromOtherDevices) {
  for (int i = 1; i <= 5; ++i) {  // it comes six seconds after the page, by itself: like a click
    const Timestamp start = at("10:00:00") + Seconds(i * 300);
    page(start, "radio", device(i));
    hit(start + Seconds(7) + Milliseconds(i * 40), "player.test", device(i));
  }
  other(at("11:00:00"), "clock.example");
  const auto all = attempts();
  ASSERT_EQ(all.size(), 5u);
  for (const Attempt& one : all) {  // also the first, now that it is known
    EXPECT_EQ(one.band, Band::LikelyBackground) << one.score;
    EXPECT_THAT(one.reasons[0], HasSubstr("behind the same page on 4 other devices"));
  }
}

TEST_F(Intent, APageOpenedAgainShowsOnlyWhatItCannotGetAndIsStillKnown) {
  widget_elsewhere();
  page(at("11:00:00"), "radio");
  page(at("11:01:00"), "news");
  hit(at("11:02:00"), "player.test");  // nothing of the radio's page: its names are known, its connections open
  other(at("11:30:00"), "clock.example");
  const auto all = attempts();
  EXPECT_EQ(all.back().band, Band::LikelyBackground) << all.back().score;
  EXPECT_THAT(all.back().reasons, Contains("a page opened shortly before brings it along on 4 other devices"));
}

TEST_F(Intent, APartOfPagesOfWhichNoneWasOpenIsRatherSomebodysDeed) {
  widget_elsewhere();
  page(at("11:01:00"), "news");
  hit(at("11:02:00"), "player.test");
  hit(at("11:02:20"), "player.test");
  other(at("11:30:00"), "clock.example");
  const auto all = attempts();
  EXPECT_EQ(all.back().band, Band::LikelyDeliberate) << all.back().score;
  EXPECT_THAT(all.back().reasons, Contains(HasSubstr("though of none opened lately")));
}

TEST_F(Intent, APartOfPagesOpenedInATabIsSomebodysDeed) {
  widget_elsewhere();
  page(at("11:00:00"), "radio");
  for (const int ms : {1000, 40'000, 41'050, 46'100}) hit(at("11:00:00") + Milliseconds(ms), "player.test");
  other(at("11:30:00"), "clock.example");
  const auto all = attempts();
  EXPECT_EQ(all.back().band, Band::LikelyDeliberate) << all.back().score;
  EXPECT_THAT(all.back().reasons[0], HasSubstr("loaded it again by itself"));
}

TEST_F(Intent, AClassSentFromTheHomePageToOneSiteDoesNotMakeItAWidget) {
  for (int i = 1; i <= 8; ++i) {
    const Timestamp start = at("10:00:00") + Seconds(i);
    page(start, "home", device(i));
    hit(start + Milliseconds(4000 + i * i * 700), "guns-direct.test", device(i));
    hit(start + Milliseconds(14000 + i * i * 700), "guns-direct.test", device(i));
  }
  other(at("11:30:00"), "clock.example");
  int deliberate = 0;
  for (const Attempt& one : attempts()) deliberate += one.band == Band::LikelyDeliberate;
  EXPECT_GE(deliberate, 6);
}

TEST_F(Intent, LinksOfASearchPageAreNoWidgets) {
  const std::vector<std::string> names = {"a.test", "b.test", "c.test", "d.test", "e.test"};
  for (int i = 0; i < 20; ++i) {
    const Timestamp start = at("10:00:00") + Seconds(i * 120);
    page(start, "search", device(i));
    hit(start + Seconds(9), names[static_cast<std::size_t>(i) % 5], device(i));
    hit(start + Seconds(22), names[static_cast<std::size_t>(i) % 5], device(i));
  }
  other(at("12:00:00"), "clock.example");
  for (const Attempt& one : attempts()) EXPECT_EQ(one.band, Band::LikelyDeliberate) << one.score;
}

TEST_F(Intent, AProgramWithAnotherHandshakeThanTheBrowserIsLessLikelyAPerson) {
  page(at("10:00:00"), "search");
  hit(at("10:00:21"));
  const int browser = attempts()[0].score;
  folder_ = make_fold_by_gap();
  kept_.clear();
  page(at("10:00:00"), "search");
  journal::Event app = event(at("10:00:21"), "guns-direct.test", kPc);
  app.ja4 = "t12d0808h1_cccccccccccc_dddddddddddd";
  folder_->fold(app, {});
  const auto all = attempts();
  EXPECT_LT(all[0].score, browser - 15);
  EXPECT_THAT(all[0].reasons, Contains(HasSubstr("another program")));
}

TEST_F(Intent, AtNightWithNobodyThereItIsNotDeliberate) {
  hit(at("02:00:00"));
  hit(at("02:40:00"));
  for (const Attempt& one : attempts()) EXPECT_NE(one.band, Band::LikelyDeliberate) << one.score;
  EXPECT_THAT(attempts()[0].reasons, Contains("at night, when nothing else went on"));
}

TEST_F(Intent, SaysWhenTheSurroundingsWereNotKept) {
  hit(at("10:00:00"));
  EXPECT_THAT(attempts()[0].reasons, Contains(HasSubstr("was not recorded, so this is less sure")));
  other(at("10:00:04"), "www.news.example");
  EXPECT_THAT(attempts()[0].reasons, Not(Contains(HasSubstr("was not recorded"))));
}

TEST_F(Intent, BehindARouterEachAddressHasItsOwnSurroundings) {
  for (int i = 1; i <= 6; ++i) {  // six machines behind one address of the link
    journal::Event one = event(at("09:00:00"), "www.start.example", kPc);
    one.src_ip = IpAddress::v4(0x0a140000u + static_cast<std::uint32_t>(i));
    one.action = journal::Action::Allow;
    one.category.clear();
    folder_->notice(one);
  }
  page(at("10:00:00"), "news");  // one of them reads
  journal::Event mine = event(at("10:00:01"), "guns-direct.test", kPc);
  mine.src_ip = IpAddress::v4(0x0a140001u);  // another opens something
  folder_->fold(mine, {});
  EXPECT_THAT(attempts()[0].reasons, Not(Contains(HasSubstr("as when a page loads"))));
}

}  // namespace
}  // namespace gatehouse::lodge
