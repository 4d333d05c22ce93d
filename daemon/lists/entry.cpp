#include "lists/entry.h"

#include <fmt/format.h>
#include <libpsl.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "lists/names.h"

namespace gatehouse::lists {

namespace {

constexpr std::size_t kMostLabel = 63;        // RFC 1035 section 2.3.4
constexpr std::size_t kShortestKeyword = 4;   // shorter words occur inside ordinary searches all day
constexpr std::size_t kMostPattern = 1000;    // longer ones take Hyperscan minutes
// Wider networks hold whole providers: an entry like that is a mistake or not for a college to decide by a list.
constexpr int kWidestV4 = 96 + 8;
constexpr int kWidestV6 = 16;

Refusal refusal(std::string message, std::string remedy) { return {std::move(message), std::move(remedy)}; }

std::string_view without_scheme(std::string_view written) {
  const std::size_t scheme = written.find("://");
  if (scheme != std::string_view::npos && scheme <= 8) return written.substr(scheme + 3);
  return written.starts_with("//") ? written.substr(2) : written;
}

bool only_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// What is wrong with a canonical name as a name; nullopt when nothing is.
std::optional<Refusal> check_labels(std::string_view host) {
  std::size_t start = 0;
  for (std::size_t i = 0; i <= host.size(); ++i) {
    if (i < host.size() && host[i] != '.') {
      const char c = host[i];
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') continue;
      if (c == '*') {
        return refusal("a wildcard stands inside the name",
                       "list the domain alone (it holds all hosts below it), or write a host pattern in a bundle");
      }
      return refusal(fmt::format("'{}' cannot be in a host name", static_cast<unsigned char>(c) < 0x80 && c > ' '
                                                                      ? std::string(1, c)
                                                                      : fmt::format("\\x{:02x}", static_cast<unsigned char>(c))),
                     "write the name alone, one on a line");
    }
    if (i == start) return refusal("the name has an empty part between two dots", "correct the name");
    if (i - start > kMostLabel) return refusal("a part of the name is longer than 63 characters", "correct the name");
    if (i < host.size()) start = i + 1;
  }
  if (start == 0) {
    return refusal("this is no full name, or a whole top-level domain", "list single domains below it, with their dots");
  }
  if (only_digits(host.substr(start))) return refusal("this is neither a name nor an address", "correct it");
  return std::nullopt;
}

bool overlaps(const IpPrefix& a, const IpPrefix& b) { return a.contains(b.base()) || b.contains(a.base()); }

// A regular expression that finds the keyword as whole words, with any separators between them.
std::string keyword_expression(std::string_view folded) {
  static constexpr std::string_view kNotWord = "[^a-z0-9\\x80-\\xff]";
  std::string out = fmt::format("(?:^|{})", kNotWord);
  bool gap = false;
  for (const char c : folded) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80;
    if (word && gap) out += fmt::format("{}+", kNotWord);
    if (word) out += byte >= 0x80 ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
    gap = !word;
  }
  return out + fmt::format("(?:{}|$)", kNotWord);
}

std::optional<Refusal> read_keyword(std::string_view written, CanonicalEntry& out) {
  UrlText escaped;  // a plus sign or percent sign in a keyword is meant as it stands
  for (const char c : written) (void)escaped.push(c == '%' || c == '+' ? ' ' : c);
  UrlText folded;
  search_text(escaped.view(), folded);
  const std::string_view words = trim(folded.view());
  std::size_t letters = 0;
  for (const char c : words) letters += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0 ? 1u : 0u;
  if (letters < kShortestKeyword) {
    return refusal("the keyword has fewer than four letters and would match ordinary searches", "use a longer phrase");
  }
  out.kind = MatchKind::Keyword;
  out.group = PatternGroup::Keyword;
  out.text = keyword_expression(words);
  return std::nullopt;
}

std::optional<Refusal> read_pattern(EntryKind kind, std::string_view written, CanonicalEntry& out) {
  if (written.size() > kMostPattern) return refusal("the pattern is longer than 1,000 characters", "split it");
  out.kind = MatchKind::Pattern;
  out.group = kind == EntryKind::HostPattern ? PatternGroup::Host : PatternGroup::Url;
  out.text = written;
  return std::nullopt;
}

}  // namespace

EntryReader::EntryReader() : owned_(nullptr, &psl_free) {
  psl_ = psl_builtin();
  if (psl_ == nullptr) {
    owned_.reset(psl_latest(nullptr));
    psl_ = owned_.get();
  }
}

std::optional<Refusal> EntryReader::read(EntryKind kind, std::string_view written, CanonicalEntry& out) const {
  written = trim(written);
  if (written.empty()) return refusal("the entry is empty", "remove it");
  switch (kind) {
    case EntryKind::HostPattern:
    case EntryKind::UrlPattern: return read_pattern(kind, written, out);
    case EntryKind::Keyword: return read_keyword(written, out);
    case EntryKind::Domain:
    case EntryKind::Host:
    case EntryKind::Url: break;
  }
  return read_name(kind, written, out);
}

