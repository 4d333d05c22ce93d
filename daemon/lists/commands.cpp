#include "lists/commands.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "lists/formats/format.h"
#include "lists/matcher.h"

namespace gatehouse::lists {

namespace {

DateNumber number_of(Day day) {
  return static_cast<DateNumber>(static_cast<int>(day.year())) * 10000 + static_cast<unsigned>(day.month()) * 100 +
         static_cast<unsigned>(day.day());
}

std::string date_text(DateNumber date) {
  return fmt::format("{:04}-{:02}-{:02}", date / 10000, date / 100 % 100, date % 100);
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", with_thousands(count), count == 1 ? one : many);
}

std::string_view name_of(MatchKind kind) {
  switch (kind) {
    case MatchKind::Domain: return "domain";
    case MatchKind::Host: return "host";
    case MatchKind::UrlPrefix: return "url";
    case MatchKind::Pattern: return "pattern";
    case MatchKind::Keyword: return "keyword";
    case MatchKind::Homoglyph: return "look-alike";
    case MatchKind::Address: return "address";
  }
  return "entry";
}

Result<Compiler> compile_all(std::span<const ListInput> inputs, const CompileOptions& options) {
  Compiler compiler(options);
  if (auto ok = compiler.read_categories(); !ok) return tl::make_unexpected(ok.error());
  for (const ListInput& input : inputs) {
    if (auto ok = compiler.add(input); !ok) return tl::make_unexpected(ok.error());
  }
  return Result<Compiler>(std::move(compiler));
}

// Asks the pack about each name of a list of ordinary sites, and keeps those that a block list holds.
class OrdinarySites final : public EntrySink {
 public:
  explicit OrdinarySites(const Pack& pack) : pack_(pack) {}
  void begin_file(const std::string&) override {}
  void bad_line(std::uint32_t, std::string, std::string) override {}
  void describe(const ListSource&, const std::string&) override {}
  void entry(EntryKind kind, std::string_view text, std::uint32_t, const NoteSource*) override {
    CanonicalEntry site;
    if (reader_.read(kind, text, site) || site.kind == MatchKind::UrlPrefix) return;
    const MatchSet found = site.kind == MatchKind::Address ? pack_.match_address(site.network.base())
                                                           : pack_.match_host(site.text);
    ++asked;
    for (const Match& match : found.all()) {
      const ListInfo& list = pack_.list(match.list);
      if (list.allow) return;
      if (first_.empty()) first_ = describe_match(site.text, match, list);
    }
    if (!first_.empty()) blocked.push_back(std::exchange(first_, {}));
  }

  std::size_t asked = 0;
  std::vector<std::string> blocked;

 private:
  [[nodiscard]] std::string describe_match(const std::string& site, const Match& match, const ListInfo& list) const {
    if (list.sealed) return fmt::format("{} (list '{}')", site, list.id);
    const EntryInfo entry = pack_.entry(match.entry);
    return fmt::format("{}: by the {} '{}' ({}:{})", site, name_of(match.kind), entry.text, entry.file, entry.line);
  }

