// Days to make reports from: a busy one, a quiet one, and one on which the gate was down. Names are of
// nobody.
#pragma once

#include <string>
#include <vector>

#include "lodge/report/daily_input.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge::sample {

inline Day day_of(std::string_view text) { return *parse_day(text); }
inline Timestamp at(std::string_view utc) { return *parse_time(utc); }

inline std::vector<CoverageMinute> full_coverage(Day day, std::uint64_t named = 94,
                                                 std::uint64_t encrypted = 4, std::uint64_t tunnel = 2) {
  std::vector<CoverageMinute> out;
  const DayBounds bounds = london_day_bounds(day);
  for (Timestamp end = bounds.begin + Seconds{60}; end <= bounds.end; end += Seconds{60}) {
    out.push_back({end,
                   {{"flows.named", named},
                    {"unnamed.encrypted-hello", encrypted},
                    {"unnamed.tunnel", tunnel},
                    {"unnamed.known-other", 3}}});
  }
  return out;
}

inline Who learner(std::string login, std::string device_name, std::string place, Grade grade = Grade::A) {
  Who who;
  who.grade = grade;
  who.login = std::move(login);
  who.device = "00:1b:21:3a:4c:0" + std::to_string(who.login.size() % 10);
  who.device_name = std::move(device_name);
  who.place = std::move(place);
  who.group = "students";
  who.why = grade == Grade::A
                ? "Windows sign-in of " + who.login + " and the address lease agree for the whole time."
                : "Wi-Fi sign-in of " + who.login + "; no second source.";
  return who;
}

inline RatedAttempt attempt(std::string id, std::string first, int minutes, std::string category, Who who,
                            std::string host, Band band, int score, std::uint32_t hits) {
  RatedAttempt out;
  Attempt& a = out.attempt;
  a.id = std::move(id);
  a.first = at(first);
  a.last = a.first + std::chrono::minutes{minutes};
  a.category = std::move(category);
  a.who = std::move(who);
  a.address = "10.20.4.17";
  a.network = "students";
  if (!host.empty()) a.hosts.push_back({std::move(host), "", "demo", "", 12, hits});
  a.hits = hits;
  a.action = journal::Action::Block;
  a.outcome = journal::Outcome::Blocked;
  a.band = band;
  a.score = score;
  return out;
}

inline DailyInput empty_day(std::string_view day) {
  DailyInput input;
  input.day = day_of(day);
  input.coverage = full_coverage(input.day);
  input.lists = {{"college-extremism", "extremism-islamist", 412,
                  Day{std::chrono::sys_days{input.day} - std::chrono::days{1}}},
                 {"college-weapons", "weapons-firearms", 230,
                  Day{std::chrono::sys_days{input.day} - std::chrono::days{3}}},
                 {"ut1-vpn", "circumvention", 18440, Day{std::chrono::sys_days{input.day}}}};
  input.categories = {{"extremism-islamist", "Islamist extremism"},
                      {"extremism-right-wing", "Right-wing extremism"},
                      {"extremism-other", "Other extremism"},
                      {"weapons-firearms", "Firearms sales"},
                      {"weapons-other", "Other weapons"},
                      {"circumvention", "Getting round the filter"},
                      {"other-harm", "Other harm"}};
  input.settings.college = "Northfield College";
  input.settings.site = "Main site";
  input.settings.contact = "the safeguarding office, extension 4410";
  input.settings.prevent_policy = "Safeguarding and Prevent policy, section 6";
  input.settings.terms = {{"Autumn term", day_of("2026-09-07"), day_of("2026-12-18")}};
  input.settings.names = Names::Logins;
  input.settings.pseudonym_key = pseudonym_key_from("sixteen letters at least");
  input.settings.pseudonym_key_set = true;
  input.measured = measured_words();
  input.version = "0.1.0";
  return input;
}

