#include "gate/policy/policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gatehouse::policy {
namespace {

constexpr std::string_view kSealedRule = "sealed list";
constexpr std::string_view kDefaultRule = "category default";
constexpr std::string_view kAllowListRule = "allow list";
constexpr std::string_view kPermissionRule = "exemption";
constexpr std::string_view kTunnelRule = "tunnel kind";
constexpr std::string_view kTunnelList = "tunnels";
constexpr std::uint8_t kTunnelSeverity = 2;  // as the shipped category has it
constexpr int kTunnelOrder = 40;

bool bit(const std::vector<bool>& bits, std::size_t at) noexcept { return at < bits.size() && bits[at]; }

bool in_domain(std::string_view host, std::string_view domain) noexcept {
  if (!host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

template <typename Key>
std::uint16_t find_owner(const std::vector<std::pair<Key, std::uint16_t>>& sorted, const Key& key) noexcept {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), key,
                                   [](const auto& one, const Key& wanted) { return one.first < wanted; });
  return at != sorted.end() && at->first == key ? at->second : Client::kNone;
}

}  // namespace

// A few lengths, and in each the last prefix whose base is not above the address: if any holds it, that one
// does.
std::uint16_t PolicySnapshot::network_of(const IpAddress& address) const noexcept {
  for (const PrefixRun& run : prefix_runs_) {
    const auto begin = prefixes_.begin() + static_cast<std::ptrdiff_t>(run.begin);
    const auto end = prefixes_.begin() + static_cast<std::ptrdiff_t>(run.end);
    auto at = std::upper_bound(begin, end, address, [](const IpAddress& wanted, const PrefixOwner& one) {
      return wanted < one.prefix.base();
    });
    if (at == begin || !(--at)->prefix.contains(address)) continue;
    // Of networks that claim the same addresses the first in the file counts.
    while (at != begin && std::prev(at)->prefix == at->prefix) --at;
    return at->network;
  }
  return Client::kNone;
}

Client PolicySnapshot::client_of(const Subject& subject) const noexcept {
  Client out;
  if (!subject.mac.is_zero()) {
    out.network = find_owner(macs_, subject.mac);
    out.by = KnownBy::Mac;
  }
  if (out.network == Client::kNone && subject.vlan != 0) {
    out.network = find_owner(vlans_, subject.vlan);
    out.by = KnownBy::Vlan;
  }
  if (out.network == Client::kNone) {
    out.network = network_of(subject.address);
    out.by = KnownBy::Address;
  }
  if (out.network == Client::kNone) {
    out.by = KnownBy::Nothing;
  } else {
    out.group = network_groups_[out.network];
  }
  return out;
}

std::string_view PolicySnapshot::category_id(std::uint16_t category) const noexcept {
  return category < pack_->category_count() ? pack_->category(category).id : kCircumvention;
}

int PolicySnapshot::order_of(std::uint16_t category) const noexcept {
  return category < pack_->category_count() ? pack_->category(category).order : kTunnelOrder;
}

bool PolicySnapshot::is_sealed(const lists::Match& match) const noexcept {
  return pack_->list(match.list).sealed || pack_->category(match.category).sealed;
}

// A URL says more than a host, a host more than a domain, a longer name more than a shorter; patterns, words
// and likenesses say least, so that a name on an allow list stands against them.
std::uint64_t PolicySnapshot::specificity(const lists::Match& match) const noexcept {
  std::uint64_t rank = 0;
  switch (match.kind) {
    case lists::MatchKind::UrlPrefix:
      rank = 4;
      break;
    case lists::MatchKind::Host:
      rank = 3;
      break;
    case lists::MatchKind::Domain:
    case lists::MatchKind::Address:
      rank = 2;
      break;
    case lists::MatchKind::Pattern:
    case lists::MatchKind::Keyword:
      rank = 1;
      break;
    case lists::MatchKind::Homoglyph:
      rank = 0;
      break;
  }
  const bool is_name = rank >= 2 && match.kind != lists::MatchKind::Address;
  return rank << 32 | (is_name ? pack_->entry(match.entry).text.size() : 0);
}

