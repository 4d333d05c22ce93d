// Look-ups with everything a pack can match, patterns and keywords included. Each worker owns one, because
// Hyperscan needs scratch space that only one thread uses at a time. Made anew for each pack; the look-ups
// allocate nothing and take no lock.
#pragma once

#include <memory>
#include <string_view>

#include "lists/pack.h"

struct hs_scratch;

namespace gatehouse::lists {

class Matcher {
 public:
  // Throws SetupError when the scratch space cannot be had (out of memory).
  explicit Matcher(std::shared_ptr<const Pack> pack);
  Matcher(Matcher&& other) noexcept;
  Matcher& operator=(Matcher&& other) noexcept;
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;
  ~Matcher();

  [[nodiscard]] const Pack& pack() const noexcept { return *pack_; }
  [[nodiscard]] const std::shared_ptr<const Pack>& shared_pack() const noexcept { return pack_; }

  // All that a host name alone can match: exact hosts, domains, host patterns, look-alikes.
  [[nodiscard]] MatchSet match_host(std::string_view host) const noexcept;
  // That, and URL entries, URL patterns and keywords, where a path is visible. `path_and_query` as sent.
  [[nodiscard]] MatchSet match_url(std::string_view host, std::string_view path_and_query) const noexcept;
  [[nodiscard]] MatchSet match_address(const IpAddress& address) const noexcept { return pack_->match_address(address); }

 private:
  void scan(PatternGroup group, std::string_view text, MatchSet& out) const noexcept;

  std::shared_ptr<const Pack> pack_;
  hs_scratch* scratch_ = nullptr;
};

}  // namespace gatehouse::lists
