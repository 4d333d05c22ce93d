// An alert as each channel writes it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/london.h"
#include "lodge/alerts/channels.h"

namespace gatehouse::lodge {
namespace {

using nlohmann::json;

constexpr int kFacility = 13;  // log audit (RFC 5424 table 1)

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// RFC 3339 in UTC with microseconds, as RFC 5424 section 6.2.3 has it.
std::string rfc3339(Timestamp at) {
  std::string text = format_utc(at);  // "2026-11-10T10:42:00.123456+0000"
  text.resize(26);
  return text + "Z";
}

// Syslog's own severity: 1 (alert) for what is most pressing, 4 (warning) otherwise.
int syslog_severity(int severity) { return severity >= 9 ? 1 : severity >= 7 ? 2 : 4; }

std::string header(const AlertText& text, std::string_view host) {
  return fmt::format("<{}>1 {} {} gatehouse - alert", kFacility * 8 + syslog_severity(text.severity),
                     rfc3339(text.at), host.empty() ? "-" : host);
}

std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

// RFC 5424 section 6.3.3: ", \ and ] are escaped in a value.
std::string sd_value(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += c;
  }
  return out;
}

std::string cef_escape(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : one_line(text)) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string alert_json(const AlertText& text) {
  return dump({{"source", "gatehouse"},
               {"college", text.college},
               {"alert", text.alert},
               {"step", text.step},
               {"at", rfc3339(text.at)},
               {"severity", text.severity},
               {"title", text.title},
               {"text", text.words},
               {"attempt", text.attempt}});
}

std::string alert_teams(const AlertText& text) {
  const auto block = [](std::string words, json more) {
    more["type"] = "TextBlock";
    more["text"] = std::move(words);
    more["wrap"] = true;
    return more;
  };
  json body = json::array();
  body.push_back(block(text.title, {{"weight", "Bolder"}, {"size", "Medium"}}));
  body.push_back(block(text.words, json::object()));
  body.push_back(
      block(fmt::format("{} · alert {} · {}", text.college, text.alert, format_date_clock(text.at)),
            {{"isSubtle", true}, {"size", "Small"}}));
  const json card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                     {"type", "AdaptiveCard"},
                     {"version", "1.4"},
                     {"body", body}};
  return dump({{"type", "message"},
               {"attachments", json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                             {"contentUrl", nullptr},
                                             {"content", card}}})}});
}

// 32473 is the enterprise number that RFC 5612 keeps for examples; we have none of our own.
std::string alert_syslog(const AlertText& text, std::string_view host) {
  return fmt::format("{} [gatehouse@32473 alert=\"{}\" step=\"{}\" attempt=\"{}\"] \xEF\xBB\xBF{}: {}",
                     header(text, host), text.alert, sd_value(text.step), sd_value(text.attempt),
                     one_line(text.title), one_line(text.words));
}

std::string alert_cef(const AlertText& text, std::string_view host) {
  return fmt::format(
      "{} - CEF:0|Gatehouse|Gatehouse|{}|alert|{}|{}|rt={} externalId={} cs1Label=attempt cs1={} msg={}",
      header(text, host), cef_escape(text.version, "|\\"), cef_escape(text.title, "|\\"), text.severity,
      to_us(text.at) / 1000, text.alert, cef_escape(text.attempt, "=\\"), cef_escape(text.words, "=\\"));
}

}  // namespace gatehouse::lodge
