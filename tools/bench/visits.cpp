// gatehouse-measure-visits FOLDER...: how well lodge/visits tells what a person meant from what a page or a program
// did. Each folder has a journal (eve.json) and its truth (truth.json), from tools/traffic/browsing. Prints precision,
// recall and calibration by band; --require makes it a test; --write keeps the figures where the report finds them.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "lodge/ingest.h"
#include "lodge/report/build_report.h"
#include "lodge/report/load_input.h"
#include "lodge/store/sqlite_store.h"
#include "lodge/visits/weights.h"

namespace gatehouse::lodge {
namespace {

struct Options {
  std::vector<std::string> folders;
  double precision = 0;
  double recall = 0;
  int cards = -1;
  std::string write;
  std::string data;
  bool each = false;
};

// An attempt as the lodge judged it, and as the truth has it.
struct Judged {
  Attempt attempt;
  bool meant = false;
  std::map<std::string, int> how;  // of its tries, by how they came about
};

// Folder for the store; gone afterwards.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-visits-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw SetupError({"cannot make a folder for temporary files", "set TMPDIR", name, 0});
    }
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::vector<Judged> judge(const std::string& folder, Store& store) {
  const SessionTimeline nobody = TimelineBuilder().build();
  value_or_throw(Ingest(store, nobody).run(folder + "/eve.json"));
  std::vector<Judged> judged;
  std::map<std::string, std::size_t> of_event;
  const auto attempts = value_or_throw(store.attempts_between(Timestamp{}, kStillOpen));
  for (const Attempt& attempt : attempts) {
    for (const auto& id : attempt.event_ids) of_event[id] = judged.size();
    judged.push_back({attempt, false, {}});
  }
  std::ifstream file(folder + "/truth.json");
  const auto truth = nlohmann::json::parse(file);
  for (const auto& one : truth) {
    const auto found = of_event.find(one.at("events").at(0).get<std::string>());
    if (found == of_event.end()) {
      throw SetupError({"the truth has a try that is in no attempt: " + one.dump(), "make both again", folder, 0});
    }
    Judged& to = judged[found->second];
    const bool meant = one.at("label") == "deliberate";
    to.meant = to.meant || meant;
    ++to.how[(meant ? "meant: " : "not meant: ") + one.at("how").get<std::string>()];
  }
  return judged;
}

struct Score {
  double precision = 0;
  double recall = 0;
};

Score at_threshold(const std::vector<Judged>& all, int threshold) {
  double right = 0;
  double told = 0;
  double meant = 0;
  for (const Judged& one : all) {
    meant += one.meant;
    if (one.attempt.score < threshold) continue;
    told += 1;
    right += one.meant;
  }
  return {told == 0 ? 1 : right / told, meant == 0 ? 1 : right / meant};
}

std::size_t count(const std::vector<Judged>& all, Band band, bool meant) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Judged& one) {
    return one.attempt.band == band && one.meant == meant;
  }));
}

void print_bands(const std::vector<Judged>& all) {
  fmt::print("{:<20} {:>9} {:>10} {:>10} {:>14}\n", "band", "attempts", "meant", "not meant", "share meant");
  constexpr std::array<std::pair<Band, const char*>, 3> kBands = {{{Band::LikelyDeliberate, "likely deliberate"},
                                                                   {Band::Unclear, "unclear"},
                                                                   {Band::LikelyBackground, "likely background"}}};
  for (const auto& [band, name] : kBands) {
    const std::size_t meant = count(all, band, true);
    const std::size_t not_meant = count(all, band, false);
    const std::size_t sum = meant + not_meant;
    fmt::print("{:<20} {:>9} {:>10} {:>10} {:>13.1f}%\n", name, sum, meant, not_meant,
               sum == 0 ? 0.0 : 100.0 * static_cast<double>(meant) / static_cast<double>(sum));
  }
}

void print_tenths(const std::vector<Judged>& all) {
  fmt::print("\ncalibration: score, attempts, share meant\n");
  for (int low = 0; low <= 90; low += 10) {
    double sum = 0;
    double meant = 0;
    for (const Judged& one : all) {
      if (std::min(one.attempt.score / 10 * 10, 90) != low) continue;
      sum += 1;
      meant += one.meant;
    }
    if (sum > 0) {
      fmt::print("  {:>2} to {:<3} {:>7} {:>7.1f}%\n", low, low == 90 ? 100 : low + 9, sum,
                 100 * meant / sum);
    }
  }
}

void print_by_how(const std::vector<Judged>& all) {
  std::map<std::string, std::array<int, 3>> by_how;
  for (const Judged& one : all) {
    for (const auto& [how, times] : one.how) ++by_how[how][static_cast<std::size_t>(one.attempt.band)];
  }
  fmt::print("\n{:<48} {:>10} {:>8} {:>10}\n", "attempts with a try that came about so", "deliberate",
             "unclear", "background");
  for (const auto& [how, bands] : by_how) fmt::print("{:<48} {:>10} {:>8} {:>10}\n", how, bands[0], bands[1], bands[2]);
}