// Four weeks in which the weekdays had a few attempts each.
inline History four_weeks(Day day) {
  History history;
  for (int ago = kHistoryDays; ago >= 1; --ago) {
    const Day earlier{std::chrono::sys_days{day} - std::chrono::days{ago}};
    history.days.push_back(earlier);
    const std::chrono::weekday weekday{std::chrono::sys_days{earlier}};
    if (weekday == std::chrono::Saturday || weekday == std::chrono::Sunday) continue;
    const auto n = static_cast<std::uint32_t>(ago);
    if (n % 5 == 0) history.counts.push_back({earlier, Theme::IslamistExtremism, 11, 1, 2});
    if (n % 4 == 1) history.counts.push_back({earlier, Theme::RightWingExtremism, 14, 1 + n % 2, 3});
    history.counts.push_back({earlier, Theme::Weapons, 10, n % 3, 2 + n % 3});
    history.counts.push_back({earlier, Theme::Circumvention, 12, 2 + n % 4, 3 + n % 4});
    history.counts.push_back({earlier, Theme::OtherHarm, 15, n % 2, 6});
  }
  return history;
}

inline DailyInput quiet_day() {
  DailyInput input = empty_day("2026-11-10");
  input.history = four_weeks(input.day);
  for (int i = 0; i < 9; ++i) {
    RatedAttempt one =
        attempt("q" + std::to_string(i), "2026-11-10T1" + std::to_string(i % 6) + ":05:00Z", 2, "other-harm",
                learner("learner" + std::to_string(i), "LRC-0" + std::to_string(i), "LRC-2"),
                "ads.widget.test", Band::LikelyBackground, 8, 40);
    one.attempt.reasons = {"part of a page that many devices opened"};
    input.attempts.push_back(one);
  }
  return input;
}

inline DailyInput failed_day() {
  DailyInput input = quiet_day();
  const Timestamp from = at("2026-11-10T10:02:00Z");
  const Timestamp to = at("2026-11-10T10:22:00Z");
  std::erase_if(input.coverage,
                [&](const CoverageMinute& minute) { return minute.at > from && minute.at <= to; });
  input.notes = {{from, "stopped"}, {to, "started"}};
  return input;
}

// What people did, as an ordinary week leaves it.
inline void add_desk(DailyInput& input) {
  HolderRating harper;
  harper.points = 46;
  harper.terms = {{36, "2 attempts under ‘Firearms sales’, the latest today"},
                  {8, "1 attempt under ‘Getting round the filter’, the latest today"},
                  {2, "2 different sites"}};
  input.ratings = {{"login:a.harper", harper}};
  Incident overdue{3,
                   at("2026-11-02T09:10:00Z"),
                   "J. Grant",
                   "2026-11-01/ABCDEF",
                   "login:r.moss",
                   "extremism-other",
                   day_of("2026-11-06"),
                   {},
                   "",
                   ""};
  Incident fresh{4,
                 at("2026-11-10T11:30:00Z"),
                 "J. Grant",
                 "a-3301",
                 "login:k.osei",
                 "extremism-right-wing",
                 day_of("2026-11-13"),
                 {},
                 "",
                 ""};
  Incident closed{2,
                  at("2026-11-03T10:00:00Z"),
                  "P. Iqbal",
                  "a-2f00",
                  "",
                  "other-harm",
                  day_of("2026-11-10"),
                  at("2026-11-10T15:00:00Z"),
                  "wrongly-listed",
                  "list-changed"};
  input.desk.incidents = {closed, overdue, fresh};
  input.desk.look_ups = {{at("2026-11-10T08:20:00Z"), "L-7Q2K9M", "J. Grant", "safeguarding-lead",
                          "to speak with the tutor", "", "shown"},
                         {at("2026-11-10T08:31:00Z"), "L-7Q2K9M", "T. Webb", "it", "curious", "", "refused"}};
  input.desk.sample = {{false, "login:learner4", at("2026-11-10T14:05:00Z"), at("2026-11-10T14:07:00Z"),
                        "LRC-2", 1, "drawn by lot from 15 sessions with anything listed",
                        "Gatehouse, by lot"}};
  input.desk.readings = {{"the safeguarding lead", at("2026-11-10T08:14:00Z")}};
  input.desk.deliveries = {{"report 2026-11-09 safeguarding-lead a", "lead@college.test", 1, true,
                            at("2026-11-10T07:00:02Z"), "250"},
                           {"report 2026-11-09 senior-leaders b", "leaders@college.test", 1, true,
                            at("2026-11-10T07:00:03Z"), "250"}};
}

