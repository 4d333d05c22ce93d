#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "lodge/report/build_report.h"
#include "lodge/report/render_csv.h"
#include "lodge/report/render_html.h"
#include "lodge/report/render_text.h"
#include "lodge/report/sample_days.h"
#include "lodge/report/svg_charts.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

DailyInput hostile_day() {
  DailyInput input = sample::busy_day();
  for (RatedAttempt& one : input.attempts) {
    Attempt& a = one.attempt;
    for (AttemptHost& host : a.hosts) host.host = "<script>alert(1)</script>.evil.test\"'&\r\n\x1b[2J";
    a.who.device_name = "\"><img src=x onerror=alert(2)>";
    a.who.login = "o'neil<b>";
    a.who.place = "=HYPERLINK(\"http://evil.test\")";
    a.who.why = "seen <i>here</i> \x1b[31m on http://evil.test/";
    a.reasons = {"</style><script>alert(3)</script>"};
    a.evasion = {"<u>odd</u>"};
    one.why = {"<h1>"};
  }
  input.settings.college = "</title><script>alert(4)</script>";
  input.notes = {{input.coverage[600].at, "<script>"}};
  return input;
}

TEST(RenderHtml, EscapesHostileNamesEverywhere) {
  const std::string html = render_html(build_report(hostile_day()));
  for (const char* bad :
       {"<script", "<img", "<i>", "<u>", "onerror=alert(2)>", "</style><", "o'neil", "\x1b"}) {
    EXPECT_THAT(html, Not(HasSubstr(bad))) << bad;
  }
  EXPECT_THAT(html, HasSubstr("o&#39;neil&lt;b&gt;"));
}

TEST(RenderText, LetsNoControlCharacterReachATerminal) {
  for (const char c : render_text(build_report(hostile_day()))) {
    ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  }
}

TEST(RenderHtml, HoldsNoLinkNoScriptAndNothingFromElsewhere) {
  const std::string html = render_html(build_report(sample::busy_day()));
  for (const char* bad : {"<a ", "href", "<script", "src=", "http:", "https:", "url("})
    EXPECT_THAT(html, Not(HasSubstr(bad))) << bad;
}

TEST(Render, DefangsEveryHost) {
  const DailyReport report = build_report(sample::busy_day());
  for (const std::string& page : {render_html(report), render_text(report), render_csv(report)}) {
    for (const char* host : {"gunsdirect.test", "free-vpn.test", "widget.test", "white-order.test"})
      EXPECT_THAT(page, Not(HasSubstr(host)));
    EXPECT_THAT(page, HasSubstr("gunsdirect[.]test"));
  }
}

TEST(RenderText, FitsMailPrograms) {
  const std::string text = render_text(build_report(sample::busy_day()));
  for (const std::string_view line : split(text, '\n')) {
    std::size_t columns = 0;
    for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    EXPECT_LE(columns, 78u) << line;
  }
}

TEST(RenderHtml, SaysTheChartInWordsToo) {
  const DailyReport report = build_report(sample::busy_day());
  EXPECT_THAT(render_html(report), HasSubstr("role=\"img\" aria-label=\"Attempts by hour of the day."));
  EXPECT_THAT(render_text(report), HasSubstr("8 attempts that a person may have meant"));
}

TEST(SvgCharts, DrawABarForEachBandOfAnHour) {
  std::vector<HourBar> hours(24);
  for (HourBar& hour : hours) hour.label = "00";
  hours[9].deliberate = 2;
  hours[9].background = 1;
  const std::string svg = hours_chart(hours, "words");
  EXPECT_THAT(svg, HasSubstr("b-delib"));
  EXPECT_THAT(svg, HasSubstr("b-back"));
  EXPECT_THAT(svg, Not(HasSubstr("b-unclear")));
}

TEST(RenderCsv, QuotesAsRfc4180Asks) {
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_field("two\r\nlines"), "\"two\r\nlines\"");
}

TEST(RenderCsv, GuardsAgainstFormulas) {
  EXPECT_EQ(csv_field("=1+1"), "'=1+1");
  EXPECT_EQ(csv_field("+44"), "'+44");
  EXPECT_EQ(csv_field("-2"), "'-2");
  EXPECT_EQ(csv_field("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(csv_field("  =1"), "'  =1");
  EXPECT_EQ(csv_field("\t=1"), "'\t=1");
  EXPECT_THAT(render_csv(build_report(hostile_day())),
              HasSubstr("\"'=HYPERLINK(\"\"http://evil.test\"\")\""));
}

TEST(RenderCsv, HasOneRowAnAttemptWithEveryColumn) {
  const DailyInput input = sample::busy_day();
  const DailyReport report = build_report(input);
  ASSERT_EQ(report.attempts.size(), input.attempts.size());
  for (const AttemptRow& row : report.attempts) EXPECT_EQ(row.fields.size(), kCsvColumns.size());
  const std::string csv = render_csv(report);
  EXPECT_THAT(csv, HasSubstr("id,first,last,login,device,"));
  EXPECT_THAT(csv, HasSubstr("a-31f0,2026-11-10T10:42:10+00:00,2026-11-10T10:43:10+00:00,a.harper,"));
  EXPECT_THAT(csv, HasSubstr("gunsdirect[.]test,6,block,blocked,likely-deliberate,86,today,92,"));
}

TEST(Words, DefangHostsAndLeaveOtherDotsAlone) {
  EXPECT_EQ(defang("a.b.test"), "a[.]b[.]test");
  EXPECT_EQ(defang("2001:db8::1"), "2001[:]db8[:][:]1");
  EXPECT_EQ(defang("x<y>.test"), "x?y?[.]test");
  EXPECT_EQ(defang_text("802.1X session on shop.test, 3.5 minutes."),
            "802.1X session on shop[.]test, 3.5 minutes.");
  EXPECT_EQ(defang_text("led by shop.test.", true), "led by (withheld).");
  EXPECT_EQ(defang_text("www.\u043f\u0440\u0438\u0437.\u0440\u0444 \u201cHere.\u201d"),
            "www[.]\u043f\u0440\u0438\u0437[.]\u0440\u0444 \u201cHere.\u201d");
  EXPECT_EQ(defang_text("a.harper at shop.test", false, "a.harper"), "a.harper at shop[.]test");
}

TEST(Words, NeverRoundPercentagesUpToAllOrDownToNone) {
  EXPECT_EQ(percent_of(99'999, 100'000), "99.9%");
  EXPECT_EQ(percent_of(1, 100'000), "under 0.1%");
  EXPECT_EQ(percent_of(94, 100), "94%");
  EXPECT_EQ(percent_of(0, 0), "0%");
}

TEST(Words, WriteLondonTimeWithItsOffset) {
  EXPECT_EQ(iso_london(*parse_time("2026-07-01T23:30:00Z")), "2026-07-02T00:30:00+01:00");
}

}  // namespace
}  // namespace gatehouse::lodge
