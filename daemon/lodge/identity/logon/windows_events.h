// Logons in log messages: events 4624, 4634 and 4647 of Windows as forwarders write them, and texts that an admin
// describes with a template. A message goes in, what it says comes out; logons.h makes intervals of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace gatehouse::lodge::logon {

enum class Event : std::uint8_t { Logon, Logoff };

struct LogonEvent {
  Event event = Event::Logon;
  std::string login;
  std::string domain;
  std::string address;   // text; where the person came from
  std::string computer;  // that wrote the event
  std::string logon_id;  // ties a logoff to its logon on one computer
  int type = 0;          // Windows logon type; 0: the message does not say
  std::optional<Timestamp> at;
};

// How one kind of message is read. The first three are ours, by name; `text` is an admin's own.
enum class Reading : std::uint8_t { Json, Xml, Rendered, Template };

struct Pattern {
  std::string name;
  Reading reading = Reading::Template;
  Event event = Event::Logon;       // of a template
  std::vector<std::string> pieces;  // of a template: literal, field, literal, field ..., literal
};

// "nxlog" and "winlogbeat" (JSON), "wef" (event XML), "windows-text" (the rendered message, as Snare, NXLog to_syslog
// and rsyslog's agent send it). nullopt: no such pattern.
std::optional<Pattern> built_in_pattern(std::string_view name);
inline constexpr std::string_view kBuiltInNames = "nxlog, winlogbeat, wef, windows-text";

// "User {login} logged on from {address}": fields are {login}, {address}, {computer}, {domain}, {any}. The error says
// what is wrong with it.
Result<Pattern> template_pattern(std::string name, std::string_view text, Event event);

// nullopt: the message is not of this kind, or no logon.
std::optional<LogonEvent> read_event(const Pattern& pattern, std::string_view message);

}  // namespace gatehouse::lodge::logon
