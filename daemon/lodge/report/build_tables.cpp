// The sections that count: circumvention, guests, themes, hours, and what was set aside.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/who_words.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kMostRows = 12;   // of circumvention and of guests: a page, not a log
constexpr std::size_t kEnoughDays = 5;  // fewer say nothing about what is usual

bool background(const RatedAttempt& rated) { return rated.attempt.band == Band::LikelyBackground; }

bool guest(const Attempt& attempt) {
  const std::string& group = attempt.who.group.empty() ? attempt.network : attempt.who.group;
  return group == "guests" || group == "guest";
}

std::string evasion_list(const PersonTheme& group) {
  std::vector<std::string> parts;
  for (const RatedAttempt* rated : group.attempts) {
    for (const std::string& flag : rated->attempt.evasion) {
      std::string words = evasion_words(flag);
      if (std::find(parts.begin(), parts.end(), words) == parts.end()) parts.push_back(std::move(words));
    }
  }
  return join_words(parts);
}

std::string place_words(const WhoWords& who) {
  if (who.place.empty()) return who.device.empty() ? "place not known" : who.device;
  return who.device.empty() ? who.place : who.place + ", " + who.device;
}

CircumventionRow circumvention_row(const DailyInput& input, const PersonTheme& group,
                                   const std::set<std::string>& carded) {
  const Attempt& attempt = group.heaviest().attempt;
  const WhoWords who = who_words(attempt, input.settings);
  CircumventionRow row;
  row.tier = group.tier;
  row.who = who.note.empty() ? who.who : fmt::format("{} ({})", who.who, who.note);
  row.where = place_words(who);
  row.when = when_words(group);
  row.what = join_words(what_was_reached_for(group));
  const std::string tricks = evasion_list(group);
  if (!tricks.empty()) row.what += fmt::format("{}disguised: {}", row.what.empty() ? "" : "; ", tricks);
  if (row.what.empty()) row.what = category_title(input, attempt.category);
  row.outcome = group_outcome(group, input.replay);
  row.judgement = capital(std::string(band_words(attempt.band)));
  if (carded.count(group.person) > 0) row.note = "Also has a card above.";
  return row;
}

std::string what_words(const DailyInput& input, const PersonTheme& group) {
  if (group.theme == Theme::Sealed) return "an address on a sealed list (withheld)";
  const std::string hosts = join_words(what_was_reached_for(group));
  std::string title = group.theme == Theme::Circumvention
                          ? std::string(theme_title(group.theme))
                          : category_title(input, group.heaviest().attempt.category);
  return hosts.empty() ? title : fmt::format("{}: {}", title, hosts);
}

Range range_of(const DailyInput& input, Theme theme) {
  Range range;
  if (input.history.days.size() < kEnoughDays) {
    range.words = "not yet known";
    return range;
  }
  std::map<Day, std::uint32_t> days;
  for (const Day day : input.history.days) days[day] = 0;
  for (const HistoryCount& count : input.history.counts) {
    if (const auto found = days.find(count.day); found != days.end() && count.theme == theme)
      found->second += count.attempts;
  }
  range.known = true;
  range.low = ~std::uint32_t{0};
  for (const auto& [day, attempts] : days) {
    range.low = std::min(range.low, attempts);
    range.high = std::max(range.high, attempts);
  }
  range.words = range.low == range.high ? fmt::format("{} a day", range.low)
                                        : fmt::format("{} to {} a day", range.low, range.high);
  return range;
}

std::string in_the_hours(const std::vector<HourBar>& hours) {
  std::uint32_t total = 0;
  std::uint32_t at_night = 0;
  const HourBar* busiest = nullptr;
  for (const HourBar& bar : hours) {
    const std::uint32_t meant = bar.deliberate + bar.unclear;
    total += meant;
    const int hour = std::stoi(bar.label);
    if (hour < 8 || hour >= 18) at_night += meant;
    if (meant > 0 && (busiest == nullptr || meant > busiest->deliberate + busiest->unclear)) busiest = &bar;
  }
  if (busiest == nullptr) return "No attempt that a person is likely to have made, at any hour.";
  std::string out = fmt::format(
      "{} that a person may have meant, all themes together; the busiest hour was "
      "{}:00 to {}:59 with {}.",
      count_of(total, "attempt", "attempts"), busiest->label.substr(0, 2), busiest->label.substr(0, 2),
      busiest->deliberate + busiest->unclear);
  if (total == 1)
    out = fmt::format("One attempt that a person may have meant, from {0}:00 to {0}:59.",
                      busiest->label.substr(0, 2));
  out += at_night == 0 ? " None before 08:00 or after 18:00."
                       : fmt::format(" {} before 08:00 or after 18:00.", capital(number_word(at_night)));
  return out;
}

}  // namespace

