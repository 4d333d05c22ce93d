// How our plain text is set: 78 columns, hanging indents, section titles, marks. Used by the daily report and
// the briefs. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

std::size_t text_columns(std::string_view text);  // of UTF-8
std::string printable(std::string_view text);     // control characters as "?"
// Words set from `indent` on, the first line after `lead`.
void wrap_text(std::string& out, std::string_view lead, std::size_t indent, std::string_view raw);
void text_section(std::string& out, std::string_view title);
std::string_view text_mark(CheckState state);  // "ok ", "-  ", "!! "

}  // namespace gatehouse::lodge