inline DailyInput busy_day() {
  DailyInput input = quiet_day();
  auto add = [&](RatedAttempt one, Tier tier, int points, std::vector<std::string> reasons,
                 std::vector<std::string> why) {
    one.tier = tier;
    one.points = points;
    one.attempt.reasons = std::move(reasons);
    one.why = std::move(why);
    input.attempts.push_back(std::move(one));
  };
  const Who harper = learner("a.harper", "LRC-14", "LRC-2");
  add(attempt("a-31f0", "2026-11-10T10:42:10Z", 1, "weapons-firearms", harper, "gunsdirect.test",
              Band::LikelyDeliberate, 86, 6),
      Tier::LookToday, 92,
      {"it led the visit: no other page asked for it", "tried again after the block",
       "changed to another site of the same kind"},
      {"firearms sales (4 of 5)", "tried again after a block",
       "a try to get round the filter within the hour"});
  add(attempt("a-31f4", "2026-11-10T10:49:40Z", 2, "weapons-firearms", harper, "cheap-pistols.test",
              Band::LikelyDeliberate, 81, 3),
      Tier::LookToday, 88, {"it led the visit: no other page asked for it"}, {"firearms sales (4 of 5)"});
  RatedAttempt vpn = attempt("a-31e7", "2026-11-10T10:40:00Z", 1, "circumvention", harper, "free-vpn.test",
                             Band::LikelyDeliberate, 78, 4);
  add(vpn, Tier::LookThisWeek, 40, {"it led the visit"}, {"getting round the filter (2 of 5)"});
  add(attempt("a-3301", "2026-11-10T13:05:00Z", 3, "extremism-right-wing",
              learner("k.osei", "", "", Grade::B), "white-order.test", Band::LikelyDeliberate, 74, 5),
      Tier::LookToday, 85, {"it led the visit: no other page asked for it", "stayed on it for 3 minutes"},
      {"right-wing extremism (5 of 5)", "2 earlier days in the last four weeks"});
  input.history.seen.push_back({"login:k.osei", Theme::RightWingExtremism, day_of("2026-10-29")});
  input.history.seen.push_back({"login:k.osei", Theme::RightWingExtremism, day_of("2026-11-06")});
  Who shared;
  shared.grade = Grade::C;
  shared.device = "00:1b:21:77:00:31";
  shared.device_name = "LRC-22";
  shared.place = "LRC-3";
  shared.group = "students";
  shared.why = "Two people were signed in to this computer within the same minute.";
  add(attempt("a-3288", "2026-11-10T11:20:00Z", 0, "extremism-islamist", shared, "caliphate-news.test",
              Band::Unclear, 55, 2),
      Tier::LookThisWeek, 60, {"asked for once, with nothing before or after it"},
      {"Islamist extremism (5 of 5)", "who it was is not established"});
  Who guest;
  guest.grade = Grade::B;
  guest.login = "guest-0417";
  guest.device = "d2:11:5e:10:00:01";
  guest.group = "guests";
  guest.sponsor = "J. Patel";
  guest.why = "Guest pass, signed in at 12:31.";
  RatedAttempt visitor = attempt("a-3345", "2026-11-10T14:12:00Z", 0, "weapons-other", guest,
                                 "blades-online.test", Band::Unclear, 58, 1);
  visitor.attempt.network = "guests";
  add(visitor, Tier::LookThisWeek, 38, {"asked for once, from a search"}, {"other weapons (3 of 5)"});
  RatedAttempt tunnel = attempt("a-3377", "2026-11-10T15:02:00Z", 25, "circumvention",
                                learner("m.lindqvist", "", ""), "", Band::LikelyDeliberate, 90, 2);
  tunnel.attempt.tunnel = "openvpn";
  tunnel.attempt.evasion = {"tiny-records", "low-ttl"};
  tunnel.attempt.outcome = journal::Outcome::ResetSentUnconfirmed;
  add(tunnel, Tier::NoAction, 30, {"started by hand"}, {});
  Who unknown;
  unknown.device = "02:aa:5e:10:00:09";
  unknown.why = "No sign-in is known for this address.";
  RatedAttempt sealed =
      attempt("a-33a0", "2026-11-10T16:31:00Z", 0, "statutory", unknown, "", Band::Unclear, 50, 1);
  sealed.attempt.sealed = true;
  add(sealed, Tier::LookToday, 70, {"asked for once"}, {"unlawful material (5 of 5)"});
  add_desk(input);
  return input;
}

}  // namespace gatehouse::lodge::sample
