// "For you today": at most seven cards, one for each person or device and theme that a person should look at.
// The wording depends on the evidence and never on the theme, so that no ideology is described more harshly.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/address.h"
#include "lodge/names/pseudonym.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/who_words.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

constexpr std::chrono::minutes kBesideAnAttempt{60};  // a way round used within the hour belongs to the story
constexpr int kVeryLikely = 80;  // from here on an advert is no fair explanation any more

std::string what_was_tried(const DailyInput& input, const PersonTheme& group) {
  const std::size_t tries = group.attempts.size();
  const std::string start =
      tries == 1 ? "One try" : fmt::format("{} separate tries", capital(number_word(tries)));
  if (group.theme == Theme::Sealed) {
    return start +
           " to reach an address on a sealed statutory list. The address is withheld: do not look for it.";
  }
  std::set<std::string> hosts;
  std::set<std::string> titles;
  std::uint64_t hits = 0;
  for (const RatedAttempt* rated : group.attempts) {
    for (const AttemptHost& host : rated->attempt.hosts) hosts.insert(host.host);
    titles.insert("‘" + category_title(input, rated->attempt.category) + "’");
    hits += rated->attempt.hits;
  }
  const std::string sites = hosts.size() <= 1 ? "a site" : number_word(hosts.size()) + " sites";
  std::string out =
      fmt::format("{} to reach {} listed under {}", start, sites, join_words({titles.begin(), titles.end()}));
  if (hits > tries) out += fmt::format(" ({} in all)", count_of(hits, "request", "requests"));
  return out + ".";
}

std::string disguise(const PersonTheme& group) {
  std::vector<std::string> tricks;
  for (const RatedAttempt* rated : group.attempts) {
    for (const std::string& flag : rated->attempt.evasion) {
      const std::string words = evasion_words(flag);
      if (std::find(tricks.begin(), tricks.end(), words) == tricks.end()) tricks.push_back(words);
    }
  }
  if (tricks.empty()) return {};
  return fmt::format(" The request was disguised: {}.", join_words(tricks));
}

// The nearest try of the same person to get round the filter, within the hour.
std::string way_round_beside(const DailyInput& input, const PersonTheme& group) {
  const RatedAttempt* nearest = nullptr;
  Microseconds distance = kBesideAnAttempt;
  const Attempt& own = group.attempts.front()->attempt;
  for (const RatedAttempt& other : input.attempts) {
    if (theme_of(other.attempt) != Theme::Circumvention || person_key(other.attempt) != group.person)
      continue;
    if (other.attempt.band == Band::LikelyBackground) continue;
    const Microseconds apart = std::chrono::abs(other.attempt.first - own.first);
    if (apart < distance ||
        (nearest != nullptr && apart == distance && other.attempt.id < nearest->attempt.id)) {
      nearest = &other;
      distance = apart;
    }
  }
  if (nearest == nullptr) return {};
  const auto minutes =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::minutes>(distance).count());
  const bool before = nearest->attempt.first < own.first;
  return fmt::format(" {} {} the same {} also tried to get round the filter (see there).",
                     minutes == 0 ? std::string("Less than a minute") : capital(minutes_words(minutes)),
                     before ? "earlier" : "later", has_person(own.who) ? "person" : "device");
}

std::vector<std::string> other_explanations(const PersonTheme& group) {
  const RatedAttempt& heaviest = group.heaviest();
  std::vector<std::string> out;
  if (heaviest.attempt.who.grade == Grade::C) out.emplace_back("somebody else at a shared device");
  if (heaviest.attempt.who.grade == Grade::D) out.emplace_back("anyone within reach of the device");
  if (heaviest.attempt.score < kVeryLikely)
    out.emplace_back("an advert, a preview or a part of another page");
  if (group.attempts.size() == 1) out.emplace_back("a link followed by mistake");
  if (group.theme != Theme::Sealed)
    out.emplace_back("coursework or research (permissions are not on record yet)");
  return out;
}

std::string seen_before(const DailyInput& input, const PersonTheme& group) {
  const Attempt& attempt = group.heaviest().attempt;
  const bool person = has_person(attempt.who);
  const auto mac = MacAddress::parse(attempt.who.device);
  if (!person && mac && mac->is_random()) {
    return "Cannot be told: this device changes its address, so earlier days cannot be joined to it.";
  }
  if (input.history.days.empty()) return "Cannot be told: this is the first day on record.";
  std::set<Day> days;
  for (const SeenBefore& seen : input.history.seen) {
    if (seen.person == group.person && seen.theme == group.theme) days.insert(seen.day);
  }
  const std::string subject = person ? "person" : "device";
  if (days.empty()) {
    return fmt::format("No: the first time for this {} in the {} before today that are on record.", subject,
                       count_of(input.history.days.size(), "day", "days"));
  }
  return fmt::format("Yes: this {} also tried on {} in the four weeks before, last on {}.", subject,
                     count_of(days.size(), "day", "days"), short_date(*days.rbegin()));
}

