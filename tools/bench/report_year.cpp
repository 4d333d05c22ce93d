// A day's report out of a year's store: a college of 5,000 devices, a million attempts, listed events kept
// for 30 days.
//   report_year make FILE [ATTEMPTS]   fills a store (a minute or two, about 1 GB)
//   report_year measure FILE           loads, builds and renders the last day's report; prints time and
//   memory
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <string>

#include "lodge/report/build_report.h"
#include "lodge/report/load_input.h"
#include "lodge/report/render_csv.h"
#include "lodge/report/render_html.h"
#include "lodge/report/render_text.h"
#include "measure.h"

namespace {

using namespace gatehouse;

constexpr int kDays = 365;
constexpr int kDevices = 5000;
constexpr int kEventDays = 30;
const Day kLast = *parse_day("2026-11-10");
constexpr const char* kCategories[] = {"other-harm",     "circumvention",      "weapons-firearms",
                                       "weapons-other",  "extremism-islamist", "extremism-right-wing",
                                       "extremism-other"};

lodge::CategoryWeights weights() {
  lodge::CategoryWeights out;
  int severity = 2;
  for (const char* id : kCategories) out[id] = {id, std::min(severity++, 5)};
  return out;
}

lodge::Attempt attempt(std::uint64_t number, Timestamp at, std::mt19937_64& random) {
  lodge::Attempt out;
  out.id = fmt::format("a{:08x}", number);
  out.first = at;
  out.last = at + Seconds{static_cast<std::int64_t>(random() % 120)};
  // Nine in ten are background, of the lighter kinds.
  const bool background = random() % 10 != 0;
  out.category = kCategories[background ? random() % 2 : random() % std::size(kCategories)];
  out.band = background          ? lodge::Band::LikelyBackground
             : random() % 3 == 0 ? lodge::Band::LikelyDeliberate
                                 : lodge::Band::Unclear;
  out.score = background ? 15 : out.band == lodge::Band::Unclear ? 50 : 80;
  const auto device = random() % kDevices;
  out.who.grade = static_cast<lodge::Grade>(random() % 4);
  if (names_a_person(out.who.grade)) out.who.login = fmt::format("learner{}", device);
  out.who.device = fmt::format("02:00:5e:00:{:02x}:{:02x}", device >> 8, device & 255);
  out.who.group = "students";
  out.who.place = fmt::format("Room {}", device % 200);
  out.who.why = "Wi-Fi sign-in for the whole time; no second source.";
  out.address = fmt::format("10.10.{}.{}", device >> 8, device & 255);
  out.network = "students";
  out.hits = 1 + static_cast<std::uint32_t>(random() % 6);
  out.action = journal::Action::Block;
  out.outcome = journal::Outcome::Blocked;
  out.reasons = {"asked for again and again in a fixed rhythm", "many devices ask for the same name"};
  out.hosts.push_back({fmt::format("host{}.test", random() % 2000), "", "list", "entry.test", 12, out.hits});
  return out;
}

void make(const std::string& file, std::uint64_t attempts) {
  const auto store = value_or_throw(lodge::SqliteStore::open(file));
  std::mt19937_64 random(1);
  std::uint64_t number = 0;
  for (int ago = kDays - 1; ago >= 0; --ago) {
    const Day day{std::chrono::sys_days{kLast} - std::chrono::days{ago}};
    const DayBounds bounds = london_day_bounds(day);
    lodge::IngestBatch batch;
    for (std::uint64_t i = 0; i < attempts / kDays; ++i) {
      // Between eight and eighteen.
      const Timestamp at = london_at(day, 8 * 60) + Seconds{static_cast<std::int64_t>(random() % 36000)};
      batch.attempts.push_back(attempt(number++, at, random));
      const lodge::Attempt& made = batch.attempts.back();
      for (std::uint32_t k = 0; ago < kEventDays && k < made.hits; ++k) {
        batch.events.push_back(
            {fmt::format("{}-{}", made.id, k), made.id, at,
             fmt::format(R"({{"timestamp":"x","event_type":"tls","tls":{{"sni":"{}"}},"pad":"{:200}"}})",
                         made.hosts[0].host, "")});
      }
    }
    for (Timestamp end = bounds.begin + Seconds{60}; end <= bounds.end; end += Seconds{60}) {
      batch.coverage.push_back({fmt::format("m{}", to_us(end)),
                                {end,
                                 {{"flows.named", 2000},
                                  {"unnamed.encrypted-hello", 80},
                                  {"unnamed.tunnel", 20},
                                  {"unnamed.known-other", 60}}}});
    }
    throw_if_failed(store->ingest(batch));
  }
  fmt::print("{} attempts of {} days\n", number, kDays);
}

void measure(const std::string& file) {
  const auto store = value_or_throw(lodge::SqliteStore::open(file));
  lodge::ReportContext context;
  context.categories = weights();
  context.settings.pseudonym_key = lodge::pseudonym_key_from("a benchmark's own key");
  const auto begun = std::chrono::steady_clock::now();
  const lodge::DailyInput input = value_or_throw(lodge::load_daily_input(*store, kLast, context));
  const auto loaded = std::chrono::steady_clock::now();
  const lodge::DailyReport report = lodge::build_report(input);
  const std::size_t bytes = lodge::render_html(report).size() + lodge::render_text(report).size() +
                            lodge::render_csv(report).size();
  const auto done = std::chrono::steady_clock::now();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](auto from, auto to) { return std::chrono::duration<double>(to - from).count(); };
  fmt::print("{} attempts of the day, {} cards, {} bytes of report\n", input.attempts.size(),
             report.cards.size(), bytes);
  fmt::print(
      "load {:.2f} s, build and render {:.2f} s, in all {:.2f} s ({:.2f} s of processor), peak {} MB\n",
      seconds(begun, loaded), seconds(loaded, done), seconds(begun, done), bench::cpu_seconds(),
      usage.ru_maxrss / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  try {
    if (what == "make") {
      make(argv[2], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1'000'000);
      return 0;
    }
    if (what == "measure") {
      measure(argv[2]);
      return 0;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  fmt::print(stderr, "usage: report_year make FILE [ATTEMPTS] | report_year measure FILE\n");
  return 2;
}
