#include "lodge/identity/logon/windows_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace gatehouse::lodge::logon {
namespace {

using nlohmann::json;

int number(std::string_view text) {
  int value = 0;
  text = trim(text);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The three events that tell of people; what 4624's many fields are called is the same in all of them.
std::optional<Event> kind_of(int id) {
  if (id == 4624) return Event::Logon;
  if (id == 4634 || id == 4647) return Event::Logoff;
  return std::nullopt;
}

template <typename Get>
std::optional<LogonEvent> from_fields(int id, Get get) {
  const auto kind = kind_of(id);
  if (!kind) return std::nullopt;
  LogonEvent out;
  out.event = *kind;
  out.login = get("TargetUserName");
  out.domain = get("TargetDomainName");
  out.address = get("IpAddress");
  out.logon_id = get("TargetLogonId");
  out.type = number(get("LogonType"));
  // "4647: user initiated logoff" has no type: it is always a person at the machine.
  if (id == 4647) out.type = 2;
  if (out.login.empty()) return std::nullopt;
  return out;
}

// ---- JSON: flat as NXLog writes it, nested as Winlogbeat does

const json* find(const json& object, std::string_view path) {
  const json* at = &object;
  while (!path.empty()) {
    const auto dot = path.find('.');
    if (!at->is_object()) return nullptr;
    const auto found = at->find(std::string(path.substr(0, dot)));
    if (found == at->end()) return nullptr;
    at = &*found;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

std::string text_at(const json& object, std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    const json* value = find(object, path);
    if (!value) continue;
    if (value->is_string()) return value->get<std::string>();
    if (value->is_number_integer()) return std::to_string(value->get<std::int64_t>());
  }
  return {};
}

std::optional<LogonEvent> read_json(std::string_view message) {
  const auto start = message.find('{');
  if (start == std::string_view::npos) return std::nullopt;
  const json event = json::parse(message.substr(start), nullptr, false);
  if (!event.is_object()) return std::nullopt;
  auto out = from_fields(
      number(text_at(event, {"EventID", "winlog.event_id", "event_id", "event.code"})), [&](std::string_view field) {
        return text_at(event, {field, fmt::format("winlog.event_data.{}", field), fmt::format("event_data.{}", field)});
      });
  if (!out) return std::nullopt;
  out->computer = text_at(event, {"Hostname", "winlog.computer_name", "computer_name", "Computer"});
  // A time without a zone is the sender's local one and is left to the syslog header.
  out->at = parse_time(text_at(event, {"@timestamp", "EventTime"}));
  return out;
}

// ---- Event XML, as Windows event forwarding keeps it

// The text between `open` and `close`; empty where they are not.
std::string_view between(std::string_view text, std::string_view open, std::string_view close) {
  const auto start = text.find(open);
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start + open.size());
  const auto end = text.find(close);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end);
}

std::string xml_text(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string out;
  while (!text.empty()) {
    const auto entity = std::find_if(kEntities.begin(), kEntities.end(),
                                     [&](const auto& one) { return text.starts_with(one.first); });
    out += entity == kEntities.end() ? text.front() : entity->second;
    text.remove_prefix(entity == kEntities.end() ? 1 : entity->first.size());
  }
  return out;
}

std::optional<LogonEvent> read_xml(std::string_view message) {
  if (message.find("<Event") == std::string_view::npos) return std::nullopt;
  std::string_view id = between(message, "<EventID", "</EventID>");
  id.remove_prefix(std::min(id.find('>') + 1, id.size()));  // it may have attributes
  auto out = from_fields(number(id), [&](std::string_view field) {
    for (const char quote : {'\'', '"'}) {
      const auto value = between(message, fmt::format("<Data Name={}{}{}>", quote, field, quote), "</Data>");
      if (!value.empty()) return xml_text(value);
    }
    return std::string();
  });
  if (!out) return std::nullopt;
  out->computer = xml_text(between(message, "<Computer>", "</Computer>"));
  const std::string_view time = between(message, "SystemTime=", ">");
  if (time.size() > 2) out->at = parse_time(time.substr(1, time.find(time[0], 1) - 1));
  return out;
}

// ---- The rendered message: "An account was successfully logged on. Subject: ... New Logon: ... Account Name: x"

std::string_view value_after(std::string_view text, std::string_view label) {
  const auto start = text.find(label);
  if (start == std::string_view::npos) return {};
  text = text.substr(start + label.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  // Line ends may have become blanks, tabs or "#011" on the way; values hold none of these.
  const auto end = std::min(text.find_first_of(" \t\r\n"), text.find("#0"));
  return text.substr(0, end);
}

std::optional<LogonEvent> read_rendered(std::string_view message) {
  LogonEvent out;
  std::string_view person;
  if (message.find("An account was successfully logged on") != std::string_view::npos) {
    const auto section = message.find("New Logon:");
    if (section == std::string_view::npos) return std::nullopt;
    person = message.substr(section);
    out.event = Event::Logon;
  } else if (message.find("An account was logged off") != std::string_view::npos ||
             message.find("User initiated logoff") != std::string_view::npos) {
    person = message;
    out.event = Event::Logoff;
  } else {
    return std::nullopt;
  }
  out.login = value_after(person, "Account Name:");
  out.domain = value_after(person, "Account Domain:");
  out.logon_id = value_after(person, "Logon ID:");
  out.address = value_after(person, "Source Network Address:");
  out.type = number(value_after(message, "Logon Type:"));
  if (message.find("User initiated logoff") != std::string_view::npos) out.type = 2;
  if (out.login.empty()) return std::nullopt;
  return out;
}

// ---- Templates

std::string* field_of(LogonEvent& event, std::string_view name) {
  if (name == "login") return &event.login;
  if (name == "address") return &event.address;
  if (name == "computer") return &event.computer;
  if (name == "domain") return &event.domain;
  return nullptr;
}

std::optional<LogonEvent> read_template(const Pattern& pattern, std::string_view message) {
  LogonEvent out;
  out.event = pattern.event;
  // pieces: literal, field, literal ...; the first literal may stand anywhere, each field ends where the next one begins.
  const auto start = message.find(pattern.pieces.front());
  if (start == std::string_view::npos) return std::nullopt;
  message.remove_prefix(start + pattern.pieces.front().size());
  for (std::size_t i = 1; i + 1 < pattern.pieces.size(); i += 2) {
    const std::string& literal = pattern.pieces[i + 1];
    const auto end = literal.empty() ? message.find_first_of(" \t\r\n") : message.find(literal);
    if (end == std::string_view::npos && !literal.empty()) return std::nullopt;
    const std::string_view value = message.substr(0, end);
    if (std::string* field = field_of(out, pattern.pieces[i])) {
      if (value.empty() || value.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
      *field = std::string(value);
    }
    message.remove_prefix(std::min(message.size(), value.size() + literal.size()));
  }
  return out.login.empty() ? std::nullopt : std::optional(out);
}

}  // namespace

std::optional<Pattern> built_in_pattern(std::string_view name) {
  if (name == "nxlog" || name == "winlogbeat") return Pattern{std::string(name), Reading::Json, Event::Logon, {}};
  if (name == "wef") return Pattern{std::string(name), Reading::Xml, Event::Logon, {}};
  if (name == "windows-text") return Pattern{std::string(name), Reading::Rendered, Event::Logon, {}};
  return std::nullopt;
}

Result<Pattern> template_pattern(std::string name, std::string_view text, Event event) {
  Pattern out{std::move(name), Reading::Template, event, {}};
  bool login = false;
  bool where = false;
  while (true) {
    const auto open = text.find('{');
    out.pieces.emplace_back(text.substr(0, open));
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) return failure("a field in the template has no end", "close it with }");
    const std::string_view field = text.substr(open + 1, close - open - 1);
    LogonEvent probe;
    if (field != "any" && !field_of(probe, field)) {
      return failure(fmt::format("the template has no field {{{}}}", field),
                     "fields are {login}, {address}, {computer}, {domain} and {any}");
    }
    if (out.pieces.size() > 1 && out.pieces.back().empty()) {
      return failure("two fields of the template touch", "put the text that stands between them in between");
    }
    login = login || field == "login";
    where = where || field == "address" || field == "computer";
    out.pieces.emplace_back(field);
    text.remove_prefix(close + 1);
  }
  if (!login || !where) {
    return failure("the template does not say who and where", "it needs {login}, and {address} or {computer}");
  }
  if (out.pieces.front().empty()) {
    return failure("the template begins with a field", "begin it with text that such a message always has");
  }
  return out;
}

std::optional<LogonEvent> read_event(const Pattern& pattern, std::string_view message) {
  switch (pattern.reading) {
    case Reading::Json:
      return read_json(message);
    case Reading::Xml:
      return read_xml(message);
    case Reading::Rendered:
      return read_rendered(message);
    case Reading::Template:
      return read_template(pattern, message);
  }
  return std::nullopt;
}

}  // namespace gatehouse::lodge::logon
