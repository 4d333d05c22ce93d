#include "lodge/report/rollup.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/who_words.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

struct Counts {
  std::uint64_t deliberate = 0;
  std::uint64_t unclear = 0;
  std::uint64_t background = 0;
  void add(Band band) {
    ++(band == Band::LikelyDeliberate ? deliberate : band == Band::Unclear ? unclear : background);
  }
  [[nodiscard]] std::uint64_t meant() const { return deliberate + unclear; }
};

struct Tally {
  std::map<Day, Counts> days;
  std::map<Theme, Counts> themes;
  std::map<std::string, std::set<Day>> holder_days;
  std::map<std::string, std::set<Theme>> holder_themes;
};

Day plus(Day day, int days) { return Day{std::chrono::sys_days{day} + std::chrono::days{days}}; }

Result<Tally> tally(const Store& store, Day first, Day last) {
  Tally out;
  auto done = store.each_past(
      london_day_bounds(first).begin, london_day_bounds(last).end, [&](const PastAttempt& attempt) {
        const Day day = london_day(attempt.first);
        const Theme theme = attempt.sealed ? Theme::Sealed : theme_of_category(attempt.category);
        out.days[day].add(attempt.band);
        out.themes[theme].add(attempt.band);
        if (attempt.band == Band::LikelyBackground) return;
        out.holder_days[person_key(attempt)].insert(day);
        out.holder_themes[person_key(attempt)].insert(theme);
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

// Minutes that the gate reported in the day; each is stamped with its end.
Result<std::uint64_t> minutes_up(const Connection& db, Day day) {
  const DayBounds bounds = london_day_bounds(day);
  const auto count =
      db.number(fmt::format("SELECT count(DISTINCT at / 60000000) FROM coverage WHERE at > {} AND at <= {}",
                            to_us(bounds.begin), to_us(bounds.end)));
  if (!count) return tl::make_unexpected(count.error());
  return static_cast<std::uint64_t>(*count);
}

std::uint64_t minutes_of(Day day) {
  return static_cast<std::uint64_t>(london_day_bounds(day).length().count()) * 60;
}

constexpr std::array kThemes = {Theme::IslamistExtremism, Theme::RightWingExtremism, Theme::OtherIdeology,
                                Theme::Weapons,           Theme::OtherHarm,          Theme::Sealed,
                                Theme::Circumvention};

std::string themes_words(const std::set<Theme>& themes) {
  std::vector<std::string> parts;
  for (const Theme theme : themes) parts.emplace_back(theme_title(theme));
  return join_words(parts);
}

struct Gate {
  std::uint64_t up = 0;
  std::uint64_t expected = 0;
};

Result<BriefSection> by_day(const SqliteStore& store, Day first, Day last, const Tally& tally, Gate& gate) {
  BriefSection out{"By day", {}, {{"Day", "Deliberate", "Unclear", "Background", "Filter heard"}, {}}, {}};
  for (Day day = first; day <= last; day = plus(day, 1)) {
    const auto up = minutes_up(store.connection(), day);
    if (!up) return tl::make_unexpected(up.error());
    gate.up += std::min(*up, minutes_of(day));
    gate.expected += minutes_of(day);
    const auto found = tally.days.find(day);
    const Counts counts = found == tally.days.end() ? Counts{} : found->second;
    out.table.rows.push_back(
        {short_date(day), with_thousands(counts.deliberate), with_thousands(counts.unclear),
         with_thousands(counts.background),
         *up == 0 ? "CANNOT SAY" : percent_of(std::min(*up, minutes_of(day)), minutes_of(day))});
  }
  return out;
}

BriefSection by_theme(const Tally& week, const Tally& before) {
  BriefSection out{"By theme", {}, {{"Theme", "Attempts", "A week before that"}, {}}, {}};
  for (const Theme theme : kThemes) {
    const auto now = week.themes.find(theme);
    const auto then = before.themes.find(theme);
    const std::uint64_t tenths = then == before.themes.end() ? 0 : then->second.meant() * 10 / 4;
    out.table.rows.push_back({std::string(theme_title(theme)),
                              with_thousands(now == week.themes.end() ? 0 : now->second.meant()),
                              fmt::format("{}.{}", tenths / 10, tenths % 10)});
  }
  out.paragraphs.emplace_back(
      "Attempts that a person may have meant, beside the average of the four weeks before. Background is "
      "left out.");
  return out;
}

BriefSection came_back(const Tally& tally, const ReportSettings& settings) {
  BriefSection out{"On more than one day", {}, {{"Who", "Days", "Themes"}, {}}, {}};
  std::vector<std::pair<std::string, std::size_t>> ranked;
  for (const auto& [holder, days] : tally.holder_days) {
    if (days.size() > 1) ranked.emplace_back(holder, days.size());
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (std::size_t i = 0; i < ranked.size() && i < kMaxCards; ++i) {
    out.table.rows.push_back({holder_shown(ranked[i].first, settings), std::to_string(ranked[i].second),
                              themes_words(tally.holder_themes.at(ranked[i].first))});
  }
  if (ranked.empty()) out.paragraphs.emplace_back("Nobody came back on another day of this week.");
  if (ranked.size() > kMaxCards) out.paragraphs.push_back(fmt::format("{} more.", ranked.size() - kMaxCards));
  return out;
}

struct Handled {
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  std::uint64_t wrongly_listed = 0;
  std::vector<std::int64_t> days_to_close;
  std::uint64_t names = 0;
};

Result<Handled> handled(const Connection& db, Timestamp from, Timestamp to) {
  Handled out;
  const auto incidents = incidents_between(db, from, to);
  if (!incidents) return tl::make_unexpected(incidents.error());
  for (const Incident& one : *incidents) {
    out.opened += one.opened >= from;
    if (!one.closed || *one.closed >= to) continue;
    ++out.closed;
    out.wrongly_listed += one.cause == "wrongly-listed";
    out.days_to_close.push_back((*one.closed - one.opened) / std::chrono::hours{24});
  }
  std::sort(out.days_to_close.begin(), out.days_to_close.end());
  const auto look_ups = look_ups_between(db, from, to);
  if (!look_ups) return tl::make_unexpected(look_ups.error());
  for (const NameLookUp& one : *look_ups) out.names += one.answer == "shown";
  return out;
}

Brief start(const ReportContext& context, std::string_view reader, std::string title) {
  Brief brief;
  brief.over = fmt::format("Gatehouse · {}", reader);
  brief.title = std::move(title);
  const ReportSettings& s = context.settings;
  brief.subtitle = s.college + (s.site.empty() ? "" : ", " + s.site);
  brief.subject = fmt::format("Gatehouse, {}: {}", reader, brief.title);
  return brief;
}

std::string few(std::uint64_t n) { return n == 0 ? "0" : n < 5 ? "fewer than 5" : with_thousands(n); }

std::vector<BriefLine> term_lines(const Gate& gate, const Handled& h) {
  const bool whole = gate.up * 100 >= gate.expected * 99;
  std::vector<BriefLine> out = {
      {whole ? CheckState::Good : CheckState::Note, "Filter",
       fmt::format("Heard working in {} of the minutes of the term so far.",
                   percent_of(gate.up, gate.expected))},
      {CheckState::Good, "Incidents", fmt::format("{} opened, {} closed.", few(h.opened), few(h.closed))}};
  if (!h.days_to_close.empty()) {
    out.push_back(
        {CheckState::Good, "Time to close",
         fmt::format("Half of them within {}.",
                     count_of(static_cast<std::uint64_t>(h.days_to_close[h.days_to_close.size() / 2]) + 1,
                              "day", "days"))});
  }
  out.push_back({CheckState::Good, "Over-blocking",
                 fmt::format("{} found to be wrongly listed.", few(h.wrongly_listed))});
  out.push_back({CheckState::Good, "Names",
                 fmt::format("Opened {} times, each with role and purpose on record.", few(h.names))});
  return out;
}

}  // namespace

Result<Brief> week_brief(const SqliteStore& store, Day day, const ReportContext& context) {
  const std::chrono::sys_days date{day};
  const Day first{date - (std::chrono::weekday{date} - std::chrono::Monday)};
  const Day last = plus(first, 6);
  const auto week = tally(store, first, last);
  if (!week) return tl::make_unexpected(week.error());
  const auto before = tally(store, plus(first, -28), plus(first, -1));
  if (!before) return tl::make_unexpected(before.error());
  Gate gate;
  auto days = by_day(store, first, last, *week, gate);
  if (!days) return tl::make_unexpected(days.error());
  const auto done = handled(store.connection(), london_day_bounds(first).begin, london_day_bounds(last).end);
  if (!done) return tl::make_unexpected(done.error());

  Brief brief = start(context, "the week", fmt::format("{} to {}", short_date(first), format_day_long(last)));
  brief.sections.push_back(std::move(*days));
  brief.sections.push_back(by_theme(*week, *before));
  brief.sections.push_back(came_back(*week, context.settings));
  brief.sections.push_back(
      {"What was done",
       {{CheckState::Good, "Incidents", fmt::format("{} opened, {} closed.", done->opened, done->closed)},
        {CheckState::Good, "Names", fmt::format("Opened {}.", count_of(done->names, "time", "times"))}},
       {},
       {}});
  brief.closing = {fmt::format("Codes only. Gatehouse {}", context.version)};
  return brief;
}

Result<Brief> term_brief(const SqliteStore& store, Day day, const ReportContext& context) {
  const auto& terms = context.settings.terms;
  const auto term = std::find_if(terms.begin(), terms.end(),
                                 [&](const Term& one) { return one.first <= day && day <= one.last; });
  if (term == terms.end()) {
    return failure(fmt::format("{} is in no term that the configuration knows", format_day_iso(day)),
                   "add it in `college: terms:`");
  }
  const Day last = std::min(term->last, day);
  const auto all = tally(store, term->first, last);
  if (!all) return tl::make_unexpected(all.error());
  Gate gate;
  for (Day one = term->first; one <= last; one = plus(one, 1)) {
    const auto up = minutes_up(store.connection(), one);
    if (!up) return tl::make_unexpected(up.error());
    gate.up += std::min(*up, minutes_of(one));
    gate.expected += minutes_of(one);
  }
  const auto done =
      handled(store.connection(), london_day_bounds(term->first).begin, london_day_bounds(last).end);
  if (!done) return tl::make_unexpected(done.error());

  Brief brief =
      start(context, "governors",
            fmt::format("{}, {} to {}", term->name, short_date(term->first), format_day_long(last)));
  brief.sections.push_back({"", term_lines(gate, *done), {}, {}});
  BriefSection themes{"Attempts that a person may have meant", {}, {{"Theme", "Attempts"}, {}}, {}};
  for (const Theme theme : kThemes) {
    const auto found = all->themes.find(theme);
    themes.table.rows.push_back(
        {std::string(theme_title(theme)), few(found == all->themes.end() ? 0 : found->second.meant())});
  }
  brief.sections.push_back(std::move(themes));
  brief.closing = {"Nothing personal: no names, no codes, no sites, and no count under five.",
                   fmt::format("Gatehouse {}", context.version)};
  return brief;
}

}  // namespace gatehouse::lodge
