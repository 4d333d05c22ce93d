// Builds the tables of a pack in memory and writes them to a file in one go. Used by the compiler only; one thread.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "lists/entry.h"
#include "lists/host_table.h"
#include "lists/pack_format.h"
#include "lists/patterns.h"

namespace gatehouse::lists {

struct CategorySource {
  std::string id;
  std::string title;
  std::string theme;
  std::string description;
  int order = 1000;
  int severity = 3;
  bool sealed = false;
};

struct ListSource {
  std::string id;
  std::string title;
  std::string source;
  std::string reviewer;
  std::string reason;
  std::string path;
  std::string format;
  std::uint16_t category = 0;
  std::uint32_t review_by = 0;
  bool sealed = false;
  bool allow = false;
  std::uint32_t entries = 0;
};

struct NoteSource {
  std::string reason;
  std::string source;
  std::uint32_t review_by = 0;
  [[nodiscard]] bool empty() const { return reason.empty() && source.empty() && review_by == 0; }
};

// Where an entry was written.
struct EntryOrigin {
  std::uint16_t list = 0;
  std::uint16_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t note = kNone;
};

class PackBuilder {
 public:
  std::uint16_t add_category(CategorySource category);
  std::uint16_t add_list(ListSource list);
  std::uint16_t add_file(std::string name);
  std::uint32_t add_note(NoteSource note);

  [[nodiscard]] std::vector<CategorySource>& categories() noexcept { return categories_; }
  [[nodiscard]] std::vector<ListSource>& lists() noexcept { return lists_; }
  [[nodiscard]] std::size_t entry_count() const noexcept { return entries_.size(); }

  // False when the same list holds the same entry already. `shown` is what people see of it: the keyword or pattern
  // as written; for all else the canonical text.
  Result<bool> add(const CanonicalEntry& entry, std::string_view shown, const EntryOrigin& origin);

  // The whole pack as bytes (tests), or to a file that appears complete or not at all. Returns the size in bytes.
  Result<std::string> to_bytes(Timestamp now);
  Result<std::size_t> write(const std::filesystem::path& path, Timestamp now);

 private:
  struct Table {
    std::vector<SlotRecord> slots;
    std::size_t used = 0;
  };
  struct Network {
    IpPrefix prefix;
    std::uint32_t entry = 0;
  };
  using Parts = std::array<Bytes, kSections>;

  struct Stored {  // a text in the arena
    std::uint32_t at = 0;
    std::uint16_t length = 0;
  };
  static Stored store(std::string& arena, std::string_view text);
  [[nodiscard]] std::string& arena_of(const Table& table, std::size_t length) noexcept;
  std::uint32_t push(Stored text, MatchKind kind, const EntryOrigin& origin, std::uint32_t next);
  SlotRecord& place(Table& table, std::uint32_t hash, std::string_view name);
  [[nodiscard]] bool in_chain(std::uint32_t first, MatchKind kind, std::uint16_t list) const;
  Result<void> add_keyed(Table& table, std::uint32_t hash, const CanonicalEntry& entry, const EntryOrigin& origin,
                         bool& added);
  void note_url_host(std::string_view url, std::uint32_t entry);
  [[nodiscard]] std::vector<AddressRecord> address_table();
  void lay_out_hosts();
  Result<void> finish(Timestamp now);
  [[nodiscard]] Parts parts() const;

  std::vector<CategorySource> categories_;
  std::vector<ListSource> lists_;
  std::vector<std::string> files_;
  std::vector<NoteSource> notes_;
  std::string arena_;       // becomes the pack's Text
  std::string host_arena_;  // names that will stand in the table of hosts, until it is laid out
  std::vector<EntryRecord> entries_;
  Table hosts_;
  Table urls_;
  std::vector<Network> networks_;
  std::array<std::vector<PatternSource>, kPatternGroups> patterns_;

  PackHeader header_;
  std::optional<HostTableWriter> host_table_;
  std::vector<AddressRecord> addresses_;
  std::vector<std::uint32_t> pattern_entries_;
  std::array<std::string, 4> texts_;  // lists, categories, notes, files as they are written
  std::array<std::string, kPatternGroups> databases_;
};

}  // namespace gatehouse::lists
