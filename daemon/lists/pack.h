// A compiled pack: every list, category and entry, and the tables that find them. The gate loads one, shares it
// between workers and replaces it whole on reload. Immutable after load, so any thread may read it. The bytes are
// read into memory of our own: a file that is cut or changed later cannot hurt a running gate.
// README.md in this folder gives the format byte by byte.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "lists/host_table.h"
#include "lists/match.h"
#include "lists/names.h"
#include "lists/pack_format.h"

struct hs_database;

namespace gatehouse::lists {

// A date as yyyymmdd, so that two compare as numbers; 0 when there is none.
using DateNumber = std::uint32_t;

// Views into the pack; they live as long as it does.
struct ListInfo {
  std::string_view id;
  std::string_view title;
  std::string_view source;
  std::string_view reviewer;
  std::string_view reason;     // why its entries are listed, where an entry does not say
  std::string_view path;       // what was compiled
  std::string_view format;     // "bundle", "hosts", ...
  std::uint16_t category = 0;
  DateNumber review_by = 0;
  bool sealed = false;         // nothing overrides it, and its entries are not shown
  bool allow = false;          // what policy allows although another list holds it
  std::uint32_t entries = 0;
};

struct CategoryInfo {
  std::string_view id;
  std::string_view title;
  std::string_view theme;
  std::string_view description;
  int order = 0;
  int severity = 0;  // 1 to 5
  bool sealed = false;
};

struct EntryInfo {
  std::string_view text;    // canonical; empty for an entry of a sealed list
  std::string_view file;
  std::string_view reason;  // its own, or its list's
  std::string_view source;
  std::uint32_t line = 0;
  DateNumber review_by = 0;
  std::uint16_t list = 0;
  MatchKind kind = MatchKind::Domain;
};

class Pack {
 public:
  // Reads and checks a pack: magic, version, size, checksum and every offset. An Error says what is wrong.
  static Result<std::shared_ptr<const Pack>> load(const std::string& path);
  // The same from bytes, which are copied.
  static Result<std::shared_ptr<const Pack>> from_bytes(Bytes bytes, const std::string& name = "pack");
  // A pack that holds nothing: what a gate without lists runs with.
  static std::shared_ptr<const Pack> empty();

  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;
  ~Pack();

  [[nodiscard]] std::size_t list_count() const noexcept { return lists_.size(); }
  [[nodiscard]] std::size_t category_count() const noexcept { return categories_.size(); }
  [[nodiscard]] std::size_t entry_count() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t size_in_bytes() const noexcept { return bytes_.size(); }
  [[nodiscard]] Timestamp compiled_at() const noexcept { return compiled_at_; }
  // Changes whenever anything in the pack does: names a version in the journal and the reports.
  [[nodiscard]] std::uint64_t checksum() const noexcept { return checksum_; }

  // The index must be below the count.
  [[nodiscard]] const ListInfo& list(std::size_t index) const noexcept { return lists_[index]; }
  [[nodiscard]] const CategoryInfo& category(std::size_t index) const noexcept { return categories_[index]; }
  [[nodiscard]] EntryInfo entry(std::size_t index) const noexcept;
  [[nodiscard]] std::optional<std::uint16_t> find_category(std::string_view id) const noexcept;
  [[nodiscard]] std::optional<std::uint16_t> find_list(std::string_view id) const noexcept;

  // Domains, hosts and look-alikes of them; an address written as a host matches address entries. `host` as sent:
  // any case, with port or trailing dot. Patterns need a Matcher.
  [[nodiscard]] MatchSet match_host(std::string_view host) const noexcept;
  // Networks and single addresses, narrowest first.
  [[nodiscard]] MatchSet match_address(const IpAddress& address) const noexcept;
  // True when there are entries for some path on this host: what cannot be enforced where no path is visible, and
  // is never widened to the whole host.
  [[nodiscard]] bool has_urls_on(std::string_view host) const noexcept;

 private:
  friend class Matcher;
  Pack() = default;
  static Result<std::shared_ptr<const Pack>> adopt(PackBuffer buffer, const std::string& name);
  Result<void> read_sections(const std::string& name);
  Result<void> read_lists(Bytes lists, Bytes categories, Bytes notes, Bytes files, const std::string& name);
  Result<void> check_entries(const std::string& name) const;
  Result<void> check_tables(const std::string& name) const;

  [[nodiscard]] std::string_view text(std::uint32_t offset, std::size_t length) const noexcept {
    return arena_.substr(offset, length);
  }
  // Hosts and domains keep their names in the table of hosts, unless they are long.
  [[nodiscard]] std::string_view text_section(const EntryRecord& entry) const noexcept {
    const bool host = entry.kind <= static_cast<std::uint8_t>(MatchKind::Host);
    return host && entry.text_length <= kLongestInBucket ? host_text_ : arena_;
  }
  void add(MatchSet& out, std::uint32_t entry, MatchKind kind) const noexcept;
  void add_listed(MatchSet& out, const HostItem& item, bool whole_host, bool lookalike) const noexcept;
  void match_canonical(const HostName& host, MatchSet& out) const noexcept;
  void match_lookalikes(const HostName& host, MatchSet& out) const noexcept;
  void match_urls(std::string_view url, MatchSet& out) const noexcept;
  // Adds what the host's suffixes match. As a look-alike when `lookalike` is set: then names whose first label is
  // shorter than `shortest` do not count.
  void match_suffixes(std::string_view host, const Labels& labels, bool lookalike, std::size_t shortest,
                      MatchSet& out) const noexcept;
  [[nodiscard]] std::uint32_t find_url(std::uint32_t hash, std::string_view key) const noexcept;

  struct Note {
    std::string_view reason;
    std::string_view source;
    DateNumber review_by = 0;
  };

  PackBuffer bytes_;
  std::string_view arena_;
  Records<EntryRecord> entries_;
  HostTable hosts_;
  std::string_view host_text_;  // the table of hosts as text
  Records<SlotRecord> url_slots_;
  Records<AddressRecord> addresses_;
  Records<std::uint32_t> pattern_entries_;
  std::array<std::uint32_t, kPatternGroups> pattern_count_{};
  std::array<hs_database*, kPatternGroups> databases_{};
  std::vector<ListInfo> lists_;
  std::vector<CategoryInfo> categories_;
  std::vector<Note> notes_;
  std::vector<std::string_view> files_;
  Timestamp compiled_at_{};
  std::uint64_t checksum_ = 0;
};

}  // namespace gatehouse::lists