std::string suggested_step(const DailyInput& input, const PersonTheme& group) {
  const Attempt& attempt = group.heaviest().attempt;
  if (group.theme == Theme::Sealed) {
    return "Do not open or look for the address. Follow your procedure for unlawful material and write down "
           "what "
           "was done.";
  }
  if (group.tier == Tier::LookToday && !input.settings.next_step_today.empty())
    return input.settings.next_step_today;
  if (group.tier == Tier::LookThisWeek && !input.settings.next_step_week.empty())
    return input.settings.next_step_week;
  const std::string by = group.tier == Tier::LookToday ? "today" : "this week";
  if (!has_person(attempt.who)) {
    return fmt::format(
        "Find out {} who was using the device at {}: ask whoever was in charge of the room or "
        "network. Until then this is about a device, not about a person.",
        by, format_clock(attempt.first));
  }
  const std::string ask = attempt.who.group == "staff"    ? "their line manager"
                          : attempt.who.group == "guests" ? "their sponsor"
                                                          : "the tutor who knows them best";
  return fmt::format(
      "Speak with {} {} and ask what it was for before anyone is challenged. Then decide, and write "
      "down why.",
      ask, by);
}

// The evidence's own sentence where there is one; otherwise what the grade means.
std::string identity_words(const DailyInput& input, const Attempt& attempt) {
  const std::string grade = fmt::format("Grade {}{}", grade_letter(attempt.who.grade),
                                        has_person(attempt.who) ? "" : ", person not established");
  if (attempt.who.why.empty()) return fmt::format("{}: {}.", grade, grade_words(attempt.who.grade));
  std::string why = capital(without_names(attempt.who.why, attempt, input.settings));
  if (why.back() != '.') why += '.';
  return fmt::format("{}. {}", grade, why);
}

// What people have done about it so far.
std::string written_down(const DailyInput& input, const PersonTheme& group, std::string_view reference) {
  for (auto one = input.desk.incidents.rbegin(); one != input.desk.incidents.rend(); ++one) {
    const bool about_this = one->about == reference || one->holder == group.person ||
                            std::any_of(group.attempts.begin(), group.attempts.end(),
                                        [&](const RatedAttempt* a) { return a->attempt.id == one->about; });
    if (!about_this || one->closed) continue;
    return fmt::format("Incident {} is open, with {}; due {}.", one->id, defang_text(one->owner),
                       short_date(one->due));
  }
  return {};
}

Card make_card(const DailyInput& input, const PersonTheme& group) {
  const RatedAttempt& heaviest = group.heaviest();
  const Attempt& attempt = heaviest.attempt;
  const WhoWords who = who_words(attempt, input.settings);
  Card card;
  card.tier = group.tier;
  card.who = who.who;
  card.code = has_person(attempt.who) ? code_for('L', attempt.who.login, input.settings.pseudonym_key)
                                      : code_for('D', group.person.substr(group.person.find(':') + 1),
                                                 input.settings.pseudonym_key);
  card.who_note = who.note;
  card.theme = group.theme == Theme::Sealed ? "Statutory list" : std::string(theme_title(group.theme));
  card.where = who.place;
  if (!who.device.empty()) card.where += (card.where.empty() ? "" : ", ") + who.device;
  if (card.where.empty()) card.where = "place not known";
  card.when = when_words(group);
  card.what = what_was_tried(input, group) + disguise(group) + way_round_beside(input, group);
  card.hosts = what_was_reached_for(group);
  card.outcome = group_outcome(group, input.replay);
  card.band = attempt.band;
  card.score = std::clamp(attempt.score, 0, 100);
  card.judgement = fmt::format("{} ({} of 100)", capital(std::string(band_words(attempt.band))), card.score);
  for (const std::string& reason : attempt.reasons) {
    card.reasons.push_back(without_names(reason, attempt, input.settings));
  }
  card.could_also_be = other_explanations(group);
  card.identity = identity_words(input, attempt);
  card.seen_before = seen_before(input, group);
  for (const std::string& why : heaviest.why)
    card.why_here.push_back(without_names(why, attempt, input.settings));
  for (const RatedHolder& holder : input.ratings) {
    if (holder.person == group.person) card.rating = holder.rating.sentence();
  }
  card.next_step = suggested_step(input, group);
  card.reference = card_reference(input, group);
  card.follow_up = written_down(input, group, card.reference);
  for (const RatedAttempt* rated : group.attempts) card.records.push_back(rated->attempt.id);
  return card;
}

}  // namespace

void build_cards(const DailyInput& input, DailyReport& report) {
  std::size_t more = 0;
  std::set<std::string> counted;  // once each, by their most urgent theme, which comes first
  for (const PersonTheme& group : group_attempts(input, false)) {
    if (group.tier == Tier::NoAction) continue;
    if (report.cards.size() < kMaxCards) {
      report.cards.push_back(make_card(input, group));
    } else {
      ++more;
    }
    if (!counted.insert(group.person).second) continue;
    (group.tier == Tier::LookToday ? report.for_today : report.for_this_week) += 1;
  }
  if (more > 0) {
    report.cards_left_out = fmt::format(
        "{} more of lower rank: they are counted under ‘By theme’ and stand, attempt by attempt, in the CSV "
        "file "
        "(tier ‘today’ or ‘this-week’).",
        capital(number_word(more)));
  }
}

}  // namespace gatehouse::lodge
