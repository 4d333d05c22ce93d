#include "lists/patterns.h"

#include <hs/hs.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace gatehouse::lists {

namespace {

constexpr unsigned kFlags = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
constexpr unsigned kShortestMatch = 4;  // characters; anything shorter is in half of all names

// Ordinary names and addresses that no pattern for a college has any business to match.
constexpr std::array<std::string_view, 8> kOrdinaryHosts = {
    "www.google.com", "www.bbc.co.uk", "www.gov.uk", "outlook.office365.com", "www.wikipedia.org", "www.nhs.uk",
    "www.jisc.ac.uk", "fonts.gstatic.com"};
constexpr std::array<std::string_view, 8> kOrdinaryUrls = {
    "google.com/search?q=maths+revision", "bbc.co.uk/news/uk-12345678", "gov.uk/browse/education",
    "outlook.office365.com/mail/inbox", "wikipedia.org/wiki/main_page", "nhs.uk/conditions/asthma",
    "jisc.ac.uk/network", "fonts.gstatic.com/s/roboto/v30/abc.woff2"};
constexpr std::size_t kMostOrdinary = 1;

using Database = std::unique_ptr<hs_database_t, decltype(&hs_free_database)>;
using Scratch = std::unique_ptr<hs_scratch_t, decltype(&hs_free_scratch)>;

std::string take_message(hs_compile_error_t* error) {
  std::string out = error != nullptr ? error->message : "it cannot be compiled";
  if (error != nullptr) hs_free_compile_error(error);
  if (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

std::size_t ordinary_matches(const hs_database_t* database, PatternGroup group) {
  hs_scratch_t* raw = nullptr;
  if (hs_alloc_scratch(database, &raw) != HS_SUCCESS) return 0;
  const Scratch scratch(raw, &hs_free_scratch);
  std::size_t matched = 0;
  for (const std::string_view text : group == PatternGroup::Host ? kOrdinaryHosts : kOrdinaryUrls) {
    bool hit = false;
    const auto on_match = [](unsigned, unsigned long long, unsigned long long, unsigned, void* given) {
      *static_cast<bool*>(given) = true;
      return 0;
    };
    hs_scan(database, text.data(), static_cast<unsigned>(text.size()), 0, raw, on_match, &hit);
    matched += hit ? 1 : 0;
  }
  return matched;
}

}  // namespace

std::string pattern_fault(const std::string& expression, PatternGroup group) {
  hs_expr_info_t* raw_info = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_expression_info(expression.c_str(), kFlags, &raw_info, &error) != HS_SUCCESS) return take_message(error);
  const std::unique_ptr<hs_expr_info_t, decltype(&std::free)> info(raw_info, &std::free);
  if (info->min_width < kShortestMatch && group != PatternGroup::Keyword) {
    return "it can match fewer than four characters, and so almost anything";
  }
  hs_database_t* raw = nullptr;
  if (hs_compile(expression.c_str(), kFlags, HS_MODE_BLOCK, nullptr, &raw, &error) != HS_SUCCESS) {
    return take_message(error);
  }
  const Database database(raw, &hs_free_database);
  if (group != PatternGroup::Keyword && ordinary_matches(raw, group) > kMostOrdinary) {
    return "it matches several ordinary sites that everyone uses";
  }
  return {};
}

Result<std::string> compile_patterns(const std::vector<PatternSource>& patterns) {
  if (patterns.empty()) return std::string();
  std::vector<const char*> expressions;
  std::vector<unsigned> flags(patterns.size(), kFlags);
  std::vector<unsigned> ids;
  for (const PatternSource& one : patterns) {
    ids.push_back(static_cast<unsigned>(expressions.size()));
    expressions.push_back(one.expression.c_str());
  }
  hs_database_t* raw = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(expressions.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()), HS_MODE_BLOCK,
                       nullptr, &raw, &error) != HS_SUCCESS) {
    return failure(fmt::format("the patterns cannot be compiled together: {}", take_message(error)),
                   "remove the longest patterns");
  }
  const Database database(raw, &hs_free_database);
  char* bytes = nullptr;
  std::size_t length = 0;
  if (hs_serialize_database(raw, &bytes, &length) != HS_SUCCESS) {
    return failure("no memory to write the patterns", "use fewer patterns");
  }
  const std::unique_ptr<char, decltype(&std::free)> owner(bytes, &std::free);
  return std::string(bytes, length);
}

}  // namespace gatehouse::lists
