#include "gate/respond/safe_search.h"

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "gate/packet/byte_writer.h"

namespace gatehouse::respond {
namespace {

using packet::ByteWriter;

struct KnownLead {
  std::string_view engine;
  std::string_view host;
  std::string_view safe;
};
// Only engines that say themselves that a network may do this:
//   google      support.google.com/websearch/answer/186669: www.google.com and every www.google.<country>
//   bing        Microsoft, "Blocking adult content with SafeSearch": www.bing.com to strict.bing.com
//   duckduckgo  duckduckgo.com/duckduckgo-help-pages/features/safe-search: duckduckgo.com to safe.duckduckgo.com
//   ecosia      Ecosia help centre, "Strict Safe Search": www.ecosia.org to strict-safe-search.ecosia.org
//   pixabay     Pixabay FAQ, "SafeSearch": pixabay.com to safesearch.pixabay.com
constexpr KnownLead kLeads[] = {
    {"bing", "www.bing.com", "strict.bing.com"},
    {"duckduckgo", "duckduckgo.com", "safe.duckduckgo.com"},
    {"duckduckgo", "www.duckduckgo.com", "safe.duckduckgo.com"},
    {"duckduckgo", "start.duckduckgo.com", "safe.duckduckgo.com"},
    {"ecosia", "www.ecosia.org", "strict-safe-search.ecosia.org"},
    {"pixabay", "pixabay.com", "safesearch.pixabay.com"},
};
constexpr std::string_view kGoogleSafe = "forcesafesearch.google.com";
// support.google.com/a/answer/6214622
constexpr std::string_view kYouTubeHosts[] = {"www.youtube.com", "m.youtube.com", "youtubei.googleapis.com",
                                              "youtube.googleapis.com", "www.youtube-nocookie.com"};
constexpr std::string_view kYouTubeStrict = "restrict.youtube.com";
constexpr std::string_view kYouTubeModerate = "restrictmoderate.youtube.com";

constexpr std::string_view kEngines[] = {"google", "bing", "duckduckgo", "ecosia", "pixabay"};

constexpr std::size_t kMostSafeAddresses = 16;

// www.google.com, .co.uk, .com.au, .de, .cat ...: as google.com/supported_domains has them. All are Google's.
bool is_google(std::string_view name) noexcept {
  constexpr std::string_view kFront = "www.google.";
  if (!name.starts_with(kFront)) return false;
  const std::string_view end = name.substr(kFront.size());
  const auto country = [](std::string_view text) {
    return text.size() == 2 && text[0] >= 'a' && text[0] <= 'z' && text[1] >= 'a' && text[1] <= 'z';
  };
  return end == "com" || end == "cat" || country(end) || (end.starts_with("co.") && country(end.substr(3))) ||
         (end.starts_with("com.") && country(end.substr(4)));
}

bool same(Bytes a, Bytes b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](std::uint8_t x, std::uint8_t y) {
    return ascii_lower(static_cast<char>(x)) == ascii_lower(static_cast<char>(y));
  });
}

bool is_address(std::uint16_t type, std::size_t length) noexcept {
  return (type == dns::kA && length == 4) || (type == dns::kAaaa && length == 16);
}

}  // namespace

std::span<const std::string_view> known_engines() noexcept { return kEngines; }

std::vector<std::uint8_t> wire_name(std::string_view name) {
  std::vector<std::uint8_t> out;
  for (const std::string_view label : split(name, '.')) {
    if (label.empty() || label.size() > 63) return {};
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!plain) return {};
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
  }
  out.push_back(0);
  if (out.size() > dns::kMostName) out.clear();
  return out;
}

SafeSearch::SafeSearch(const SafeSearchSettings& settings) : groups_(settings.groups) {
  if (groups_.empty()) return;
  const auto wanted = [&](std::string_view engine) {
    return std::find(settings.engines.begin(), settings.engines.end(), engine) != settings.engines.end();
  };
  for (const auto& [host, safe] : settings.others) leads_.push_back({host, wire_name(safe)});
  for (const KnownLead& lead : kLeads) {
    if (wanted(lead.engine)) leads_.push_back({std::string(lead.host), wire_name(lead.safe)});
  }
  if (wanted("google")) google_safe_ = wire_name(kGoogleSafe);
  if (settings.youtube != YouTube::Off) {
    const std::string_view safe = settings.youtube == YouTube::Strict ? kYouTubeStrict : kYouTubeModerate;
    for (const std::string_view host : kYouTubeHosts) leads_.push_back({std::string(host), wire_name(safe)});
  }
  // The college's own come first and win over the table.
  std::stable_sort(leads_.begin(), leads_.end(), [](const Lead& a, const Lead& b) { return a.host < b.host; });
  waiting_ = std::make_unique<Waiting[]>(kPlaces);
}

