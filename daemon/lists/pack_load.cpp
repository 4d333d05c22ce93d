// Reading a pack: every check that stands between a file and a running gate. Look-ups are in pack.cpp.
#include <fcntl.h>
#include <hs/hs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <system_error>

#include "lists/pack.h"

namespace gatehouse::lists {

namespace {

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
  hosts_ = HostTable(part(Section::Hosts), part(Section::HostFilter), arena_);
  host_text_ = as_text(part(Section::Hosts));
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
    const std::size_t texts = text_section(entry).size();
    const bool fits = entry.text <= texts && entry.text_length <= texts - entry.text &&
                      entry.list < lists_.size() && entry.file < files_.size() &&
                      (entry.note == kNone || entry.note < notes_.size()) &&
                      (entry.next == kNone || entry.next < i) &&
                      entry.kind <= static_cast<std::uint8_t>(MatchKind::Address);
    if (!fits) return broken(name, "an entry points outside it");
  }
  return {};
}

Result<void> Pack::check_tables(const std::string& name) const {
  if (const char* const wrong = hosts_.fault(entries_.size(), lists_.size())) return broken(name, wrong);
  if (url_slots_.size() != 0 && !std::has_single_bit(url_slots_.size())) {
    return broken(name, "a table has an impossible size");
  }
  bool any_empty = url_slots_.size() == 0;
  for (std::size_t i = 0; i < url_slots_.size(); ++i) {
    const SlotRecord slot = url_slots_[i];
    any_empty = any_empty || slot.entry == kNone;
    if (slot.entry != kNone && (slot.entry >= entries_.size() || slot.text > arena_.size() ||
                                slot.text_length > arena_.size() - slot.text)) {
      return broken(name, "a table points outside it");
    }
  }
  if (!any_empty) return broken(name, "a table is overfull");
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

}  // namespace gatehouse::lists