void build_circumvention(const DailyInput& input, DailyReport& report) {
  std::set<std::string> carded;
  for (const PersonTheme& group : group_attempts(input, false)) {
    if (group.tier != Tier::NoAction) carded.insert(group.person);
  }
  std::size_t left_out = 0;
  std::size_t set_aside = 0;
  for (const PersonTheme& group : group_attempts(input, true)) {
    if (background(group.heaviest()) && group.tier == Tier::NoAction) {
      ++set_aside;
      continue;
    }
    if (!carded.contains(group.person)) {  // who has a card is counted with it
      report.circumvention_today += group.tier == Tier::LookToday;
      report.circumvention_this_week += group.tier == Tier::LookThisWeek;
    }
    if (report.circumvention.size() < kMostRows) {
      report.circumvention.push_back(circumvention_row(input, group, carded));
    } else {
      ++left_out;
    }
  }
  report.circumvention_sentence = report.circumvention.empty()
                                      ? "Nobody was seen trying to get round the filter."
                                      : "VPNs, proxies and disguised connections, kept apart from content: "
                                        "most people use them out of habit or "
                                        "for privacy, and using one says nothing about what somebody thinks.";
  if (left_out > 0) report.circumvention_sentence += fmt::format(" {} more in the CSV file.", left_out);
  if (set_aside > 0) {
    report.circumvention_sentence += fmt::format(" Apps that start a VPN by themselves were set aside on {}.",
                                                 count_of(set_aside, "device", "devices"));
  }
}

void build_guests(const DailyInput& input, DailyReport& report) {
  std::vector<PersonTheme> groups;
  for (const bool circumvention : {false, true}) {
    for (PersonTheme& group : group_attempts(input, circumvention)) {
      const RatedAttempt& heaviest = group.heaviest();
      if (guest(heaviest.attempt) && !background(heaviest)) groups.push_back(std::move(group));
    }
  }
  for (const PersonTheme& group : groups) {
    const Attempt& attempt = group.heaviest().attempt;
    if (report.guests.size() == kMostRows) break;
    const WhoWords who = who_words(attempt, input.settings);
    const std::string sponsor = sponsor_shown(attempt.who, input.settings);
    report.guests.push_back({sponsor.empty() ? "no sponsor recorded" : sponsor, who.who, when_words(group),
                             what_words(input, group), group_outcome(group, input.replay),
                             capital(std::string(band_words(attempt.band)))});
  }
  std::set<std::string> holders;
  for (const PersonTheme& group : groups) holders.insert(group.person);
  report.guests_sentence =
      groups.empty()
          ? "No attempt by a guest that a person is likely to have made."
          : fmt::format("{} or guest {} tried something listed. Ask the sponsor first.",
                        capital(number_word(holders.size())) + (holders.size() == 1 ? " guest" : " guests"),
                        holders.size() == 1 ? "device" : "devices");
  if (groups.size() > report.guests.size()) {
    report.guests_sentence += fmt::format(" {} more in the CSV file.", groups.size() - report.guests.size());
  }
}

void build_themes(const DailyInput& input, DailyReport& report) {
  for (const Theme theme : kContentThemes) {
    ThemeRow row;
    row.theme = theme;
    row.title = theme_title(theme);
    std::set<std::string> people;
    for (const RatedAttempt& rated : input.attempts) {
      if (theme_of(rated.attempt) != theme) continue;
      ++row.attempts;
      switch (rated.attempt.band) {
        case Band::LikelyDeliberate:
          ++row.deliberate;
          break;
        case Band::Unclear:
          ++row.unclear;
          break;
        case Band::LikelyBackground:
          ++row.background;
          break;
      }
      if (!background(rated)) people.insert(person_key(rated.attempt));
    }
    row.people = static_cast<std::uint32_t>(people.size());
    row.range = range_of(input, theme);
    report.themes.push_back(std::move(row));
  }
  const std::size_t days = input.history.days.size();
  report.range_note =
      days < kEnoughDays
          ? fmt::format("The four-week range needs at least {} earlier days; {} on record so far.",
                        number_word(kEnoughDays),
                        days == 0   ? std::string("none is")
                        : days == 1 ? std::string("one is")
                                    : number_word(days) + " are")
          : fmt::format(
                "Four-week range: fewest and most attempts on one day, background left out, over the {} on "
                "record.",
                count_of(days, "earlier day", "earlier days"));
}

