#include "lodge/report/render_csv.h"

namespace gatehouse::lodge {

std::string csv_field(std::string_view text) {
  std::string field;
  // Spreadsheets skip blanks before they look for a formula, and so do we.
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool formula = first != std::string_view::npos &&
                       std::string_view("=+-@|%").find(text[first]) != std::string_view::npos;
  const bool control = !text.empty() && (text[0] == '\t' || text[0] == '\r' || text[0] == '\n');
  if (formula || control) field += '\'';
  field += text;
  if (field.find_first_of("\",\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string render_csv(const DailyReport& report) {
  std::string out;
  for (std::size_t i = 0; i < kCsvColumns.size(); ++i) {
    if (i > 0) out += ',';
    out += kCsvColumns[i];
  }
  out += "\r\n";
  for (const AttemptRow& row : report.attempts) {
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      if (i > 0) out += ',';
      out += csv_field(row.fields[i]);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace gatehouse::lodge
