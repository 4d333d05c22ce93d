#include "lodge/report/render_html.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/report/html_style.h"
#include "lodge/report/svg_charts.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

// Every piece of text goes through here; nothing else may carry a value into the page.
std::string e(std::string_view text) { return html_escape(text); }

void paragraph(std::string& out, std::string_view text, std::string_view style = {}) {
  if (text.empty()) return;
  out += style.empty() ? fmt::format("<p>{}</p>\n", e(text))
                       : fmt::format("<p class=\"{}\">{}</p>\n", style, e(text));
}

void head(std::string& out, const ReportHeader& header) {
  out += fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Should any text ever escape its escaping, it still could neither run nor load anything.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      // Telephones make links of what looks like an address; this report has none.
      "<meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no, url=no\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}, "
      "{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      e(header.college), e(header.date), kReportStyle);
}

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

void masthead(std::string& out, const DailyReport& report) {
  const ReportHeader& h = report.header;
  out += "<header>\n<p class=\"over\">Gatehouse daily report</p>\n";
  out += fmt::format("<h1>{}</h1>\n", e(h.date));
  paragraph(out, h.college + (h.site.empty() ? "" : ", " + h.site) + (h.term.empty() ? "" : " · " + h.term));
  paragraph(out, h.period + (h.recording.empty() ? "" : ". " + h.recording + "."), "small");
  out += "</header>\n";
  const Verdict& v = report.verdict;
  out += fmt::format("<div class=\"verdict {}\"><b>{}</b>\n", verdict_style(v.kind), e(v.headline));
  paragraph(out, v.sentence);
  paragraph(out, v.caution, "caution");
  out += "</div>\n";
}

void checks(std::string& out, const DailyReport& report) {
  out += "<h2 class=\"first\">Did it work?</h2>\n<dl class=\"checks\">\n";
  for (const Check& check : report.checks) {
    const std::string_view style = check.state == CheckState::Good   ? "good"
                                   : check.state == CheckState::Note ? "note"
                                                                     : "bad";
    out += fmt::format("<dt class=\"{0}\">{1}</dt><dd class=\"{0}\">{2}</dd>\n", style, e(check.label),
                       e(check.text));
  }
  out += "</dl>\n";
}

void fact(std::string& out, std::string_view label, std::string_view text) {
  if (!text.empty()) out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", label, e(text));
}

std::string sentence_of(const std::vector<std::string>& parts) {
  return parts.empty() ? std::string() : capital(fmt::format("{}", fmt::join(parts, "; "))) + ".";
}

void card(std::string& out, const Card& c, std::size_t number, std::size_t of) {
  const bool today = c.tier == Tier::LookToday;
  out += fmt::format(
      "<article class=\"card {}\">\n<div class=\"top\"><p class=\"tag\">{}</p><p class=\"over\">{} of "
      "{}</p></div>\n",
      today ? "today" : "week", today ? "Look today" : "Look this week", number, of);
  out += fmt::format("<h3>{}{}</h3>\n", e(c.who),
                     c.who_note.empty() ? "" : " <span>" + e(c.who_note) + "</span>");
  out += fmt::format("<p class=\"meta\"><b>{}</b> · {} · {}</p>\n", e(c.theme), e(c.when), e(c.where));
  out += fmt::format("<p class=\"what\">{}", e(c.what));
  out += fmt::format(" {}</p>\n", e(c.outcome));
  if (!c.hosts.empty()) {
    out += "<p class=\"host\">";
    for (std::size_t i = 0; i < c.hosts.size(); ++i) {
      out += fmt::format("{}<span>{}</span>", i == 0 ? "" : ", ", e(c.hosts[i]));
    }
    out += "</p>\n";
  }
  out += fmt::format("<div class=\"judged\"><b>{}</b>{}</div>\n", e(c.judgement), score_meter(c.score));
  if (!c.reasons.empty()) {
    out += "<ul class=\"why\">\n";
    for (const std::string& reason : c.reasons) out += fmt::format("<li>{}</li>\n", e(reason));
    out += "</ul>\n";
  }
  out += "<dl class=\"facts\">\n";
  fact(out, "Could also be", sentence_of(c.could_also_be));
  fact(out, "Who it was", c.identity);
  fact(out, "Seen before", c.seen_before);
  fact(out, "Why ranked here", sentence_of(c.why_here));
  out += "</dl>\n";
  out += fmt::format("<p class=\"step\"><b>Suggested next step</b>{}</p>\n", e(c.next_step));
  out += fmt::format("<p class=\"rec\">Record {}</p>\n</article>\n",
                     e(fmt::format("{}", fmt::join(c.records, ", "))));
}

void cards(std::string& out, const DailyReport& report) {
  out += "<h2>For you today</h2>\n";
  if (report.cards.empty()) paragraph(out, "No cards.", "none");
  if (report.cards.size() > 1) {
    out += "<ol class=\"index\">\n";
    for (const Card& c : report.cards) {
      out += fmt::format("<li{}><div><b>{}</b> <span>· {} · {} · {}</span></div></li>\n",
                         c.tier == Tier::LookToday ? " class=\"today\"" : "", e(c.who), e(c.theme), e(c.when),
                         e(std::string(band_words(c.band))));
    }
    out += "</ol>\n";
  }
  for (std::size_t i = 0; i < report.cards.size(); ++i)
    card(out, report.cards[i], i + 1, report.cards.size());
  paragraph(out, report.cards_left_out);
}