const std::pair<std::string, Action>* PolicySnapshot::tunnel_kind(std::string_view kind) const noexcept {
  for (const auto& one : settings_.tunnels.kinds) {
    if (one.first == kind) return &one;
  }
  return nullptr;
}

bool PolicySnapshot::holds_for(const Permission& permission, const CompiledPermission& compiled,
                               const Question& question) const noexcept {
  if (compiled.everyone || bit(compiled.groups, question.client.group)) return true;
  const auto& macs = permission.macs;
  if (std::find(macs.begin(), macs.end(), question.subject.mac) != macs.end()) return true;
  return std::any_of(permission.addresses.begin(), permission.addresses.end(),
                     [&](const IpPrefix& prefix) { return prefix.contains(question.subject.address); });
}

// The first permission that covers the match (null: the tunnel) for this client now.
const Permission* PolicySnapshot::permission_for(const Question& question, const lists::Match* match,
                                                 Trace* trace) const noexcept {
  const std::size_t category = match != nullptr ? match->category : circumvention_;
  for (std::size_t i = 0; i < permissions_.size(); ++i) {
    const Permission& permission = settings_.permissions[i];
    const CompiledPermission& compiled = permissions_[i];
    const bool holds = holds_for(permission, compiled, question);
    if (!holds && trace == nullptr) continue;
    const bool about = bit(compiled.categories, category) ||
                       (match != nullptr && bit(compiled.lists, match->list)) ||
                       (match != nullptr &&
                        std::any_of(permission.hosts.begin(), permission.hosts.end(),
                                    [&](const std::string& one) { return in_domain(question.host, one); }));
    auto verdict = Trace::Verdict::Decides;
    if (!about) {
      verdict = Trace::Verdict::NotAbout;
    } else if (!holds) {
      verdict = Trace::Verdict::OtherGroup;
    } else if (permission.until && question.at >= *permission.until) {
      verdict = Trace::Verdict::Expired;
    }
    if (trace != nullptr) trace->permission(permission, verdict);
    if (verdict == Trace::Verdict::Decides) return &permission;
  }
  return nullptr;
}

// An allow list that permissions name counts only for those they name; any other counts for everybody.
bool PolicySnapshot::allow_list_counts(const lists::Match& match, const Question& question) const noexcept {
  if (!bit(scoped_lists_, match.list)) return true;
  for (std::size_t i = 0; i < permissions_.size(); ++i) {
    const Permission& permission = settings_.permissions[i];
    if (!bit(permissions_[i].lists, match.list) || (permission.until && question.at >= *permission.until))
      continue;
    if (holds_for(permission, permissions_[i], question)) return true;
  }
  return false;
}

// The allow-list entry that is at least as specific as the listed one. Resembling an allowed name allows
// nothing.
const lists::Match* PolicySnapshot::overriding_allow(const lists::Match& listed, const Question& question,
                                                     Trace* trace) const noexcept {
  for (const lists::Match& match : question.matches->all()) {
    if (!pack_->list(match.list).allow || match.kind == lists::MatchKind::Homoglyph) continue;
    auto verdict = Trace::Verdict::Decides;
    if (!allow_list_counts(match, question)) {
      verdict = Trace::Verdict::OtherGroup;
    } else if (specificity(match) < specificity(listed)) {
      verdict = Trace::Verdict::LessSpecific;
    }
    if (trace != nullptr) trace->allow_list(match, listed, verdict);
    if (verdict == Trace::Verdict::Decides) return &match;
  }
  return nullptr;
}

