#include "lists/pack.h"

#include <fcntl.h>
#include <hs/hs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace gatehouse::lists {

namespace {

constexpr std::size_t kMostLabels = 128;  // of one-letter labels in 253 characters
// Filter bits for each slot, which is at least half empty: one name in sixteen bits lets 6 % through needlessly.
constexpr std::size_t kFilterBitsPerSlot = 8;
// A URL is looked up once for each of its path and query parts; deeper ones than this are not looked at.
constexpr std::size_t kMostUrlParts = 64;
// A digit spelling counts only for names at least this long: shorter ones collide by chance (g00 for goo).
constexpr std::size_t kShortestDigitSpelling = 6;
// Far above any real pack (1,000,000 domains are about 60 MB), far below what would exhaust a gateway.
constexpr std::size_t kMostPackBytes = std::size_t{2} << 30;

tl::unexpected<Error> broken(const std::string& name, const char* what) {
  return failure(fmt::format("the pack is damaged: {}", what),
                 "compile it again with 'gatehouse lists compile', or put the previous pack back", name);
}

struct FileDescriptor {
  int fd = -1;
  ~FileDescriptor() {
    if (fd >= 0) ::close(fd);
  }
};

std::string_view read_text(ByteReader& reader) { return reader.text(reader.u32_le()); }

}  // namespace

Pack::~Pack() {
  for (hs_database* const database : databases_) {
    if (database != nullptr) hs_free_database(database);
  }
}

Result<std::shared_ptr<const Pack>> Pack::load(const std::string& path) {
  const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) {
    return failure(fmt::format("cannot read the pack: {}", std::generic_category().message(errno)),
                   "make it with 'gatehouse lists compile', or correct its path", path);
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode)) return failure("this is no pack but a folder or device", "give the pack's file", path);
  if (size < sizeof(PackHeader)) return broken(path, "it is too short");
  if (size > kMostPackBytes) return broken(path, "it is larger than a pack can be");
  PackBuffer buffer(size);
  if (buffer.size() != size) return failure("no memory for the pack", "use smaller lists", path);
  for (std::size_t at = 0; at < size;) {
    const ssize_t got = ::read(file.fd, buffer.data() + at, size - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return broken(path, "it ends while being read");
    at += static_cast<std::size_t>(got);
  }
  return adopt(std::move(buffer), path);
}

Result<std::shared_ptr<const Pack>> Pack::from_bytes(Bytes bytes, const std::string& name) {
  if (bytes.size() < sizeof(PackHeader)) return broken(name, "it is too short");
  PackBuffer buffer(bytes.size());
  if (buffer.size() != bytes.size()) return failure("no memory for the pack", "use smaller lists", name);
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  return adopt(std::move(buffer), name);
}

std::shared_ptr<const Pack> Pack::empty() { return std::shared_ptr<const Pack>(new Pack()); }

Result<std::shared_ptr<const Pack>> Pack::adopt(PackBuffer buffer, const std::string& name) {
  std::shared_ptr<Pack> pack(new Pack());
  pack->bytes_ = std::move(buffer);
  if (auto read = pack->read_sections(name); !read) return tl::make_unexpected(std::move(read.error()));
  return pack;
}

