// One entry of a list on its way into a pack: brought into canonical form, or refused with a reason. This is where
// an entry that would block a whole public suffix is stopped, and where a URL stays a URL. Compile time only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "lists/match.h"
#include "lists/pack_format.h"

struct psl_ctx_st;

namespace gatehouse::lists {

// What a list means by an entry. A Domain or Host that turns out to be an address or a URL becomes one.
enum class EntryKind : std::uint8_t { Domain, Host, Url, HostPattern, UrlPattern, Keyword };

struct CanonicalEntry {
  MatchKind kind = MatchKind::Domain;
  PatternGroup group = PatternGroup::Host;  // of patterns and keywords
  std::string text;
  IpPrefix network;  // of MatchKind::Address
};

struct Refusal {
  std::string message;
  std::string remedy;
};

class EntryReader {
 public:
  EntryReader();

  // Fills `out`, whose text keeps its memory from call to call; or says why the entry is refused.
  std::optional<Refusal> read(EntryKind kind, std::string_view written, CanonicalEntry& out) const;

 private:
  std::optional<Refusal> read_name(EntryKind kind, std::string_view written, CanonicalEntry& out) const;
  std::optional<Refusal> read_host(std::string_view host, CanonicalEntry& out) const;
  std::optional<Refusal> read_network(const IpPrefix& network, CanonicalEntry& out) const;
  std::optional<Refusal> check_suffix(const CanonicalEntry& entry) const;

  std::unique_ptr<psl_ctx_st, void (*)(psl_ctx_st*)> owned_;
  const psl_ctx_st* psl_ = nullptr;  // null when this machine has no list of public suffixes
};

}  // namespace gatehouse::lists
