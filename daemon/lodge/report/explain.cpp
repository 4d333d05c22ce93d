#include "lodge/report/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "journal/eve_reader.h"
#include "journal/names.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/build_report.h"
#include "lodge/report/text_parts.h"
#include "lodge/report/who_words.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

using Ids = std::vector<std::string>;

struct Traced {
  Ids attempts;
  Ids events;
};

std::string event_line(const KeptEvent& event, bool sealed) {
  const auto read = journal::read_event(event.line);
  std::string what = "an event that cannot be read any more";
  if (read) {
    std::string host = sealed ? std::string("(withheld)") : defang(read->host);
    if (host.empty()) host = "(no name)";
    what = fmt::format("{} {}, {}", journal::name_of(read->type), host, journal::name_of(read->outcome));
    if (!read->list.empty() && !sealed)
      what += fmt::format(", list {} line {}, entry {}", defang_text(read->list), read->line,
                          defang(read->entry));
  }
  return fmt::format("  event {}  {}  {}", event.id, format_date_clock(event.at), what);
}

Result<Traced> records_of(const Store& store, const Ids& attempts, std::vector<std::string>& out) {
  Traced traced{attempts, {}};
  for (const std::string& id : attempts) {
    const auto attempt = store.attempt(id);
    if (!attempt) return tl::make_unexpected(attempt.error());
    if (!*attempt) continue;
    const Attempt& a = **attempt;
    const auto evidence = store.evidence_of(id);
    if (!evidence) return tl::make_unexpected(evidence.error());
    out.push_back(fmt::format("attempt {}  {} to {}, {}, {}, judged {} of 100, grade {} from {} of evidence",
                              id, format_date_clock(a.first), format_clock(a.last), a.category,
                              count_of(a.hits, "request", "requests"), a.score, grade_letter(a.who.grade),
                              count_of(evidence->size(), "line", "lines")));
    const auto events = store.events_of(id);
    if (!events) return tl::make_unexpected(events.error());
    for (const KeptEvent& event : *events) {
      out.push_back(event_line(event, a.sealed));
      traced.events.push_back(event.id);
    }
  }
  return traced;
}

// The events of the attempts of the same holder and theme in the four weeks before.
Result<Traced> earlier_of(const Store& store, const DailyInput& input, const PersonTheme& group,
                          std::vector<std::string>& out) {
  const Timestamp begin = london_day_bounds(input.day).begin;
  const auto earlier =
      store.attempts_of_holder(group.heaviest().attempt, begin - std::chrono::days{kHistoryDays}, begin);
  if (!earlier) return tl::make_unexpected(earlier.error());
  Ids ids;
  for (const Attempt& attempt : *earlier) {
    if (theme_of(attempt) == group.theme && attempt.band != Band::LikelyBackground) ids.push_back(attempt.id);
  }
  return records_of(store, ids, out);
}

// The tries to get round the filter that the card may speak of.
Ids ways_round(const DailyInput& input, const PersonTheme& group) {
  Ids ids;
  for (const RatedAttempt& other : input.attempts) {
    if (theme_of(other.attempt) == Theme::Circumvention && person_key(other.attempt) == group.person)
      ids.push_back(other.attempt.id);
  }
  return ids;
}

const RatedHolder* rating_of(const DailyInput& input, const std::string& person) {
  for (const RatedHolder& holder : input.ratings) {
    if (holder.person == person) return &holder;
  }
  return nullptr;
}

class Explainer {
 public:
  Explainer(Explanation& out, Traced own) : out_(out), own_(std::move(own)) {}

  void say(std::string_view label, const std::string& text, std::string basis) {
    say(label, text, std::move(basis), own_.events);
  }
  void say(std::string_view label, const std::string& text, std::string basis, Ids events) {
    if (!text.empty())
      out_.sentences.push_back({std::string(label), text, std::move(basis), std::move(events)});
  }

 private:
  Explanation& out_;
  Traced own_;
};

