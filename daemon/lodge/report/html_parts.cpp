#include "lodge/report/html_parts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/report/html_style.h"

namespace gatehouse::lodge {
namespace {

std::string e(std::string_view text) { return html_escape(text); }

std::string_view verdict_style(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::ActionToday:
      return "v-act";
    case VerdictKind::ReviewThisWeek:
      return "v-week";
    case VerdictKind::NothingForYou:
      return "v-good";
    case VerdictKind::CannotSay:
      return "v-cannot";
  }
  return "v-cannot";
}

}  // namespace

void html_head(std::string& out, std::string_view title) {
  out += fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Should any text ever escape its escaping, it still could neither run nor load anything.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      // Telephones make links of what looks like an address; this report has none.
      "<meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no, url=no\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n"
      "<meta name=\"color-scheme\" content=\"light "
      "dark\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      e(title), kReportStyle);
}

void html_paragraph(std::string& out, std::string_view text, std::string_view style) {
  if (text.empty()) return;
  out += style.empty() ? fmt::format("<p>{}</p>\n", e(text))
                       : fmt::format("<p class=\"{}\">{}</p>\n", style, e(text));
}

void html_verdict(std::string& out, const Verdict& verdict) {
  out +=
      fmt::format("<div class=\"verdict {}\"><b>{}</b>\n", verdict_style(verdict.kind), e(verdict.headline));
  html_paragraph(out, verdict.sentence);
  html_paragraph(out, verdict.caution, "caution");
  out += "</div>\n";
}

void html_check(std::string& out, const Check& check) {
  const std::string_view style = check.state == CheckState::Good   ? "good"
                                 : check.state == CheckState::Note ? "note"
                                                                   : "bad";
  out += fmt::format("<dt class=\"{0}\">{1}</dt><dd class=\"{0}\">{2}</dd>\n", style, e(check.label),
                     e(check.text));
}

}  // namespace gatehouse::lodge
