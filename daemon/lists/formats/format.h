// The list formats that Gatehouse reads, behind one table: a name, how to recognise it, how to read it. A new format
// is one reader in this folder and one line in kFormats (format.cpp). Readers know the spelling of a file; what an
// entry means and whether it is acceptable is decided in lists/entry.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lists/entry.h"
#include "lists/pack_builder.h"

namespace gatehouse::lists {

// One file of a source, read whole.
struct SourceFile {
  std::string path;  // as it is shown in messages
  std::string text;
};

// What a list is read from: one file, or the files of a folder.
struct Source {
  std::string path;
  bool folder = false;
  std::vector<SourceFile> files;
};

// Receives what a reader finds, in the order of the file.
class EntrySink {
 public:
  virtual ~EntrySink() = default;
  // What follows comes from this file.
  virtual void begin_file(const std::string& path) = 0;
  virtual void entry(EntryKind kind, std::string_view text, std::uint32_t line, const NoteSource* note = nullptr) = 0;
  // A line that is no entry of this format: counted, reported with what to do, and skipped.
  virtual void bad_line(std::uint32_t line, std::string message, std::string remedy) = 0;
  // What the source says of itself; its category by id. Formats without provenance never call this.
  virtual void describe(const ListSource& list, const std::string& category_id) = 0;
};

struct Format {
  std::string_view name;
  std::string_view what;  // for people: "plain list of domains, one a line"
  bool (*recognise)(const Source&);
  Result<void> (*read)(const Source&, EntrySink&);
};

// Most particular first, so that the first that recognises a source is right.
std::span<const Format> formats() noexcept;
const Format* find_format(std::string_view name) noexcept;
// The format of a source; an Error for binary rubbish, archives and empty or unknown content.
Result<const Format*> recognise_format(const Source& source);
// An Error when the source is no text at all: binary data, an archive, a web page.
Result<void> check_is_text(const Source& source);

// Reads a file, or a UT1 folder's files, into memory.
Result<Source> read_source(const std::string& path);

// Calls do_line(line, number) for each line, without its line end.
template <typename DoLine>
void for_each_line(std::string_view text, DoLine&& do_line) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte-order mark of Windows editors
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    do_line(line, ++number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// The readers, one file each.
bool is_bundle(const Source& source);
Result<void> read_bundle(const Source& source, EntrySink& sink);
bool is_squidguard(const Source& source);
Result<void> read_squidguard(const Source& source, EntrySink& sink);
bool is_json(const Source& source);
Result<void> read_json(const Source& source, EntrySink& sink);
bool is_csv(const Source& source);
Result<void> read_csv(const Source& source, EntrySink& sink);
bool is_adblock(const Source& source);
Result<void> read_adblock(const Source& source, EntrySink& sink);
bool is_dnsmasq(const Source& source);
Result<void> read_dnsmasq(const Source& source, EntrySink& sink);
bool is_unbound(const Source& source);
Result<void> read_unbound(const Source& source, EntrySink& sink);
bool is_hosts(const Source& source);
Result<void> read_hosts(const Source& source, EntrySink& sink);
bool is_cidr(const Source& source);
bool is_domains(const Source& source);
Result<void> read_domains(const Source& source, EntrySink& sink);

}  // namespace gatehouse::lists
