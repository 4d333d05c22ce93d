#include "lodge/report/settings.h"

#include "lodge/names/look_up.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kShortestKey = 16;  // characters: what is shorter can be tried out in an afternoon

std::optional<Day> read_day(const ConfigNode& node) {
  const auto day = parse_day(node.text());
  if (!day) node.wrong("is not a day", "write it as 2026-09-07");
  return day;
}

std::vector<Term> read_terms(const ConfigNode& node) {
  std::vector<Term> terms;
  for (const ConfigNode& item : node.list()) {
    const std::string name = item.required("name").text();
    const auto first = read_day(item.required("first"));
    const auto last = read_day(item.required("last"));
    item.finish();
    if (!first || !last) continue;
    if (*last < *first) {
      item.error("the term ends before it begins", "exchange `first` and `last`");
      continue;
    }
    terms.push_back({name, *first, *last});
  }
  return terms;
}

}  // namespace

HashKey pseudonym_key_from(std::string_view text) noexcept { return {fnv1a(text), fnv1a(text, ~kFnvStart)}; }

ReportSettings read_report_settings(const ConfigFile& file) {
  ReportSettings settings;
  const ConfigNode college = file.section("college");
  settings.college = college.child("name").text(settings.college);
  settings.site = college.child("site").text();
  settings.contact = college.child("contact").text();
  settings.prevent_policy = college.child("prevent_policy").text();
  settings.terms = read_terms(college.child("terms"));
  college.finish();

  const ConfigNode report = file.section("report");
  settings.names = report.child("names").choice<Names>(
      {{"pseudonyms", Names::Pseudonyms}, {"logins", Names::Logins}}, settings.names);
  const ConfigNode key = report.child("pseudonym_key");
  const std::string secret = key.text();
  settings.pseudonym_key_set = !secret.empty();
  if (key.present() && secret.size() < kShortestKey) {
    key.wrong("is too short to keep the codes secret",
              "use 16 characters or more, such as `openssl rand -hex 16` prints");
  }
  settings.pseudonym_key = pseudonym_key_from(settings.pseudonym_key_set ? secret : settings.college);
  settings.gap_minutes =
      static_cast<int>(report.child("gap").duration(Seconds{600}, Seconds{60}, Seconds{86400}).count() / 60);
  settings.named_percent_floor =
      static_cast<int>(report.child("named_floor").integer(settings.named_percent_floor, 0, 100));
  settings.list_days = static_cast<int>(report.child("list_days").integer(settings.list_days, 1, 365));
  settings.name_roles = report.child("name_roles").texts();
  if (settings.name_roles.empty()) settings.name_roles = default_name_roles();
  const ConfigNode sample = report.child("sample");
  constexpr int kMostSampled = 20;  // more is not read
  settings.sample.random = static_cast<std::size_t>(sample.child("random").integer(3, 0, kMostSampled));
  settings.sample.targeted = static_cast<std::size_t>(sample.child("targeted").integer(2, 0, kMostSampled));
  sample.finish();
  const ConfigNode steps = report.child("next_step");
  settings.next_step_today = steps.child("today").text();
  settings.next_step_week = steps.child("this_week").text();
  steps.finish();
  report.finish();
  return settings;
}

}  // namespace gatehouse::lodge