PolicySnapshot::Candidate PolicySnapshot::judge(std::uint16_t category, const Question& question,
                                                Trace* trace) const noexcept {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = settings_.rules[i];
    auto verdict = Trace::Verdict::Decides;
    if (!bit(rules_[i].categories, category)) {
      verdict = Trace::Verdict::OtherCategory;
    } else if (!bit(rules_[i].groups, question.client.group)) {
      verdict = Trace::Verdict::OtherGroup;
    } else if (rule.hours && !rule.hours->contains(*question.london)) {
      verdict = Trace::Verdict::OutsideHours;
    }
    if (trace != nullptr) trace->rule(rule, category_id(category), verdict);
    if (verdict == Trace::Verdict::Decides) return {rule.action, DecidedBy::Rule, &rule};
  }
  return {category_defaults_[category], DecidedBy::Default, nullptr};
}

void PolicySnapshot::describe(Decision& out, const lists::Match& match) const noexcept {
  const lists::EntryInfo entry = pack_->entry(match.entry);
  const lists::CategoryInfo& category = pack_->category(match.category);
  out.listed = true;
  out.sealed = is_sealed(match);
  out.lookalike = match.kind == lists::MatchKind::Homoglyph;
  out.category = category.id;
  out.severity = static_cast<std::uint8_t>(std::clamp(category.severity, 0, 5));
  out.list = pack_->list(match.list).id;
  out.entry = out.sealed ? std::string_view{} : entry.text;
  out.entry_file = entry.file;
  out.entry_line = entry.line;
  out.reason = entry.reason;
}

void PolicySnapshot::describe_tunnel(Decision& out, const Question& question) const noexcept {
  const auto* const kind = tunnel_kind(question.tunnel);
  out.listed = true;
  out.sealed = false;
  out.lookalike = false;
  out.category = kCircumvention;
  const bool known = circumvention_ < pack_->category_count();
  out.severity = known ? static_cast<std::uint8_t>(std::clamp(pack_->category(circumvention_).severity, 0, 5))
                       : kTunnelSeverity;
  out.list = kTunnelList;
  // Borrowed from the question only when it is a literal of the inspection, which outlives every snapshot.
  out.entry = kind != nullptr ? std::string_view(kind->first) : question.tunnel;
  out.entry_file = {};
  out.entry_line = 0;
  out.reason = {};
}

// Of several listed things in one question, what counts: the strictest action; of equals what was not allowed by
// exception; of those the most specific entry; and of those the category that comes first in the report.
struct PolicySnapshot::Standing {
  bool none = true;
  Action action = Action::Allow;
  bool excepted = false;  // allowed by a permission or an allow list
  std::uint64_t rank = 0;
  int order = 0;

  [[nodiscard]] bool beaten_by(const Standing& other) const noexcept {
    if (none) return true;
    if (other.action != action) return other.action > action;
    if (other.excepted != excepted) return !other.excepted;
    return other.rank != rank ? other.rank > rank : other.order < order;
  }
};

bool PolicySnapshot::answer_sealed(const lists::MatchSet& matches, Decision& out) const noexcept {
  for (const lists::Match& match : matches.all()) {
    if (!is_sealed(match) || pack_->list(match.list).allow) continue;
    describe(out, match);
    out.action = Action::Block;
    out.decided_by = DecidedBy::SealedList;
    out.rule = kSealedRule;
    return true;
  }
  return false;
}