Result<void> Pack::read_sections(const std::string& name) {
  const Bytes all = bytes_.bytes();
  PackHeader header;
  std::memcpy(&header, all.data(), sizeof header);
  if (std::string_view(header.magic.data(), header.magic.size()) != kPackMagic) {
    return failure("this is not a Gatehouse pack", "give a file made by 'gatehouse lists compile'", name);
  }
  if (header.version != kPackVersion || header.sections != kSections) {
    return failure(fmt::format("the pack has format version {}, this program reads {}", header.version, kPackVersion),
                   "compile it again with this program's 'gatehouse lists compile'", name);
  }
  if (header.file_size != all.size()) return broken(name, "its size is not what its header says; it was cut");
  Checksum checksum;
  checksum.add(all.subspan(kChecksumFrom));
  if (checksum.value() != header.checksum) return broken(name, "its checksum is wrong");
  checksum_ = header.checksum;
  compiled_at_ = timestamp_from_us(header.compiled_at);

  std::array<Bytes, kSections> section;
  for (std::size_t i = 0; i < kSections; ++i) {
    const auto [offset, size] = header.section[i];
    if (offset > all.size() || size > all.size() - offset) return broken(name, "a section lies outside it");
    section[i] = all.subspan(offset, size);
  }
  const auto part = [&](Section which) { return section[static_cast<std::size_t>(which)]; };
  arena_ = as_text(part(Section::Text));
  entries_ = Records<EntryRecord>(part(Section::Entries));
  host_slots_ = Records<SlotRecord>(part(Section::HostSlots));
  url_slots_ = Records<SlotRecord>(part(Section::UrlSlots));
  addresses_ = Records<AddressRecord>(part(Section::Addresses));
  pattern_entries_ = Records<std::uint32_t>(part(Section::PatternEntries));
  pattern_count_ = header.pattern_count;
  if (auto ok = read_lists(part(Section::Lists), part(Section::Categories), part(Section::Notes),
                           part(Section::Files), name);
      !ok) {
    return ok;
  }
  if (auto ok = check_entries(name); !ok) return ok;
  if (auto ok = check_tables(name); !ok) return ok;
  build_filter();
  for (std::size_t group = 0; group < kPatternGroups; ++group) {
    const Bytes serialised = section[static_cast<std::size_t>(Section::HostPatterns) + group];
    if (serialised.empty() != (pattern_count_[group] == 0)) return broken(name, "its patterns are incomplete");
    if (serialised.empty()) continue;
    const hs_error_t rc =
        hs_deserialize_database(reinterpret_cast<const char*>(serialised.data()), serialised.size(),
                                &databases_[group]);
    if (rc == HS_DB_PLATFORM_ERROR || rc == HS_DB_VERSION_ERROR) {
      return failure("the pack's patterns were compiled for another processor or Hyperscan version",
                     "compile the pack on this machine", name);
    }
    if (rc != HS_SUCCESS) return broken(name, "its patterns cannot be read");
  }
  return {};
}

Result<void> Pack::read_lists(Bytes lists, Bytes categories, Bytes notes, Bytes files, const std::string& name) {
  for (ByteReader reader(categories); !reader.empty();) {
    CategoryInfo one;
    one.id = read_text(reader);
    one.title = read_text(reader);
    one.theme = read_text(reader);
    one.description = read_text(reader);
    one.order = static_cast<std::int32_t>(reader.u32_le());
    one.severity = reader.u8();
    one.sealed = reader.u8() != 0;
    if (!reader.ok()) return broken(name, "a category is cut short");
    categories_.push_back(one);
  }
  for (ByteReader reader(lists); !reader.empty();) {
    ListInfo one;
    one.id = read_text(reader);
    one.title = read_text(reader);
    one.source = read_text(reader);
    one.reviewer = read_text(reader);
    one.reason = read_text(reader);
    one.path = read_text(reader);
    one.format = read_text(reader);
    one.category = reader.u16_le();
    one.review_by = reader.u32_le();
    one.sealed = reader.u8() != 0;
    one.allow = reader.u8() != 0;
    one.entries = reader.u32_le();
    if (!reader.ok()) return broken(name, "a list is cut short");
    if (one.category >= categories_.size()) return broken(name, "a list names no category");
    lists_.push_back(one);
  }
  for (ByteReader reader(notes); !reader.empty();) {
    Note one;
    one.reason = read_text(reader);
    one.source = read_text(reader);
    one.review_by = reader.u32_le();
    if (!reader.ok()) return broken(name, "a note is cut short");
    notes_.push_back(one);
  }
  for (ByteReader reader(files); !reader.empty();) {
    files_.push_back(read_text(reader));
    if (!reader.ok()) return broken(name, "a file's name is cut short");
  }
  return {};
}

Result<void> Pack::check_entries(const std::string& name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const EntryRecord entry = entries_[i];
    const bool fits = entry.text <= arena_.size() && entry.text_length <= arena_.size() - entry.text &&
                      entry.list < lists_.size() && entry.file < files_.size() &&
                      (entry.note == kNone || entry.note < notes_.size()) &&
                      (entry.next == kNone || entry.next < i) &&
                      entry.kind <= static_cast<std::uint8_t>(MatchKind::Address);
    if (!fits) return broken(name, "an entry points outside it");
  }
  return {};
}

Result<void> Pack::check_tables(const std::string& name) const {
  for (const auto* slots : {&host_slots_, &url_slots_}) {
    if (slots->size() == 0) continue;
    if (!std::has_single_bit(slots->size())) return broken(name, "a table has an impossible size");
    bool any_empty = false;
    for (std::size_t i = 0; i < slots->size(); ++i) {
      const SlotRecord slot = (*slots)[i];
      any_empty = any_empty || slot.entry == kNone;
      if (slot.entry != kNone && (slot.entry >= entries_.size() || slot.text > arena_.size() ||
                                  slot.text_length > arena_.size() - slot.text)) {
        return broken(name, "a table points outside it");
      }
    }
    if (!any_empty) return broken(name, "a table is overfull");
  }
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    const AddressRecord one = addresses_[i];
    if (one.entry >= entries_.size() || one.length > 128 || (one.parent != kNone && one.parent >= i)) {
      return broken(name, "an address points outside it");
    }
  }
  std::uint64_t patterns = 0;
  for (const std::uint32_t count : pattern_count_) patterns += count;
  if (patterns != pattern_entries_.size()) return broken(name, "its patterns are miscounted");
  for (std::size_t i = 0; i < pattern_entries_.size(); ++i) {
    if (pattern_entries_[i] >= entries_.size()) return broken(name, "a pattern points outside it");
  }
  return {};
}