void build_hours(const DailyInput& input, DailyReport& report) {
  const DayBounds bounds = london_day_bounds(input.day);
  const auto hours = static_cast<std::size_t>(bounds.length().count());
  std::map<int, std::uint64_t> usual;
  const std::set<Day> known(input.history.days.begin(), input.history.days.end());
  for (const HistoryCount& count : input.history.counts) {
    if (known.count(count.day) > 0) usual[count.hour] += count.attempts;
  }
  for (std::size_t i = 0; i < hours; ++i) {
    const int hour = to_london(bounds.begin + std::chrono::hours{i}).hour;
    HourBar bar;
    bar.label = fmt::format("{:02}", hour);
    if (!report.hours.empty() && report.hours.back().label == bar.label) bar.label += " again";
    if (known.size() >= kEnoughDays)
      bar.usual_tenths = static_cast<std::uint32_t>(usual[hour] * 10 / known.size());
    report.hours.push_back(std::move(bar));
  }
  for (const RatedAttempt& rated : input.attempts) {
    if (rated.attempt.first < bounds.begin || rated.attempt.first >= bounds.end) continue;
    HourBar& bar =
        report.hours[static_cast<std::size_t>((rated.attempt.first - bounds.begin) / std::chrono::hours{1})];
    switch (rated.attempt.band) {
      case Band::LikelyDeliberate:
        ++bar.deliberate;
        break;
      case Band::Unclear:
        ++bar.unclear;
        break;
      case Band::LikelyBackground:
        ++bar.background;
        break;
    }
  }
  report.hours_sentence = in_the_hours(report.hours);
}

void build_set_aside(const DailyInput& input, DailyReport& report) {
  SetAsideSummary& out = report.set_aside;
  out.measured = input.measured;
  std::map<std::string, SetAsideCause> causes;
  std::map<std::string, std::uint32_t> hosts;
  for (const RatedAttempt& rated : input.attempts) {
    ++out.attempts;
    out.hits += rated.attempt.hits;
    out.for_you += rated.tier != Tier::NoAction;
    if (!background(rated)) continue;
    ++out.background;
    // The reason in general words, so that causes can be counted: what it names (hosts, logins) stays out of
    // it.
    const std::string why = rated.attempt.reasons.empty()
                                ? "no reason recorded"
                                : without_names(rated.attempt.reasons.front(), rated.attempt, input.settings);
    SetAsideCause& cause = causes[why];
    cause.cause = why;
    ++cause.attempts;
    cause.hits += rated.attempt.hits;
    if (rated.attempt.sealed) continue;
    for (const AttemptHost& host : rated.attempt.hosts) {
      if (!host.host.empty()) hosts[defang(host.host)] += host.hits;
    }
  }
  for (auto& [why, cause] : causes) out.causes.push_back(cause);
  std::stable_sort(out.causes.begin(), out.causes.end(),
                   [](const auto& a, const auto& b) { return a.attempts > b.attempts; });
  if (out.causes.size() > 3) out.causes.resize(3);
  std::vector<std::pair<std::string, std::uint32_t>> ranked(hosts.begin(), hosts.end());
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (std::size_t i = 0; i < ranked.size() && i < 3; ++i) {
    out.background_hosts.push_back(fmt::format("{} ({})", ranked[i].first, with_thousands(ranked[i].second)));
  }
  if (out.attempts == 0) {
    out.sentence = "No listed request at all, so there was nothing to set aside.";
    return;
  }
  const std::uint32_t rest = out.attempts - out.background;
  const std::string folded =
      fmt::format("{} were folded into {}.", count_of(out.hits, "listed request", "listed requests"),
                  count_of(out.attempts, "attempt", "attempts"));
  if (rest == 0) {
    out.sentence =
        folded +
        " All of it was most likely made by adverts, parts of pages or apps and not by anybody's choice.";
    return;
  }
  if (out.background == 0) {
    out.sentence = fmt::format("{} None looked like adverts, parts of pages or apps; {} for you to look at.",
                               folded, out.for_you == 1 ? "one is" : number_word(out.for_you) + " are");
    return;
  }
  out.sentence = fmt::format(
      "{} were folded into {}. {} of them {} made by adverts, parts of pages or apps and not by "
      "anybody's choice; of the other {}, {} for you to look at.",
      count_of(out.hits, "listed request", "listed requests"), count_of(out.attempts, "attempt", "attempts"),
      capital(number_word(out.background)), out.background == 1 ? "was most likely" : "were most likely",
      number_word(rest), out.for_you == 1 ? "one is" : number_word(out.for_you) + " are");
}

}  // namespace gatehouse::lodge