void print_each(const std::vector<Judged>& all) {
  for (const Judged& one : all) {
    fmt::print("{} {} {} {:>3} {}", one.attempt.id, one.meant ? "meant " : "not   ", format_utc(one.attempt.first),
               one.attempt.score, one.attempt.who.device);
    for (const auto& host : one.attempt.hosts) fmt::print(" {}", host.host);
    for (const auto& [how, times] : one.how) fmt::print(" <{} x{}>", how, times);
    for (const auto& reason : one.attempt.reasons) fmt::print(" | {}", reason);
    fmt::print("\n");
  }
}

std::size_t cards_of(const SqliteStore& store, const std::vector<Judged>& all) {
  if (all.empty()) return 0;
  ReportContext context;
  const Day day = london_day(all.front().attempt.first);
  return build_report(value_or_throw(load_daily_input(store, day, context))).cards.size();
}

// The figures, as the source that the report's footer reads.
void write_figures(const Options& options, const std::vector<Judged>& all) {
  const Score told = at_threshold(all, kScoreWeights.deliberate_from);
  const auto meant = count(all, Band::LikelyDeliberate, true) + count(all, Band::Unclear, true) +
                     count(all, Band::LikelyBackground, true);
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  std::ofstream out(options.write);
  out << "// How well attempts are told from background, as measured. Written by `gatehouse-measure-visits "
         "--write`; do\n"
         "// not edit. The report's footer carries these figures.\n#pragma once\n\nnamespace "
         "gatehouse::lodge {\n\n"
         "struct MeasuredError {\n"
         "  const char* date;      // when\n"
         "  const char* data;      // on what\n"
         "  int attempts;          // judged\n"
         "  int meant;             // of them by a person\n"
         "  double precision;      // of those said to be likely deliberate, the share that was\n"
         "  double recall;         // of those that a person meant, the share said to be likely deliberate\n"
         "  double meant_unclear;  // of those that a person meant, the share said to be unclear\n"
         "  double missed;         // of those that a person meant, the share said to be likely background\n"
         "};\n";
  const auto share = [&](Band band) {
    return static_cast<double>(count(all, band, true)) / static_cast<double>(meant);
  };
  out << fmt::format(
      "inline constexpr MeasuredError kMeasuredError{{\n    \"{:%Y-%m-%d}\", \"{}\",\n    {}, {}, {:.3f}, "
      "{:.3f}, {:.3f}, {:.3f}}};\n\n}}  // namespace gatehouse::lodge\n",
      today, options.data, all.size(), meant, told.precision, told.recall, share(Band::Unclear),
      share(Band::LikelyBackground));
  out.close();
  if (!out) throw SetupError({"cannot write", "name a folder that exists", options.write, 0});
}

int run(const Options& options) {
  std::vector<Judged> all;
  bool good = true;
  for (const std::string& folder : options.folders) {
    const Scratch scratch;
    const auto store = value_or_throw(SqliteStore::open(scratch.file("store.db")));
    auto judged = judge(folder, *store);
    if (options.cards >= 0) {
      const std::size_t cards = cards_of(*store, judged);
      fmt::print("{}: {} attempts, {} cards\n", folder, judged.size(), cards);
      good = good && cards == static_cast<std::size_t>(options.cards);
    }
    std::move(judged.begin(), judged.end(), std::back_inserter(all));
  }
  if (options.each) print_each(all);
  print_bands(all);
  print_tenths(all);
  print_by_how(all);
  const Score told = at_threshold(all, kScoreWeights.deliberate_from);
  fmt::print("\nlikely deliberate ({} and more): precision {:.3f} at recall {:.3f}\n", kScoreWeights.deliberate_from,
             told.precision, told.recall);
  for (int threshold = 100; threshold >= 0; --threshold) {
    const Score here = at_threshold(all, threshold);
    if (here.recall < 0.90) continue;
    fmt::print("at recall 0.90 or more (score {} and more): precision {:.3f} at recall {:.3f}\n", threshold,
               here.precision, here.recall);
    break;
  }
  if (!options.write.empty()) write_figures(options, all);
  return good && told.precision >= options.precision && told.recall >= options.recall ? 0 : 1;
}

}  // namespace
}  // namespace gatehouse::lodge

int main(int argc, char** argv) {
  CLI::App app{"Measures how well attempts of people are told from the background."};
  gatehouse::lodge::Options options;
  app.add_option("folders", options.folders, "Each with eve.json and truth.json")->required();
  app.add_option("--precision", options.precision, "Fail below this, with ...");
  app.add_option("--recall", options.recall, "... this");
  app.add_option("--cards", options.cards, "Fail unless the report of each folder has so many cards");
  CLI::Option* write = app.add_option("--write", options.write, "Keep the figures in this header");
  app.add_option("--data", options.data, "What it says that they were measured on")->needs(write);
  app.add_flag("--each", options.each, "Print each attempt with its truth and what it was judged by");
  CLI11_PARSE(app, argc, argv);
  try {
    return gatehouse::lodge::run(options);
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-measure-visits: " << error.what() << '\n';
    return 1;
  }
}
