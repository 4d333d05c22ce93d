// Small things done to text everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

constexpr char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
std::string to_lower(std::string_view text);  // ASCII only; other bytes stay
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;  // ASCII only
std::string_view trim(std::string_view text) noexcept;                      // spaces, tabs, line ends
std::vector<std::string_view> split(std::string_view text, char at);        // keeps empty parts

// Appends `text` as the inside of a JSON string (no quotes): control characters escaped, and bytes that are not
// valid UTF-8 written as \u00XX each, so that what a client sent never breaks the journal and can be read back.
void append_json_escaped(std::string& out, std::string_view text);

// `text` as HTML shows it, in an element or a quoted attribute. Control characters but line ends and tabs become '?'.
std::string html_escape(std::string_view text);

// One line of what a stranger wrote, as it may stand in a page, a mail or a terminal: at most so many bytes, cut between
// characters; runs of blanks as one; without what is no UTF-8, shows nothing, or turns the direction of writing.
std::string plain_line(std::string_view text, std::size_t most);

// "1,234,567"
std::string with_thousands(std::uint64_t number);

}  // namespace gatehouse