void say_card(Explainer& explainer, const Card& card, const std::string& from) {
  explainer.say("Who", card.who, "the grade and login of " + from);
  explainer.say("Group", card.who_note, "the login's group, or the network that the gate saw, of " + from);
  explainer.say("About", card.theme, "the category of the list entry that matched, in " + from);
  explainer.say("Where", card.where, "the seat on record for the device, in " + from);
  explainer.say("When", card.when, "the first and last event of " + from);
  explainer.say("Sites", join_words(card.hosts), "the hosts that matched, in " + from);
  explainer.say("Outcome", card.outcome, "the outcome that the gate recorded in " + from);
  explainer.say("Judged", card.judgement, "the sum of the reasons below, of the heaviest attempt");
  for (const std::string& reason : card.reasons)
    explainer.say("Reason", reason, "timing and order of " + from);
  for (const std::string& other : card.could_also_be)
    explainer.say("Could also be", other, "fixed rules on grade, judgement and number of " + from);
  explainer.say("Identity", card.identity, "the evidence kept with " + from);
  for (const std::string& why : card.why_here)
    explainer.say("Ranked by", why, "a term of the severity of the heaviest attempt");
  explainer.say("Next step", card.next_step,
                "the college's setting, or a fixed rule on tier and grade of " + from);
}

}  // namespace

std::optional<Day> day_of_reference(std::string_view reference) {
  const std::size_t slash = reference.find('/');
  return slash == std::string_view::npos ? std::nullopt : parse_day(reference.substr(0, slash));
}

Result<Explanation> explain_card(const Store& store, const DailyInput& input, std::string_view reference) {
  const DailyReport report = build_report(input);
  const auto card = std::find_if(report.cards.begin(), report.cards.end(),
                                 [&](const Card& one) { return one.reference == reference; });
  const std::vector<PersonTheme> groups = group_attempts(input, false);
  const auto group = std::find_if(groups.begin(), groups.end(), [&](const PersonTheme& one) {
    return card_reference(input, one) == reference;
  });
  if (card == report.cards.end() || group == groups.end()) {
    return failure(
        fmt::format("the report of {} has no card {}", format_day_iso(input.day), reference),
        "the reference stands at the foot of each card; with another `pseudonym_key` it is another one");
  }
  Explanation out;
  out.title = fmt::format("CARD {}: {}, {}", reference, card->who, card->theme);
  auto own = records_of(store, card->records, out.records);
  if (!own) return tl::make_unexpected(own.error());
  const std::string from = fmt::format("{} ({})", count_of(own->attempts.size(), "attempt", "attempts"),
                                       count_of(own->events.size(), "event", "events"));
  Explainer explainer(out, *own);
  say_card(explainer, *card, from);

  auto beside = records_of(store, ways_round(input, *group), out.records);
  if (!beside) return tl::make_unexpected(beside.error());
  Ids what = own->events;
  what.insert(what.end(), beside->events.begin(), beside->events.end());
  explainer.say("What", card->what, "counted over " + from + ", and the tries to get round the filter", what);

  auto earlier = earlier_of(store, input, *group, out.records);
  if (!earlier) return tl::make_unexpected(earlier.error());
  explainer.say("Seen before", card->seen_before,
                earlier->events.empty() ? fmt::format("no attempt of this holder and theme on {} on record",
                                                      count_of(input.history.days.size(), "day", "days"))
                                        : fmt::format("{} on earlier days", count_of(earlier->attempts.size(),
                                                                                     "attempt", "attempts")),
                earlier->events.empty() ? own->events : earlier->events);
  if (const RatedHolder* rating = rating_of(input, group->person)) {
    std::vector<std::string> unused;
    auto rated = records_of(store, rating->rating.attempts, unused);
    if (!rated) return tl::make_unexpected(rated.error());
    explainer.say("Eight weeks", card->rating,
                  "every attempt of eight weeks but background, fading by half in 14 days", rated->events);
  }
  explainer.say("Written down", card->follow_up, "the incident of that number");
  return out;
}

std::string render_explanation(const Explanation& explanation) {
  constexpr std::size_t kIdsShown = 3;  // the rest is in the records below
  std::string out;
  wrap_text(out, "", 0, explanation.title);
  for (const TracedSentence& sentence : explanation.sentences) {
    out += '\n';
    wrap_text(out, sentence.label + ": ", 2, sentence.text);
    std::string ids;
    for (std::size_t i = 0; i < sentence.events.size() && i < kIdsShown; ++i) ids += " " + sentence.events[i];
    if (sentence.events.size() > kIdsShown)
      ids += fmt::format(" and {} more", sentence.events.size() - kIdsShown);
    wrap_text(out, "    from ", 9, sentence.basis + (ids.empty() ? "" : "; events" + ids));
  }
  text_section(out, "Records");
  for (const std::string& record : explanation.records) out += printable(record) + '\n';
  return out;
}

}  // namespace gatehouse::lodge