void Pack::build_filter() {
  if (host_slots_.size() == 0) return;
  const std::size_t bits = std::max<std::size_t>(64, std::min(host_slots_.size() * kFilterBitsPerSlot, std::size_t{1} << 31));
  host_filter_.assign(bits / 64, 0);
  filter_mask_ = static_cast<std::uint32_t>(bits - 1);
  for (std::size_t i = 0; i < host_slots_.size(); ++i) {
    const SlotRecord slot = host_slots_[i];
    if (slot.entry == kNone) continue;
    const std::uint32_t bit = slot.hash & filter_mask_;
    host_filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

EntryInfo Pack::entry(std::size_t index) const noexcept {
  const EntryRecord record = entries_[index];
  const ListInfo& owner = lists_[record.list];
  EntryInfo out;
  if (!owner.sealed) out.text = text(record.text, record.text_length);
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

std::uint32_t Pack::find(const Records<SlotRecord>& slots, std::uint32_t hash, std::string_view name) const noexcept {
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const SlotRecord slot = slots[at];
    if (slot.entry == kNone) return kNone;
    if (slot.hash != hash) continue;
    entries_.prefetch(slot.entry);
    if (text(slot.text, slot.text_length) == name) return slot.entry;
  }
}

void Pack::match_suffixes(std::string_view host, const Labels& labels, bool lookalike, std::size_t shortest,
                          MatchSet& out) const noexcept {
  if (host_slots_.size() == 0) return;
  struct Suffix {
    std::uint32_t hash;
    std::uint32_t start;
  };
  std::array<Suffix, kMostLabels> suffixes;
  std::size_t count = 0;
  SuffixHash hash;
  std::size_t end = host.size();
  for (std::size_t i = labels.count; i-- > 0 && count < suffixes.size();) {
    const std::size_t start = labels.start[i];
    hash.add(host.substr(start, end - start));
    if (end != host.size() && may_hold(hash.value())) {  // no entry is a bare top-level label
      suffixes[count] = {hash.value(), static_cast<std::uint32_t>(start)};
      host_slots_.prefetch(hash.value() & (host_slots_.size() - 1));
      ++count;
    }
    end = start > 0 ? start - 1 : 0;
  }
  while (count-- > 0) {  // longest first
    const std::string_view name = host.substr(suffixes[count].start);
    const std::uint32_t found = find(host_slots_, suffixes[count].hash, name);
    if (found == kNone || name.find('.') < shortest) continue;
    for (const MatchKind wanted : {MatchKind::Host, MatchKind::Domain}) {
      if (wanted == MatchKind::Host && suffixes[count].start != 0) continue;
      for (std::uint32_t at = found; at != kNone; at = entries_[at].next) {
        if (entries_[at].kind != static_cast<std::uint8_t>(wanted)) continue;
        add(out, at, lookalike ? MatchKind::Homoglyph : wanted);
      }
    }
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
  static constexpr std::array<Spelling, 4> kSpellings = {{{'l', false}, {'i', false}, {'l', true}, {'i', true}}};
  for (const Spelling& spelling : kSpellings) {
    const auto plain = undo_spelling(name, spelling);
    if (!plain) continue;
    split_labels(plain->view(), labels);
    match_suffixes(plain->view(), labels, true, kShortestDigitSpelling, out);
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
    const bool boundary = i == url.size() || url[i] == '/' || url[i] == '?' || url[i] == '&' || url[i] == ';';
    if (i == slash + 1 || (i > slash + 1 && boundary)) {
      prefixes[count] = {hash.value(), static_cast<std::uint32_t>(i)};
      url_slots_.prefetch(prefixes[count].hash & (url_slots_.size() - 1));
      ++count;
    }
    if (i < url.size()) hash.add(url[i]);
  }
  while (count-- > 0) {
    const std::string_view key = url.substr(0, prefixes[count].length);
    const std::uint32_t found = find(url_slots_, prefixes[count].hash, key);
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
