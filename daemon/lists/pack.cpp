#include "lists/pack.h"

namespace gatehouse::lists {

namespace {

constexpr std::size_t kMostLabels = 128;  // of one-letter labels in 253 characters
// A digit spelling counts only for names at least this long: shorter ones collide by chance (g00 for goo).
constexpr std::size_t kShortestDigitSpelling = 6;

}  // namespace

EntryInfo Pack::entry(std::size_t index) const noexcept {
  const EntryRecord record = entries_[index];
  const ListInfo& owner = lists_[record.list];
  EntryInfo out;
  if (!owner.sealed) out.text = text_section(record).substr(record.text, record.text_length);
  out.file = files_[record.file];
  out.reason = owner.reason;
  out.source = owner.source;
  out.review_by = owner.review_by;
  if (record.note != kNone) {
    const Note& note = notes_[record.note];
    if (!note.reason.empty()) out.reason = note.reason;
    if (!note.source.empty()) out.source = note.source;
    if (note.review_by != 0) out.review_by = note.review_by;
  }
  out.line = record.line;
  out.list = record.list;
  out.kind = static_cast<MatchKind>(record.kind);
  return out;
}

std::optional<std::uint16_t> Pack::find_category(std::string_view id) const noexcept {
  for (std::size_t i = 0; i < categories_.size(); ++i) {
    if (categories_[i].id == id) return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

std::optional<std::uint16_t> Pack::find_list(std::string_view id) const noexcept {
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    if (lists_[i].id == id) return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

void Pack::add(MatchSet& out, std::uint32_t entry, MatchKind kind) const noexcept {
  const std::uint16_t list = entries_[entry].list;
  out.add({.entry = entry, .list = list, .category = lists_[list].category, .kind = kind});
}

std::uint32_t Pack::find_url(std::uint32_t hash, std::string_view key) const noexcept {
  const std::size_t mask = url_slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const SlotRecord slot = url_slots_[at];
    if (slot.entry == kNone) return kNone;
    if (slot.hash != hash) continue;
    entries_.prefetch(slot.entry);
    if (text(slot.text, slot.text_length) == key) return slot.entry;
  }
}

// Adds the entries of a listed name: those of the host itself (only when `whole_host`), then those of the domain.
void Pack::add_listed(MatchSet& out, const HostItem& item, bool whole_host, bool lookalike) const noexcept {
  if ((item.flags & kItemChained) == 0) {  // nearly always: the item says it all, the entry is left alone
    const MatchKind kind = (item.flags & kItemHostOnly) != 0 ? MatchKind::Host : MatchKind::Domain;
    if (kind == MatchKind::Host && !whole_host) return;
    out.add({.entry = item.entry,
             .list = item.list,
             .category = lists_[item.list].category,
             .kind = lookalike ? MatchKind::Homoglyph : kind});
    return;
  }
  for (const MatchKind wanted : {MatchKind::Host, MatchKind::Domain}) {
    if (wanted == MatchKind::Host && !whole_host) continue;
    for (std::uint32_t at = item.entry; at != kNone; at = entries_[at].next) {
      if (entries_[at].kind != static_cast<std::uint8_t>(wanted)) continue;
      add(out, at, lookalike ? MatchKind::Homoglyph : wanted);
    }
  }
}

void Pack::match_suffixes(std::string_view host, const Labels& labels, bool lookalike, std::size_t shortest,
                          MatchSet& out) const noexcept {
  if (hosts_.empty()) return;
  struct Suffix {
    std::uint32_t hash;
    std::uint32_t start;
  };
  std::array<Suffix, kMostLabels + 1> suffixes;
  std::size_t count = 0;
  SuffixHash hash;
  std::size_t end = host.size();
  for (std::size_t i = labels.count; i-- > 0 && count < kMostLabels;) {
    const std::size_t start = labels.start[i];
    hash.add(host.substr(start, end - start));
    if (end != host.size()) {  // no entry is a bare top-level label
      // Fetched before the filter has answered, and counted without a branch: neither wait is added to the other.
      hosts_.prefetch(hash.value());
      suffixes[count] = {hash.value(), static_cast<std::uint32_t>(start)};
      count += hosts_.may_hold(hash.value()) ? 1 : 0;
    }
    end = start > 0 ? start - 1 : 0;
  }
  while (count-- > 0) {  // longest first
    const std::string_view name = host.substr(suffixes[count].start);
    HostItem item;
    if (!hosts_.find(suffixes[count].hash, name, item) || name.find('.') < shortest) continue;
    add_listed(out, item, suffixes[count].start == 0, lookalike);
  }
}

void Pack::match_lookalikes(const HostName& host, MatchSet& out) const noexcept {
  const std::string_view name = host.view();
  Labels labels;
  if (host.international()) {
    if (const auto plain = ascii_lookalike(name)) {
      split_labels(plain->view(), labels);
      match_suffixes(plain->view(), labels, true, 0, out);
    }
    return;
  }
  if (!host.odd_spelling()) return;
  const OddSpelling odd = odd_spelling_of(name);
  static constexpr std::array<Spelling, 4> kSpellings = {{{'l', false}, {'i', false}, {'l', true}, {'i', true}}};
  for (const Spelling& spelling : kSpellings) {
    if (!(spelling.pairs ? odd.pairs : odd.digits) || (spelling.one == 'i' && !odd.ones)) continue;
    const FixedText<kMostHost> plain = undo_spelling(name, odd, spelling);
    split_labels(plain.view(), labels);
    match_suffixes(plain.view(), labels, true, kShortestDigitSpelling, out);
    if (!out.empty()) return;
  }
}

void Pack::match_canonical(const HostName& host, MatchSet& out) const noexcept {
  const std::string_view name = host.view();
  if (host.address()) {
    if (const auto address = IpAddress::parse(name)) out = match_address(*address);
    return;
  }
  match_suffixes(name, host.labels(), false, 0, out);
  if (out.empty()) match_lookalikes(host, out);
}

MatchSet Pack::match_host(std::string_view as_sent) const noexcept {
  MatchSet out;
  const HostName host(as_sent);
  if (host.valid()) match_canonical(host, out);
  return out;
}

void Pack::match_urls(std::string_view url, MatchSet& out) const noexcept {
  const std::size_t slash = url.find('/');
  if (url_slots_.size() == 0 || slash == std::string_view::npos) return;
  struct Prefix {
    std::uint32_t hash;
    std::uint32_t length;
  };
  std::array<Prefix, kMostUrlParts> prefixes;
  std::size_t count = 0;
  PrefixHash hash;
  for (std::size_t i = 0; i <= url.size() && count < prefixes.size(); ++i) {
    const bool boundary = i == url.size() || ends_url_part(url[i]);
    if (i == slash + 1 || (i > slash + 1 && boundary)) {
      prefixes[count] = {hash.value(), static_cast<std::uint32_t>(i)};
      url_slots_.prefetch(prefixes[count].hash & (url_slots_.size() - 1));
      ++count;
    }
    if (i < url.size()) hash.add(url[i]);
  }
  while (count-- > 0) {
    const std::string_view key = url.substr(0, prefixes[count].length);
    const std::uint32_t found = find_url(prefixes[count].hash, key);
    for (std::uint32_t at = found; at != kNone; at = entries_[at].next) add(out, at, MatchKind::UrlPrefix);
  }
}

bool Pack::has_urls_on(std::string_view as_sent) const noexcept {
  const HostName host(as_sent);
  if (!host.valid() || url_slots_.size() == 0) return false;
  UrlText key;  // every host with URL entries has its bare name in the URL table as well
  canonical_url(host.view(), {}, key);
  const std::string_view bare = key.view().substr(0, key.size() - 1);
  const std::uint32_t hash = hash_forwards(bare);
  const std::size_t mask = url_slots_.size() - 1;
  for (std::size_t at = hash & mask; url_slots_[at].entry != kNone; at = (at + 1) & mask) {
    const SlotRecord slot = url_slots_[at];
    if (slot.hash == hash && slot.text_length == 0) {
      const EntryRecord entry = entries_[slot.entry];
      const std::string_view url = text(entry.text, entry.text_length);
      if (url.size() > bare.size() && url.starts_with(bare) && url[bare.size()] == '/') return true;
    }
  }
  return false;
}

MatchSet Pack::match_address(const IpAddress& address) const noexcept {
  MatchSet out;
  std::size_t low = 0;
  std::size_t high = addresses_.size();
  while (low < high) {  // the first network whose base lies above the address
    const std::size_t middle = low + (high - low) / 2;
    if (addresses_[middle].base <= address.bytes()) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  // Networks nest or are apart, so whatever holds the address encloses the one just below it.
  for (std::uint32_t at = low == 0 ? kNone : static_cast<std::uint32_t>(low - 1); at != kNone;
       at = addresses_[at].parent) {
    const AddressRecord one = addresses_[at];
    bool inside = true;
    for (std::uint32_t bit = 0; bit < one.length && inside; bit += 8) {
      const auto mask = static_cast<std::uint8_t>(one.length - bit >= 8 ? 0xff : 0xff00 >> (one.length - bit));
      inside = ((one.base[bit / 8] ^ address.bytes()[bit / 8]) & mask) == 0;
    }
    if (inside) add(out, one.entry, MatchKind::Address);
  }
  return out;
}

}  // namespace gatehouse::lists