const std::vector<std::uint8_t>* SafeSearch::find(std::string_view name) const noexcept {
  const auto at = std::lower_bound(leads_.begin(), leads_.end(), name,
                                   [](const Lead& lead, std::string_view asked) { return lead.host < asked; });
  if (at != leads_.end() && at->host == name) return &at->safe;
  return !google_safe_.empty() && is_google(name) ? &google_safe_ : nullptr;
}

Bytes SafeSearch::safe_host(std::string_view name, std::string_view group) const noexcept {
  if (std::find(groups_.begin(), groups_.end(), group) == groups_.end()) return {};
  const std::vector<std::uint8_t>* safe = find(name);
  return safe == nullptr ? Bytes{} : Bytes(*safe);
}

std::size_t SafeSearch::place_of(const IpAddress& client, std::uint16_t port, std::uint16_t id) const noexcept {
  std::uint64_t hash = fnv1a(as_text(client.bytes()));
  hash = (hash ^ port) * 0x9e3779b97f4a7c15;
  hash = (hash ^ id) * 0x9e3779b97f4a7c15;
  return (hash >> 32) % kPlaces;
}

std::size_t SafeSearch::ask(std::span<std::uint8_t> out, const packet::PacketView& view, Bytes message,
                            const DnsAsked& asked, Bytes safe_host) noexcept {
  const std::vector<std::uint8_t>* safe = find(asked.name());
  if (safe == nullptr || asked.question.size() > dns::kMostName + 4) return 0;
  ByteWriter writer(out);
  writer.bytes(message.first(dns::kHeader));
  writer.bytes(safe_host);
  writer.bytes(asked.question.last(4));
  // Nothing in a query points back: what follows is the EDNS record, whose name is the root.
  writer.bytes(message.subspan(dns::kHeader + asked.question.size()));
  if (writer.written().empty()) return 0;
  Waiting& one = waiting_[place_of(view.src, view.src_port, asked.header.id)];
  one.client = view.src;
  one.server = view.dst;
  one.port = view.src_port;
  one.id = asked.header.id;
  one.since = view.at;
  one.question_size = static_cast<std::uint16_t>(asked.question.size());
  std::copy(asked.question.begin(), asked.question.end(), one.question.begin());
  one.safe = safe;
  return writer.written().size();
}

std::size_t SafeSearch::answer(std::span<std::uint8_t> out, const packet::PacketView& view, Bytes message,
                               const DnsAsked& asked) noexcept {
  if (waiting_ == nullptr) return 0;
  const Waiting& one = waiting_[place_of(view.dst, view.dst_port, asked.header.id)];
  if (one.question_size == 0 || one.client != view.dst || one.server != view.src || one.port != view.dst_port ||
      one.id != asked.header.id || view.at - one.since > kPatience ||
      !same(asked.question.first(asked.question.size() - 4), *one.safe)) {
    return 0;
  }
  const Bytes question(one.question.data(), one.question_size);
  // Header, question, CNAME from it to the safe host; then the addresses, owned by the safe host.
  ByteWriter writer(out);
  writer.u16(asked.header.id);
  writer.u16(asked.header.flags & ~static_cast<unsigned>(dns::kAuthentic | dns::kTruncated));
  writer.u16(1);
  writer.u16(0);
  writer.u16(0);
  writer.u16(asked.has_opt ? 1 : 0);
  writer.bytes(question);
  writer.u16(0xc000 | dns::kHeader);
  writer.u16(dns::kCname);
  writer.u16(1);
  writer.u32(60);
  writer.u16(static_cast<unsigned>(one.safe->size()));
  const std::size_t safe_at = writer.size();
  writer.bytes(*one.safe);

  ByteReader reader(message);
  reader.seek(dns::kHeader + asked.question.size());
  DnsRecord record;
  unsigned addresses = 0;
  for (unsigned i = 0; i < asked.header.counts[1] && addresses < kMostSafeAddresses; ++i) {
    if (!read_record(reader, record)) break;
    if (record.type != asked.type || !is_address(record.type, record.rdlength)) continue;
    writer.u16(0xc000 | static_cast<unsigned>(safe_at));
    writer.u16(record.type);
    writer.u16(1);
    writer.u32(record.ttl);
    writer.u16(static_cast<unsigned>(record.rdlength));
    writer.bytes(message.subspan(record.rdata_at, record.rdlength));
    ++addresses;
  }
  writer.set16(6, 1 + addresses);
  if (asked.has_opt) {  // bare: version 0, no options
    writer.u8(0);
    writer.u16(dns::kOpt);
    writer.u16(1232);
    writer.u32(asked.dnssec_ok ? 0x8000 : 0);
    writer.u16(0);
  }
  return writer.written().size();
}

}  // namespace gatehouse::respond
