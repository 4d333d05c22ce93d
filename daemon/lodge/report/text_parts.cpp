#include "lodge/report/text_parts.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kColumns = 78;  // mail programs show these without breaking lines themselves

}  // namespace

// Columns of UTF-8 text: continuation bytes take none.
std::size_t text_columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Control characters could move a terminal's cursor: they came from outside and are shown as "?".
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
  return out;
}

// Words set from `indent` on, the first line after `lead`, which has the indent's width.
void wrap_text(std::string& out, std::string_view lead, std::size_t indent, std::string_view raw) {
  const std::string text = printable(raw);
  out += lead;
  for (std::size_t i = text_columns(lead); i < indent; ++i) out += ' ';
  std::size_t column = indent;
  bool first = true;
  for (const std::string_view word : split(text, ' ')) {
    const std::size_t width = text_columns(word);
    if (!first && column + 1 + width > kColumns) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width;
    first = false;
  }
  out += '\n';
}

void text_section(std::string& out, std::string_view title) {
  std::string upper;
  for (const char c : title) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  out += '\n' + upper + '\n';
}

std::string_view text_mark(CheckState state) {
  switch (state) {
    case CheckState::Good:
      return "ok ";
    case CheckState::Note:
      return "-  ";
    case CheckState::Bad:
      return "!! ";
  }
  return "   ";
}

}  // namespace gatehouse::lodge
