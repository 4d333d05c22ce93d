#include "lists/matcher.h"

#include <hs/hs.h>

#include <utility>

namespace gatehouse::lists {

Matcher::Matcher(std::shared_ptr<const Pack> pack) : pack_(std::move(pack)) {
  for (const hs_database* const database : pack_->databases_) {
    if (database != nullptr && hs_alloc_scratch(database, &scratch_) != HS_SUCCESS) {
      hs_free_scratch(scratch_);
      throw SetupError({"no memory to search for patterns", "use fewer or simpler patterns", {}, 0});
    }
  }
}

Matcher::Matcher(Matcher&& other) noexcept
    : pack_(std::move(other.pack_)), scratch_(std::exchange(other.scratch_, nullptr)) {}

Matcher& Matcher::operator=(Matcher&& other) noexcept {
  std::swap(pack_, other.pack_);
  std::swap(scratch_, other.scratch_);
  return *this;
}

Matcher::~Matcher() {
  if (scratch_ != nullptr) hs_free_scratch(scratch_);
}

void Matcher::scan(PatternGroup group, std::string_view text, MatchSet& out) const noexcept {
  const auto index = static_cast<std::size_t>(group);
  const hs_database* const database = pack_->databases_[index];
  if (database == nullptr) return;
  struct Context {
    const Pack& pack;
    MatchSet& out;
    std::size_t first;
    std::size_t count;
    MatchKind kind;
  };
  std::size_t first = 0;
  for (std::size_t i = 0; i < index; ++i) first += pack_->pattern_count_[i];
  Context context{*pack_, out, first, pack_->pattern_count_[index],
                  group == PatternGroup::Keyword ? MatchKind::Keyword : MatchKind::Pattern};
  const auto on_match = [](unsigned id, unsigned long long, unsigned long long, unsigned, void* given) -> int {
    const auto& to = *static_cast<Context*>(given);
    if (id < to.count) to.pack.add(to.out, to.pack.pattern_entries_[to.first + id], to.kind);
    return 0;
  };
  hs_scan(database, text.data(), static_cast<unsigned>(text.size()), 0, scratch_, on_match, &context);
}

MatchSet Matcher::match_host(std::string_view as_sent) const noexcept {
  MatchSet out;
  const HostName host(as_sent);
  if (!host.valid()) return out;
  pack_->match_canonical(host, out);
  scan(PatternGroup::Host, host.view(), out);
  return out;
}

MatchSet Matcher::match_url(std::string_view as_sent, std::string_view path_and_query) const noexcept {
  MatchSet out;
  const HostName host(as_sent);
  if (!host.valid()) return out;
  UrlText url;
  canonical_url(host.view(), path_and_query, url);
  pack_->match_urls(url.view(), out);
  MatchSet by_host;
  pack_->match_canonical(host, by_host);
  for (const Match& match : by_host.all()) out.add(match);
  scan(PatternGroup::Host, host.view(), out);
  scan(PatternGroup::Url, url.view(), out);
  if (pack_->pattern_count_[static_cast<std::size_t>(PatternGroup::Keyword)] > 0) {
    UrlText words;
    search_text(path_and_query, words);
    scan(PatternGroup::Keyword, words.view(), out);
  }
  return out;
}

}  // namespace gatehouse::lists