std::optional<Refusal> EntryReader::read_name(EntryKind kind, std::string_view written, CanonicalEntry& out) const {
  if (const char last = written.back(); (last >= '0' && last <= '9') || written.find(':') != std::string_view::npos) {
    if (const auto network = IpPrefix::parse(written)) return read_network(*network, out);
  }
  const bool has_scheme = written.find("://") != std::string_view::npos;
  std::string_view rest = without_scheme(written);
  const std::size_t path_at = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view host = rest.substr(0, path_at);
  const std::string_view path = rest.substr(path_at);
  if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
  if (!has_scheme && path.size() > 1 && only_digits(path.substr(1)) &&
      (IpAddress::parse(host) || host.find(':') != std::string_view::npos)) {
    return refusal("the network's address has bits set after its prefix length, or the length is wrong",
                   "write the first address of the network, as in 192.0.2.0/24");
  }
  if (kind != EntryKind::Host && (host.starts_with("*.") || host.starts_with("."))) {
    host.remove_prefix(host.starts_with("*.") ? 2 : 1);
    if (kind == EntryKind::Domain) out.kind = MatchKind::Domain;
  }
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(':') == colon && path.empty() && !has_scheme) {
    const std::string_view port = host.substr(colon + 1);
    if (port != "80" && port != "443") return refusal("an entry cannot be limited to a port", "write the host alone");
  }
  out.kind = kind == EntryKind::Domain ? MatchKind::Domain : MatchKind::Host;
  if (path.size() > 1 || kind == EntryKind::Url) {
    out.kind = MatchKind::UrlPrefix;
  } else if (path.size() == 1 || has_scheme) {
    out.kind = MatchKind::Host;  // the address of one site's front page names that host, not every host below it
  }
  if (auto refused = read_host(host, out)) return refused;
  if (out.kind != MatchKind::UrlPrefix) return check_suffix(out);
  UrlText url;
  canonical_url(out.text, path, url);
  if (url.full()) return refusal("the URL is longer than 2,048 characters", "shorten it to its beginning");
  if (std::count_if(url.view().begin(), url.view().end(), ends_url_part) >= static_cast<std::ptrdiff_t>(kMostUrlParts)) {
    return refusal("the URL has more than 63 parts, of which the last are never looked at", "shorten it to its beginning");
  }
  out.text = url.view();
  return std::nullopt;
}

std::optional<Refusal> EntryReader::read_host(std::string_view host, CanonicalEntry& out) const {
  const auto canonical = canonical_host(host);
  if (!canonical) return refusal("this is not a host name", "write the name alone, such as site.example");
  out.text = canonical->text.view();
  if (canonical->address && out.kind != MatchKind::UrlPrefix) {
    if (const auto network = IpPrefix::parse(out.text)) return read_network(*network, out);
  }
  if (canonical->address && IpAddress::parse(out.text)) return std::nullopt;
  return check_labels(out.text);
}

std::optional<Refusal> EntryReader::read_network(const IpPrefix& network, CanonicalEntry& out) const {
  static const std::array<IpPrefix, 8> kOurs = [] {
    std::array<IpPrefix, 8> nets;
    std::size_t i = 0;
    for (const char* const text : {"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                                   "192.168.0.0/16", "fe80::/10", "fc00::/7"}) {
      nets[i++] = IpPrefix::parse(text).value_or(IpPrefix());
    }
    return nets;
  }();
  out.kind = MatchKind::Address;
  out.network = network;
  out.text = network.length() == 128 ? network.base().to_string() : network.to_string();
  const bool v4 = network.base().is_v4() && network.length() >= 96;
  if (network.length() < (v4 ? kWidestV4 : kWidestV6)) {
    return refusal("the network is so wide that it would block a large part of the internet", "list smaller networks");
  }
  for (const IpPrefix& ours : kOurs) {
    if (overlaps(ours, network)) {
      return refusal("the address is private or of this machine", "list public addresses only");
    }
  }
  if (network == IpPrefix() || out.text == "::1") {
    return refusal("the address is private or of this machine", "list public addresses only");
  }
  return std::nullopt;
}

std::optional<Refusal> EntryReader::check_suffix(const CanonicalEntry& entry) const {
  if (entry.kind == MatchKind::Address || psl_ == nullptr) return std::nullopt;
  if (psl_is_public_suffix2(psl_, entry.text.c_str(), PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0) {
    return refusal(fmt::format("'{}' is a public suffix: it would block every site below it", entry.text),
                   "list the single domains below it that are meant");
  }
  // A single host named like a shared platform is only that platform's front page.
  if (entry.kind == MatchKind::Domain &&
      psl_is_public_suffix2(psl_, entry.text.c_str(), PSL_TYPE_PRIVATE | PSL_TYPE_NO_STAR_RULE) != 0) {
    return refusal(fmt::format("'{}' is a platform on which anyone can have a site: it would block all of them", entry.text),
                   fmt::format("list single hosts below it, such as name.{}, or '{}' under hosts for its front page only",
                               entry.text, entry.text));
  }
  return std::nullopt;
}

}  // namespace gatehouse::lists
