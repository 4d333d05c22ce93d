#include "lodge/report/render_html.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/report/html_parts.h"
#include "lodge/report/svg_charts.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

// Every piece of text goes through here; nothing else may carry a value into the page.
std::string e(std::string_view text) { return html_escape(text); }

void paragraph(std::string& out, std::string_view text, std::string_view style = {}) {
  html_paragraph(out, text, style);
}

void masthead(std::string& out, const DailyReport& report) {
  const ReportHeader& h = report.header;
  out += "<header>\n<p class=\"over\">Gatehouse daily report</p>\n";
  out += fmt::format("<h1>{}</h1>\n", e(h.date));
  paragraph(out, h.college + (h.site.empty() ? "" : ", " + h.site) + (h.term.empty() ? "" : " · " + h.term));
  paragraph(out, h.period + (h.recording.empty() ? "" : ". " + h.recording + "."), "small");
  out += "</header>\n";
  html_verdict(out, report.verdict);
}

void checks(std::string& out, const DailyReport& report) {
  out += "<h2 class=\"first\">Did it work?</h2>\n<dl class=\"checks\">\n";
  for (const Check& check : report.checks) html_check(out, check);
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
  out += fmt::format("<p class=\"meta\"><b>{}</b>&nbsp;· {}&nbsp;· {}</p>\n", e(c.theme), e(c.when), e(c.where));
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
  fact(out, "Eight weeks", c.rating);
  fact(out, "Written down", c.follow_up);
  out += "</dl>\n";
  out += fmt::format("<p class=\"step\"><b>Suggested next step</b>{}</p>\n", e(c.next_step));
  out += fmt::format("<p class=\"rec\">Card {} · record {}</p>\n</article>\n", e(c.reference),
                     e(fmt::format("{}", fmt::join(c.records, ", "))));
}

void cards(std::string& out, const DailyReport& report) {
  out += "<h2>For you today</h2>\n";
  if (report.cards.empty()) paragraph(out, "No cards.", "none");
  if (report.cards.size() > 1) {
    out += "<ol class=\"index\">\n";
    for (const Card& c : report.cards) {
      out += fmt::format("<li{}><div><b>{}</b> <span>· {}&nbsp;· {}&nbsp;· {}</span></div></li>\n",
                         c.tier == Tier::LookToday ? " class=\"today\"" : "", e(c.who), e(c.theme), e(c.when),
                         e(std::string(band_words(c.band))));
    }
    out += "</ol>\n";
  }
  out += "<dl class=\"checks glance\">\n";
  for (const Check& line : report.glance) html_check(out, line);
  out += "</dl>\n";
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
  paragraph(out, s.measured, "small");
}

void plain_section(std::string& out, std::string_view title, const PlainSection& section) {
  out += fmt::format("<h2>{}</h2>\n", e(title));
  paragraph(out, section.sentence, section.rows.empty() ? "none" : "");
  if (!section.rows.empty()) {
    out += "<ul class=\"rows tight\">\n";
    for (const PlainSection::Row& row : section.rows) {
      out += fmt::format("<li{}><p><b>{}</b> <span class=\"small\">{}</span></p></li>\n",
                         row.urgent ? " class=\"urgent\"" : "", e(row.what), e(row.words));
    }
    out += "</ul>\n";
  }
  paragraph(out, section.note, "small");
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

std::string render_html(const DailyReport& report) {
  std::string out;
  html_head(out, report.header.college + ", " + report.header.date);
  masthead(out, report);
  checks(out, report);
  cards(out, report);
  circumvention(out, report);
  guests(out, report);
  themes(out, report);
  hours(out, report);
  set_aside(out, report);
  plain_section(out, "Over-blocking", report.over_blocking);
  plain_section(out, "Still open", report.still_open);
  plain_section(out, "Drawn for review", report.sample);
  plain_section(out, "Access to names", report.names);
  closing(out, report);
  out += "</main>\n</body>\n</html>\n";
  return out;
}

}  // namespace gatehouse::lodge
