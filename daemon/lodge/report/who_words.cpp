#include "lodge/report/who_words.h"

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/names/pseudonym.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

bool is_word(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whole words only: a login "an" must not eat every "an" inside other words.
void replace_all(std::string& text, std::string_view what, std::string_view with) {
  if (what.empty()) return;
  const std::string wanted = to_lower(what);
  std::string lower = to_lower(text);
  std::size_t at = lower.find(wanted);
  while (at != std::string::npos) {
    const std::size_t end = at + wanted.size();
    const bool whole = (at == 0 || !is_word(lower[at - 1])) && (end == lower.size() || !is_word(lower[end]));
    if (whole) {
      text.replace(at, wanted.size(), with);
      lower.replace(at, wanted.size(), with);
    }
    at = lower.find(wanted, at + (whole ? with.size() : 1));
  }
}

bool shows_login(const Who& who, const ReportSettings& settings) {
  return settings.names == Names::Logins && has_person(who);
}

const std::string& device_of(const Attempt& attempt) {
  return attempt.who.device.empty() ? attempt.address : attempt.who.device;
}

std::string group_of(const Attempt& attempt) {
  return attempt.who.group.empty() ? attempt.network : attempt.who.group;
}

}  // namespace

bool has_person(const Who& who) noexcept {
  return (who.grade == Grade::A || who.grade == Grade::B) && !who.login.empty();
}

std::string person_key(const Attempt& attempt) {
  return has_person(attempt.who) ? "login:" + attempt.who.login : "device:" + device_of(attempt);
}

std::string person_key(const PastAttempt& attempt) {
  if (names_a_person(attempt.grade) && !attempt.login.empty()) return "login:" + attempt.login;
  return "device:" + (attempt.device.empty() ? attempt.address : attempt.device);
}

std::string login_shown(const Who& who, const ReportSettings& settings) {
  if (!has_person(who)) return {};
  if (settings.names != Names::Logins) return code_for('L', who.login, settings.pseudonym_key);
  return who.sponsor.empty() ? who.login : defang_text(who.login);  // a guest's may be what they wrote
}

std::string device_shown(const Attempt& attempt, const ReportSettings& settings) {
  const std::string& device = device_of(attempt);
  if (device.empty()) return {};
  return settings.names == Names::Logins ? device : code_for('D', device, settings.pseudonym_key);
}

// A device's name is often its owner's ("Jos-phone"), so it is shown only beside a login that is shown, or
// where the device has a known place: then it is the college's.
std::string device_name_shown(const Who& who, const ReportSettings& settings) {
  return shows_login(who, settings) || !who.place.empty() ? defang_text(who.device_name) : std::string();
}

std::string sponsor_shown(const Who& who, const ReportSettings& settings) {
  if (who.sponsor.empty()) return {};
  return settings.names == Names::Logins ? defang_text(who.sponsor)
                                         : code_for('S', who.sponsor, settings.pseudonym_key);
}

WhoWords who_words(const Attempt& attempt, const ReportSettings& settings) {
  WhoWords out;
  const Who& who = attempt.who;
  const std::string group = group_of(attempt);
  out.place = defang_text(who.place);
  out.device = device_name_shown(who, settings);
  if (!out.device.empty()) out.device.insert(0, who.place.empty() ? "device " : "computer ");
  if (has_person(who)) {
    out.who = login_shown(who, settings);
    out.note = group;
    return out;
  }
  if (!who.place.empty()) {
    out.who = fmt::format("A device in {}", out.place);
  } else if (!group.empty()) {
    out.who = fmt::format("A device on the {} network", group);
  } else {
    out.who = "A device";
  }
  const std::string shown = device_shown(attempt, settings);
  out.note = shown.empty() ? "person not established" : fmt::format("person not established · {}", shown);
  return out;
}

std::string without_names(std::string text, const Attempt& attempt, const ReportSettings& settings) {
  text = defang_text(text, attempt.sealed, attempt.who.login);
  if (shows_login(attempt.who, settings)) return text;
  const Who& who = attempt.who;
  if (settings.names == Names::Pseudonyms) replace_all(text, who.sponsor, sponsor_shown(who, settings));
  replace_all(text, who.login, has_person(who) ? login_shown(who, settings) : "(login withheld)");
  if (device_name_shown(who, settings).empty()) replace_all(text, who.device_name, "the device");
  if (settings.names == Names::Pseudonyms) {
    replace_all(text, who.device, device_shown(attempt, settings));
    replace_all(text, attempt.address, "its address");
  }
  return text;
}

}  // namespace gatehouse::lodge
