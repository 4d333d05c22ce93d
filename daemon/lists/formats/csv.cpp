// A table with a header, as Citizen Lab publishes (RFC 4180): the column "url", "domain", "host" or "hostname".
#include <algorithm>

#include "base/text.h"
#include "lists/formats/format.h"

namespace gatehouse::lists {

namespace {

// One record from `at`, over quoted line ends; moves `at` and counts lines. Fields are without their quotes.
std::vector<std::string> take_record(std::string_view text, std::size_t& at, std::uint32_t& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        fields.back() += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        fields.back() += '"';
        ++at;
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c == '\n') {
      ++at;
      break;
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

// Index of the column that holds names; the number of columns when none does.
std::size_t name_column(const std::vector<std::string>& header) {
  for (const std::string_view wanted : {"url", "domain", "host", "hostname"}) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (equals_ignoring_case(trim(header[i]), wanted)) return i;
    }
  }
  return header.size();
}

std::vector<std::string> header_of(const Source& source) {
  std::size_t at = 0;
  std::uint32_t line = 1;
  std::string_view text = std::string_view(source.files[0].text).substr(0, 4096);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return take_record(text, at, line);
}

}  // namespace

bool is_csv(const Source& source) {
  if (source.folder || source.files.size() != 1) return false;
  const auto header = header_of(source);
  return header.size() > 1 && name_column(header) < header.size();
}

Result<void> read_csv(const Source& source, EntrySink& sink) {
  const SourceFile& file = source.files.at(0);
  sink.begin_file(file.path);
  const std::size_t column = name_column(header_of(source));
  std::size_t at = 0;
  std::uint32_t line = 1;
  const auto header = take_record(file.text, at, line);
  if (column >= header.size()) {
    return failure("the table has no column 'url', 'domain' or 'host'", "give it a header that names one", file.path, 1);
  }
  while (at < file.text.size()) {
    const std::uint32_t begun = line;
    const auto fields = take_record(file.text, at, line);
    if (fields.size() == 1 && trim(fields[0]).empty()) continue;
    if (fields.size() <= column) {
      sink.bad_line(begun, "the line has too few columns", "correct it");
    } else {
      sink.entry(EntryKind::Domain, fields[column], begun);
    }
  }
  return {};
}

}  // namespace gatehouse::lists
