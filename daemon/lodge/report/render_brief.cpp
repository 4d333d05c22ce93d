// The templates of every short report: HTML in the style of the daily one, and plain text.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "lodge/report/brief.h"
#include "lodge/report/html_parts.h"
#include "lodge/report/text_parts.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kLabelColumns = 18;

void table(std::string& out, const BriefTable& table) {
  if (table.rows.empty()) return;
  out += "<table class=\"plain-table\">\n<thead><tr>";
  for (const std::string& head : table.head)
    out += fmt::format("<th scope=\"col\">{}</th>", html_escape(head));
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", html_escape(row[i]))
                    : fmt::format("<td>{}</td>", html_escape(row[i]));
    }
    out += "</tr>\n";
  }
  out += "</tbody></table>\n";
}

// Columns as wide as their widest cell; the last one takes what is left.
void text_table(std::string& out, const BriefTable& table) {
  if (table.rows.empty()) return;
  std::vector<std::size_t> widths(table.head.size(), 0);
  const auto measure = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], text_columns(row[i]));
  };
  measure(table.head);
  for (const auto& row : table.rows) measure(row);
  const auto write = [&](const std::vector<std::string>& row) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += printable(row[i]);
      if (i + 1 == row.size()) break;
      line.append(widths[i] - text_columns(row[i]) + 2, ' ');
    }
    out += line + '\n';
  };
  write(table.head);
  for (const auto& row : table.rows) write(row);
}

}  // namespace

std::string render_brief_html(const Brief& brief) {
  std::string out;
  html_head(out, brief.subtitle + ", " + brief.title);
  out += fmt::format("<header>\n<p class=\"over\">{}</p>\n<h1>{}</h1>\n", html_escape(brief.over),
                     html_escape(brief.title));
  html_paragraph(out, brief.subtitle);
  out += "</header>\n";
  if (!brief.verdict.headline.empty()) html_verdict(out, brief.verdict);
  for (const BriefSection& section : brief.sections) {
    if (!section.title.empty()) out += fmt::format("<h2>{}</h2>\n", html_escape(section.title));
    for (const std::string& paragraph : section.paragraphs) html_paragraph(out, paragraph);
    if (!section.lines.empty()) {
      out += "<dl class=\"checks\">\n";
      for (const BriefLine& line : section.lines) html_check(out, {line.state, line.label, line.text});
      out += "</dl>\n";
    }
    table(out, section.table);
  }
  out += "<footer>";
  for (std::size_t i = 0; i < brief.closing.size(); ++i)
    out += fmt::format("{}{}", i == 0 ? "" : "<br>", html_escape(brief.closing[i]));
  return out + "</footer>\n</main>\n</body>\n</html>\n";
}

std::string render_brief_text(const Brief& brief) {
  std::string out;
  wrap_text(out, "", 0, brief.over);
  wrap_text(out, "", 0, brief.title + "   " + brief.subtitle);
  if (!brief.verdict.headline.empty()) {
    out += '\n';
    wrap_text(out, "", 0, brief.verdict.headline);
    wrap_text(out, "", 0, brief.verdict.sentence);
    if (!brief.verdict.caution.empty()) wrap_text(out, "", 0, brief.verdict.caution);
  }
  for (const BriefSection& section : brief.sections) {
    if (section.title.empty()) {
      out += '\n';
    } else {
      text_section(out, section.title);
    }
    for (const std::string& paragraph : section.paragraphs) wrap_text(out, " ", 1, paragraph);
    for (const BriefLine& line : section.lines)
      wrap_text(out, fmt::format(" {}{}", text_mark(line.state), line.label), kLabelColumns + 2, line.text);
    text_table(out, section.table);
  }
  out += '\n';
  for (const std::string& line : brief.closing) wrap_text(out, "", 0, line);
  return out;
}

}  // namespace gatehouse::lodge