void PolicySnapshot::answer_match(const Question& asked, const lists::Match& match, Trace* trace, Standing& best,
                                  Decision& out) const noexcept {
  const Permission* const permission = permission_for(asked, &match, trace);
  const lists::Match* const allow = permission == nullptr ? overriding_allow(match, asked, trace) : nullptr;
  Candidate found;
  if (permission != nullptr) {
    found = {Action::Allow, DecidedBy::Permission, nullptr};
  } else if (allow != nullptr) {
    found = {Action::Allow, DecidedBy::AllowList, nullptr};
  } else {
    found = judge(match.category, asked, trace);
  }
  const Standing standing{false, found.action, permission != nullptr || allow != nullptr, specificity(match),
                          order_of(match.category)};
  if (!best.beaten_by(standing)) return;
  best = standing;
  out.action = found.action;
  out.decided_by = found.by;
  describe(out, match);
  if (permission != nullptr) {
    out.rule = kPermissionRule;
    out.reason = permission->reason;
  } else if (allow != nullptr) {
    out.rule = kAllowListRule;
    out.reason = pack_->entry(allow->entry).reason;
  } else if (found.rule != nullptr) {
    out.rule = found.rule->name;
    if (!found.rule->reason.empty()) out.reason = found.rule->reason;
  } else {
    out.rule = kDefaultRule;
  }
}

Decision PolicySnapshot::answer(const Question& question, Trace* trace) const noexcept {
  static constexpr lists::MatchSet kNoMatches{};
  Question asked = question;
  if (asked.matches == nullptr) asked.matches = &kNoMatches;
  Decision out;
  out.unknown_client = asked.client.by == KnownBy::Nothing;
  out.group = groups_[asked.client.group].id;
  if (asked.client.network != Client::kNone) {
    out.network = settings_.networks[asked.client.network].name;
    out.place = settings_.networks[asked.client.network].place;
  }
  if (trace != nullptr) {
    for (const lists::Match& match : asked.matches->all()) trace->match(match);
  }
  if (answer_sealed(*asked.matches, out)) return out;

  Standing best;
  for (const lists::Match& match : asked.matches->all()) {
    if (pack_->list(match.list).allow) continue;
    answer_match(asked, match, trace, best, out);
  }
  answer_tunnel(asked, trace, out, best.none);
  return out;
}

// A way round, weighed against what the name said: the stricter of the two stands, the name when they are
// equal.
void PolicySnapshot::answer_tunnel(const Question& question, Trace* trace, Decision& out,
                                   bool nothing_listed) const noexcept {
  if (question.tunnel.empty()) return;
  const auto* const kind = tunnel_kind(question.tunnel);
  if (kind != nullptr && kind->second == Action::Allow) return;  // no way round, for this college
  const Permission* const permission = permission_for(question, nullptr, trace);
  Candidate found{Action::Allow, DecidedBy::Permission, nullptr};
  if (permission == nullptr) {
    found = judge(circumvention_, question, trace);
    if (found.by == DecidedBy::Default && kind != nullptr)
      found = {kind->second, DecidedBy::TunnelKind, nullptr};
  }
  if (!nothing_listed && found.action <= out.action) return;
  describe_tunnel(out, question);
  out.action = found.action;
  out.decided_by = found.by;
  if (permission != nullptr) {
    out.rule = kPermissionRule;
    out.reason = permission->reason;
  } else if (found.rule != nullptr) {
    out.rule = found.rule->name;
    out.reason = found.rule->reason;
  } else {
    out.rule = found.by == DecidedBy::TunnelKind ? kTunnelRule : kDefaultRule;
  }
}

std::string explain(const Decision& decision) {
  std::string out = decision.action == Action::Block ? "blocked"
                    : decision.action == Action::Log ? "logged"
                                                     : "allowed";
  if (!decision.listed) return out + ": on no list";
  if (decision.sealed) return out + ": on a sealed list, which nothing overrides";
  if (decision.entry_line > 0) {
    out += fmt::format(": '{}' in {} line {} (list {}, category {})", decision.entry, decision.entry_file,
                       decision.entry_line, decision.list, decision.category);
  } else {
    out += fmt::format(": {} (category {})", decision.entry, decision.category);
  }
  if (decision.lookalike) out += ", which this name imitates";
  out +=
      fmt::format("; decided by {}{}", decision.decided_by == DecidedBy::Rule ? "rule " : "", decision.rule);
  if (!decision.reason.empty()) out += fmt::format(" ({})", decision.reason);
  return out;
}

}  // namespace gatehouse::policy