void circumvention(std::string& out, const DailyReport& report) {
  out += "<h2>Getting round the filter</h2>\n";
  paragraph(out, report.circumvention_sentence, report.circumvention.empty() ? "none" : "");
  if (report.circumvention.empty()) return;
  out += "<ul class=\"rows\">\n";
  for (const CircumventionRow& row : report.circumvention) {
    out += "<li>";
    if (row.tier == Tier::LookToday) out += "<p class=\"today\"><span class=\"tag\">Look today</span></p>";
    out += fmt::format("<p><b>{}</b> <span class=\"small\">{} · {}</span></p><p>{}</p>", e(row.who),
                       e(row.when), e(row.where), e(row.what));
    out += fmt::format("<p class=\"small\">{} {}.{}</p></li>\n", e(row.outcome), e(row.judgement),
                       row.note.empty() ? "" : " " + e(row.note));
  }
  out += "</ul>\n";
}

void guests(std::string& out, const DailyReport& report) {
  out += "<h2>Guests</h2>\n";
  paragraph(out, report.guests_sentence, report.guests.empty() ? "none" : "");
  if (report.guests.empty()) return;
  out += "<ul class=\"rows\">\n";
  for (const GuestRow& row : report.guests) {
    out += fmt::format(
        "<li><p><b>{}</b> <span class=\"small\">sponsor: {} · {}</span></p><p>{}</p><p class=\"small\">{} "
        "{}.</p></li>\n",
        e(row.who), e(row.sponsor), e(row.when), e(row.what), e(row.outcome), e(row.judgement));
  }
  out += "</ul>\n";
}

void themes(std::string& out, const DailyReport& report) {
  std::uint32_t scale = 1;
  for (const ThemeRow& row : report.themes)
    scale = std::max({scale, row.range.high, row.deliberate + row.unclear});
  out +=
      "<h2>By theme</h2>\n<table>\n<thead><tr><th scope=\"col\"><span hidden>Theme</span></th><th "
      "scope=\"col\">People or devices</th>"
      "<th scope=\"col\">Likely deliberate</th><th scope=\"col\">Unclear</th><th "
      "scope=\"col\">Back&shy;ground</th></tr></thead>\n<tbody>\n";
  for (const ThemeRow& row : report.themes) {
    out += fmt::format("<tr{}><th scope=\"row\">{}{}<span>4 weeks: {}</span></th>",
                       row.attempts == 0 ? " class=\"zero\"" : "", e(row.title),
                       range_strip(row.range, row.deliberate + row.unclear, scale), e(row.range.words));
    out += fmt::format("<td>{}</td><td{}>{}</td><td>{}</td><td class=\"back\">{}</td></tr>\n", row.people,
                       row.deliberate > 0 ? " class=\"delib\"" : "", row.deliberate, row.unclear,
                       row.background);
  }
  out += "</tbody></table>\n";
  paragraph(out, report.range_note + " The dot is today; red when it is above the range.", "small");
}

void hours(std::string& out, const DailyReport& report) {
  out += "<h2>By hour</h2>\n";
  paragraph(out, report.hours_sentence);
  out += "<figure>";
  out += hours_chart(report.hours, "Attempts by hour of the day. " + report.hours_sentence);
  const bool usual = std::any_of(report.hours.begin(), report.hours.end(),
                                 [](const HourBar& h) { return h.usual_tenths > 0; });
  out +=
      "\n<ul class=\"key\"><li><i style=\"background:var(--delib)\"></i>likely deliberate</li><li><i "
      "style=\"background:var(--unclear)\"></i>unclear</li>"
      "<li><i style=\"background:var(--back)\"></i>likely background</li>";
  if (usual) out += "<li><i class=\"u\"></i>usual for the hour, background left out</li>";
  out += "</ul></figure>\n";
}

void set_aside(std::string& out, const DailyReport& report) {
  const SetAsideSummary& s = report.set_aside;
  out += "<h2>What was set aside, and why</h2>\n";
  paragraph(out, s.sentence);
  if (!s.causes.empty()) {
    out += "<ul class=\"plain\">\n";
    for (const SetAsideCause& cause : s.causes) {
      out += fmt::format("<li>{}: {}</li>\n", e(count_of(cause.attempts, "attempt", "attempts")),
                         e(cause.cause));
    }
    out += "</ul>\n";
  }
  if (!s.background_hosts.empty())
    paragraph(out, "Most often in the background: " + join_words(s.background_hosts) + ".", "small");
}

void closing(std::string& out, const DailyReport& report) {
  out += "<h2>What Gatehouse cannot see</h2>\n<ul class=\"plain\">\n";
  for (const std::string& line : report.blind_spots) out += fmt::format("<li>{}</li>\n", e(line));
  out += fmt::format("<li>{}</li>\n</ul>\n<h2>Words in this report</h2>\n<dl class=\"words\">\n",
                     e(report.not_measured));
  for (const GlossaryLine& line : report.glossary)
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", e(capital(line.word)), e(capital(line.meaning)));
  out += "</dl>\n<div class=\"duty\">\n";
  for (const std::string& line : report.duty) paragraph(out, line);
  out += fmt::format(
      "</div>\n<footer>Personal data: keep, share and destroy this report as your procedure "
      "says.<br>Gatehouse {}</footer>\n",
      e(report.header.version));
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
    }
  }
  return out;
}

std::string render_html(const DailyReport& report) {
  std::string out;
  head(out, report.header);
  masthead(out, report);
  checks(out, report);
  cards(out, report);
  circumvention(out, report);
  guests(out, report);
  themes(out, report);
  hours(out, report);
  set_aside(out, report);
  closing(out, report);
  out += "</main>\n</body>\n</html>\n";
  return out;
}

}  // namespace gatehouse::lodge