  const Pack& pack_;
  EntryReader reader_;
  std::string first_;
};

// Overdue reviews; returns how many.
std::size_t report_overdue(const Pack& pack, Day today, std::size_t most, std::ostream& out) {
  std::size_t overdue = 0;
  const DateNumber now = number_of(today);
  for (std::size_t i = 0; i < pack.list_count(); ++i) {
    const ListInfo& list = pack.list(i);
    if (list.review_by == 0 || list.review_by >= now) continue;
    ++overdue;
    fmt::print(out, "{}: the list '{}' was to be reviewed by {}\n  remedy: review it and set a new review_by\n",
               list.path, list.id, date_text(list.review_by));
  }
  for (std::size_t i = 0; i < pack.entry_count(); ++i) {
    const EntryInfo entry = pack.entry(i);
    if (entry.review_by == 0 || entry.review_by >= now || entry.review_by == pack.list(entry.list).review_by) continue;
    if (++overdue > most) continue;
    fmt::print(out, "{}:{}: the entry {}was to be reviewed by {}\n  remedy: review it or remove it\n", entry.file,
               entry.line, entry.text.empty() ? "" : fmt::format("'{}' ", entry.text), date_text(entry.review_by));
  }
  return overdue;
}

}  // namespace

Result<CompileReport> compile_lists(std::span<const ListInput> inputs, const CompileOptions& options,
                                    const std::filesystem::path& out) {
  auto compiler = compile_all(inputs, options);
  if (!compiler) return tl::make_unexpected(compiler.error());
  if (auto ok = compiler->write(out); !ok) return tl::make_unexpected(ok.error());
  return compiler->report();
}

void print_report(const CompileReport& report, std::ostream& out) {
  for (const ListReport& list : report.lists) {
    fmt::print(out, "{} ({}, {}): {}", list.id, list.format, list.category, counted(list.entries, "entry", "entries"));
    if (list.duplicates > 0) fmt::print(out, ", {} twice", with_thousands(list.duplicates));
    if (list.skipped > 0) fmt::print(out, ", {} skipped", counted(list.skipped, "line", "lines"));
    out << '\n';
  }
  for (const ListReport& list : report.lists) {
    for (const Error& problem : list.problems) fmt::print(out, "{}\n", problem.to_string());
    if (list.skipped > list.problems.size()) {
      fmt::print(out, "{}: and {} more\n", list.path, with_thousands(list.skipped - list.problems.size()));
    }
  }
}

void describe_pack(const Pack& pack, Day today, std::ostream& out) {
  fmt::print(out, "compiled {}, {} in {}, version {:016x}\n", format_date_clock(pack.compiled_at()),
             counted(pack.entry_count(), "entry", "entries"), counted(pack.list_count(), "list", "lists"),
             pack.checksum());
  std::vector<std::size_t> order(pack.category_count());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return pack.category(a).order < pack.category(b).order; });
  for (const std::size_t c : order) {
    const CategoryInfo& category = pack.category(c);
    fmt::print(out, "\n{} [{}], severity {}{}\n", category.title, category.id, category.severity,
               category.sealed ? ", sealed" : "");
    bool any = false;
    for (std::size_t i = 0; i < pack.list_count(); ++i) {
      const ListInfo& list = pack.list(i);
      if (list.category != c) continue;
      any = true;
      fmt::print(out, "  {}{}{}: {} ({})\n", list.id, list.allow ? " (allow)" : "", list.sealed ? " (sealed)" : "",
                 list.title, counted(list.entries, "entry", "entries"));
      fmt::print(out, "    from {} as {}\n", list.path, list.format);
      if (!list.source.empty()) fmt::print(out, "    source: {}\n", list.source);
      if (!list.reviewer.empty()) fmt::print(out, "    reviewer: {}\n", list.reviewer);
      if (list.review_by != 0) {
        fmt::print(out, "    review by {}{}\n", date_text(list.review_by),
                   list.review_by < number_of(today) ? ": OVERDUE" : "");
      }
    }
    if (!any) out << "  no list\n";
  }
}

bool print_entries(const Pack& pack, std::string_view list_id, std::ostream& out) {
  const auto index = pack.find_list(list_id);
  if (!index) return false;
  const ListInfo& list = pack.list(*index);
  if (list.sealed) {
    fmt::print(out, "{}: {}; the list is sealed, its entries are not shown\n", list.id,
               counted(list.entries, "entry", "entries"));
    return true;
  }
  for (std::size_t i = 0; i < pack.entry_count(); ++i) {
    const EntryInfo entry = pack.entry(i);
    if (entry.list != *index) continue;
    fmt::print(out, "{}:{}: {} {}", entry.file, entry.line, name_of(entry.kind), entry.text);
    if (!entry.reason.empty()) fmt::print(out, "  ({})", entry.reason);
    out << '\n';
  }
  return true;
}

CheckStatus check_lists(std::span<const ListInput> inputs, const CheckOptions& options, std::ostream& out) {
  auto compiler = compile_all(inputs, options.compile);
  if (!compiler) {
    fmt::print(out, "{}\n", compiler.error().to_string());
    return CheckStatus::Unusable;
  }
  print_report(compiler->report(), out);
  const auto pack = compiler->to_pack();
  if (!pack) {
    fmt::print(out, "{}\n", pack.error().to_string());
    return CheckStatus::Unusable;
  }
  std::size_t warnings = compiler->report().skipped() + report_overdue(**pack, options.today, options.most_shown, out);
  for (const std::string& path : options.ordinary_sites) {
    const auto source = read_source(path);
    const auto format = source ? recognise_format(*source) : tl::make_unexpected(source.error());
    OrdinarySites sites(**pack);
    const Result<void> read = format ? (*format)->read(*source, sites) : tl::make_unexpected(format.error());
    if (!read) {
      fmt::print(out, "{}\n", read.error().to_string());
      return CheckStatus::Unusable;
    }
    fmt::print(out, "{}: {} of {} ordinary names would be blocked\n", path, with_thousands(sites.blocked.size()),
               with_thousands(sites.asked));
    for (std::size_t i = 0; i < std::min(sites.blocked.size(), options.most_shown); ++i) {
      fmt::print(out, "  {}\n", sites.blocked[i]);
    }
    warnings += sites.blocked.size();
  }
  fmt::print(out, "{}\n", warnings == 0 ? "no problems" : counted(warnings, "problem", "problems"));
  return warnings == 0 ? CheckStatus::Clean : CheckStatus::Warnings;
}

}  // namespace gatehouse::lists
