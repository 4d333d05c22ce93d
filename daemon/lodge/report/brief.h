// A short report for one kind of reader, made from the same day or days: a headline, a few labelled lines,
// small tables, and what it leaves out. One shape for all of them (mail, senior leaders, IT, the week, the
// term), so that one pair of templates renders them. Plain data and pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

struct BriefLine {
  CheckState state = CheckState::Good;
  std::string label;
  std::string text;
};

struct BriefTable {
  std::vector<std::string> head;  // the first is the row's title
  std::vector<std::vector<std::string>> rows;
};

struct BriefSection {
  std::string title;  // empty: goes on under the headline
  std::vector<BriefLine> lines;
  BriefTable table;
  std::vector<std::string> paragraphs;
};

struct Brief {
  std::string over;      // "Gatehouse · senior leaders"
  std::string title;     // "Tuesday 10 November 2026"
  std::string subtitle;  // "Northfield College, Main site · Autumn term, week 10"
  std::string subject;   // of a mail
  Verdict verdict;       // an empty headline: none
  std::vector<BriefSection> sections;
  std::vector<std::string> closing;  // small print
};

std::string render_brief_html(const Brief& brief);
std::string render_brief_text(const Brief& brief);  // 78 columns

// What the mail says: verdict, whether the filter worked, how much there is, by code and theme. Counts and
// codes only: no host, no place, no login, whatever the settings say.
Brief mail_brief(const DailyReport& report);
// Eight lines for senior leaders: no codes.
Brief leaders_brief(const DailyReport& report);
// For IT: the filter, ways round it, lists, over-blocking, blind spots. Nobody is named, not by code either.
Brief it_brief(const DailyReport& report, const DailyInput& input);

}  // namespace gatehouse::lodge
