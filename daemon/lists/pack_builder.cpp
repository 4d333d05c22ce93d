#include "lists/pack_builder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "lists/names.h"

namespace gatehouse::lists {

namespace {

constexpr std::size_t kFirstSlots = 1024;
constexpr std::size_t kMostNumbered = 65535;  // lists, categories and files are numbered in 16 bits
// Of all names: keeps every offset in the table of hosts, which takes twice the room, below 32 bits.
constexpr std::size_t kMostTextBytes = std::size_t{1} << 30;
constexpr std::array<std::uint8_t, kSectionAlignment> kZeros{};

void put_u8(std::string& out, bool value) { out.push_back(value ? '\1' : '\0'); }
void put_u16(std::string& out, std::uint16_t value) { out.append(reinterpret_cast<const char*>(&value), 2); }
void put_u32(std::string& out, std::uint32_t value) { out.append(reinterpret_cast<const char*>(&value), 4); }
void put_text(std::string& out, std::string_view text) {
  put_u32(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

template <typename T>
Bytes bytes_of(const std::vector<T>& records) {
  return {reinterpret_cast<const std::uint8_t*>(records.data()), records.size() * sizeof(T)};
}

std::size_t padded(std::size_t size) {
  return (size + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
}

tl::unexpected<Error> cannot_write(const std::filesystem::path& path) {
  return failure(fmt::format("cannot write the pack: {}", std::generic_category().message(errno)),
                 "check the folder's rights and the free space", path.string());
}

bool write_all(int fd, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace

std::uint16_t PackBuilder::add_category(CategorySource category) {
  categories_.push_back(std::move(category));
  return static_cast<std::uint16_t>(categories_.size() - 1);
}

std::uint16_t PackBuilder::add_list(ListSource list) {
  lists_.push_back(std::move(list));
  return static_cast<std::uint16_t>(lists_.size() - 1);
}

std::uint16_t PackBuilder::add_file(std::string name) {
  files_.push_back(std::move(name));
  return static_cast<std::uint16_t>(files_.size() - 1);
}

std::uint32_t PackBuilder::add_note(NoteSource note) {
  notes_.push_back(std::move(note));
  return static_cast<std::uint32_t>(notes_.size() - 1);
}

PackBuilder::Stored PackBuilder::store(std::string& arena, std::string_view text) {
  const Stored out{static_cast<std::uint32_t>(arena.size()), static_cast<std::uint16_t>(text.size())};
  arena += text;
  return out;
}

// Where the names of a table are kept while the pack is built.
std::string& PackBuilder::arena_of(const Table& table, std::size_t length) noexcept {
  return &table == &hosts_ && length <= kLongestInBucket ? host_arena_ : arena_;
}

std::uint32_t PackBuilder::push(Stored text, MatchKind kind, const EntryOrigin& origin, std::uint32_t next) {
  EntryRecord record;
  record.text = text.at;
  record.next = next;
  record.line = origin.line;
  record.note = origin.note;
  record.list = origin.list;
  record.file = origin.file;
  record.text_length = text.length;
  record.kind = static_cast<std::uint8_t>(kind);
  entries_.push_back(record);
  ++lists_[origin.list].entries;
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

// The slot of a name: the one that holds it, or the empty one where it belongs. Grows the table when half full.
SlotRecord& PackBuilder::place(Table& table, std::uint32_t hash, std::string_view name) {
  if (table.slots.empty()) table.slots.resize(kFirstSlots);
  if (table.used * 2 >= table.slots.size()) {
    std::vector<SlotRecord> larger(table.slots.size() * 2);
    for (const SlotRecord& slot : table.slots) {
      if (slot.entry == kNone) continue;
      std::size_t at = slot.hash & (larger.size() - 1);
      while (larger[at].entry != kNone) at = (at + 1) & (larger.size() - 1);
      larger[at] = slot;
    }
    table.slots = std::move(larger);
  }
  const std::size_t mask = table.slots.size() - 1;
  const std::string_view arena = arena_of(table, name.size());
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    SlotRecord& slot = table.slots[at];
    if (slot.entry == kNone) return slot;
    if (slot.hash != hash || slot.text_length != name.size()) continue;
    if (arena.substr(slot.text, slot.text_length) == name) return slot;
  }
}

bool PackBuilder::in_chain(std::uint32_t first, MatchKind kind, std::uint16_t list) const {
  for (std::uint32_t at = first; at != kNone; at = entries_[at].next) {
    if (entries_[at].kind == static_cast<std::uint8_t>(kind) && entries_[at].list == list) return true;
  }
  return false;
}

Result<void> PackBuilder::add_keyed(Table& table, std::uint32_t hash, const CanonicalEntry& entry,
                                    const EntryOrigin& origin, bool& added) {
  SlotRecord& slot = place(table, hash, entry.text);
  added = !in_chain(slot.entry, entry.kind, origin.list);
  if (!added) return {};
  if (slot.entry == kNone) {  // a name is kept once
    ++table.used;
    const Stored text = store(arena_of(table, entry.text.size()), entry.text);
    slot = {.hash = hash, .entry = kNone, .text = text.at, .text_length = text.length};
  }
  const Stored text{slot.text, static_cast<std::uint16_t>(slot.text_length)};
  slot.entry = push(text, entry.kind, origin, slot.entry);
  return {};
}

// Puts the bare host of a URL entry into the URL table too, so that one probe tells whether a host has any.
void PackBuilder::note_url_host(std::string_view url, std::uint32_t entry) {
  const std::string_view host = url.substr(0, url.find('/'));
  const std::uint32_t hash = hash_forwards(host);
  const std::size_t mask = urls_.slots.size() - 1;
  for (std::size_t at = hash & mask; urls_.slots[at].entry != kNone; at = (at + 1) & mask) {
    if (urls_.slots[at].hash != hash || urls_.slots[at].text_length != 0) continue;
    const EntryRecord& there = entries_[urls_.slots[at].entry];
    const auto text = std::string_view(arena_).substr(there.text, there.text_length);
    if (text.size() > host.size() && text.starts_with(host) && text[host.size()] == '/') return;
  }
  SlotRecord& slot = place(urls_, hash, host);
  if (slot.entry != kNone) return;
  slot = {.hash = hash, .entry = entry, .text = 0, .text_length = 0};
  ++urls_.used;
}

Result<bool> PackBuilder::add(const CanonicalEntry& entry, std::string_view shown, const EntryOrigin& origin) {
  const std::size_t texts = arena_.size() + host_arena_.size() + entry.text.size() + shown.size();
  if (texts > kMostTextBytes || entries_.size() + 1 >= kNone) {
    return failure("the lists together are too large for one pack", "use fewer or smaller lists");
  }
  bool added = true;
  switch (entry.kind) {
    case MatchKind::Domain:
    case MatchKind::Host:
      if (auto ok = add_keyed(hosts_, hash_backwards(entry.text), entry, origin, added); !ok) {
        return tl::make_unexpected(ok.error());
      }
      break;
    case MatchKind::UrlPrefix:
      if (auto ok = add_keyed(urls_, hash_forwards(entry.text), entry, origin, added); !ok) {
        return tl::make_unexpected(ok.error());
      }
      if (added) note_url_host(entry.text, static_cast<std::uint32_t>(entries_.size() - 1));
      break;
    case MatchKind::Address:
      networks_.push_back({entry.network, push(store(arena_, entry.text), entry.kind, origin, kNone)});
      break;
    case MatchKind::Pattern:
    case MatchKind::Keyword:
      patterns_[static_cast<std::size_t>(entry.group)].push_back(
          {entry.text, push(store(arena_, shown.substr(0, kMostUrl)), entry.kind, origin, kNone)});
      break;
    case MatchKind::Homoglyph: return failure("a look-alike is found, not listed", "");
  }
  return added;
}

std::vector<AddressRecord> PackBuilder::address_table() {
  std::sort(networks_.begin(), networks_.end(), [](const Network& a, const Network& b) {
    return std::tuple(a.prefix.base(), a.prefix.length(), a.entry) <
           std::tuple(b.prefix.base(), b.prefix.length(), b.entry);
  });
  std::vector<AddressRecord> out;
  out.reserve(networks_.size());
  std::vector<std::uint32_t> open;  // the networks that enclose where we stand, widest first
  for (const Network& network : networks_) {
    while (!open.empty() && !networks_[open.back()].prefix.contains(network.prefix.base())) open.pop_back();
    out.push_back({.base = network.prefix.base().bytes(),
                   .length = static_cast<std::uint32_t>(network.prefix.length()),
                   .entry = network.entry,
                   .parent = open.empty() ? kNone : open.back()});
    open.push_back(static_cast<std::uint32_t>(out.size() - 1));
  }
  return out;
}

// Puts every host and domain into its cache line; entries then say where in the table their names stand.
void PackBuilder::lay_out_hosts() {
  host_table_.reset();
  if (hosts_.used == 0) return;
  std::size_t bytes = 0;
  for (const SlotRecord& slot : hosts_.slots) {
    if (slot.entry != kNone) bytes += HostTableWriter::size_of(slot.text_length);
  }
  bool fits = false;
  for (std::size_t spread = 1; !fits; spread *= 2) {  // an unlucky layout gets more room; lists never need it
    fits = true;
    host_table_.emplace(hosts_.used, bytes, spread);
    for (std::size_t i = 0; i < hosts_.slots.size() && fits; ++i) {
      const SlotRecord& slot = hosts_.slots[i];
      if (slot.entry == kNone) continue;
      const EntryRecord& head = entries_[slot.entry];
      HostTableWriter::Name name;
      name.text = std::string_view(arena_of(hosts_, slot.text_length)).substr(slot.text, slot.text_length);
      name.hash = slot.hash;
      name.elsewhere = slot.text;
      name.item.entry = slot.entry;
      name.item.list = head.list;
      if (head.kind == static_cast<std::uint8_t>(MatchKind::Host)) name.item.flags |= kItemHostOnly;
      if (head.next != kNone) name.item.flags |= kItemChained;
      const std::uint32_t text = host_table_->put(name);
      for (std::uint32_t at = slot.entry; at != kNone; at = entries_[at].next) entries_[at].text = text;
      fits = text != kNone;
    }
    fits = fits && host_table_->usable();
  }
}

Result<void> PackBuilder::finish(Timestamp now) {
  if (lists_.size() > kMostNumbered || categories_.size() > kMostNumbered || files_.size() > kMostNumbered) {
    return failure("there are more than 65,535 lists, categories or files", "compile fewer lists");
  }
  lay_out_hosts();
  addresses_ = address_table();
  pattern_entries_.clear();
  for (std::size_t group = 0; group < kPatternGroups; ++group) {
    auto database = compile_patterns(patterns_[group]);
    if (!database) return tl::make_unexpected(database.error());
    databases_[group] = std::move(*database);
    header_.pattern_count[group] = static_cast<std::uint32_t>(patterns_[group].size());
    for (const PatternSource& one : patterns_[group]) pattern_entries_.push_back(one.entry);
  }
  for (std::string& text : texts_) text.clear();
  for (const ListSource& one : lists_) {
    for (const auto& text : {one.id, one.title, one.source, one.reviewer, one.reason, one.path, one.format}) {
      put_text(texts_[0], text);
    }
    put_u16(texts_[0], one.category);
    put_u32(texts_[0], one.review_by);
    put_u8(texts_[0], one.sealed);
    put_u8(texts_[0], one.allow);
    put_u32(texts_[0], one.entries);
  }
  for (const CategorySource& one : categories_) {
    for (const auto& text : {one.id, one.title, one.theme, one.description}) put_text(texts_[1], text);
    put_u32(texts_[1], static_cast<std::uint32_t>(one.order));
    texts_[1].push_back(static_cast<char>(one.severity));
    put_u8(texts_[1], one.sealed);
  }
  for (const NoteSource& one : notes_) {
    put_text(texts_[2], one.reason);
    put_text(texts_[2], one.source);
    put_u32(texts_[2], one.review_by);
  }
  for (const std::string& file : files_) put_text(texts_[3], file);

  kPackMagic.copy(header_.magic.data(), header_.magic.size());
  header_.version = kPackVersion;
  header_.sections = kSections;
  header_.compiled_at = to_us(now);
  std::uint64_t at = padded(sizeof header_);
  const Parts all = parts();
  for (std::size_t i = 0; i < kSections; ++i) {
    header_.section[i] = {at, all[i].size()};
    at += padded(all[i].size());
  }
  header_.file_size = at;
  Checksum checksum;
  checksum.add(Bytes(reinterpret_cast<const std::uint8_t*>(&header_), sizeof header_).subspan(kChecksumFrom));
  checksum.add(Bytes(kZeros).first(padded(sizeof header_) - sizeof header_));
  for (const Bytes part : all) {
    checksum.add(part);
    checksum.add(Bytes(kZeros).first(padded(part.size()) - part.size()));
  }
  header_.checksum = checksum.value();
  return {};
}

PackBuilder::Parts PackBuilder::parts() const {
  return {as_bytes(arena_),
          bytes_of(entries_),
          host_table_ ? host_table_->buckets() : Bytes(),
          host_table_ ? host_table_->filter() : Bytes(),
          bytes_of(urls_.slots),
          bytes_of(addresses_),
          bytes_of(pattern_entries_),
          as_bytes(texts_[0]),
          as_bytes(texts_[1]),
          as_bytes(texts_[2]),
          as_bytes(texts_[3]),
          as_bytes(databases_[0]),
          as_bytes(databases_[1]),
          as_bytes(databases_[2])};
}

Result<std::string> PackBuilder::to_bytes(Timestamp now) {
  if (auto ok = finish(now); !ok) return tl::make_unexpected(ok.error());
  std::string out(reinterpret_cast<const char*>(&header_), sizeof header_);
  out.append(padded(out.size()) - out.size(), '\0');
  for (const Bytes part : parts()) {
    out += as_text(part);
    out.append(padded(part.size()) - part.size(), '\0');
  }
  return out;
}

Result<std::size_t> PackBuilder::write(const std::filesystem::path& path, Timestamp now) {
  if (auto ok = finish(now); !ok) return tl::make_unexpected(ok.error());
  std::string temporary = path.string() + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return cannot_write(path);
  bool ok = write_all(fd, {reinterpret_cast<const std::uint8_t*>(&header_), sizeof header_}) &&
            write_all(fd, Bytes(kZeros).first(padded(sizeof header_) - sizeof header_));
  for (const Bytes part : parts()) {
    ok = ok && write_all(fd, part) && write_all(fd, Bytes(kZeros).first(padded(part.size()) - part.size()));
  }
  // Readable for the gate's group only: packs hold confidential lists.
  ok = ok && ::fchmod(fd, 0640) == 0 && ::fsync(fd) == 0;
  const int saved = errno;
  ::close(fd);
  if (!ok || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int why = ok ? errno : saved;
    ::unlink(temporary.c_str());
    errno = why;
    return cannot_write(path);
  }
  return static_cast<std::size_t>(header_.file_size);
}

}  // namespace gatehouse::lists
