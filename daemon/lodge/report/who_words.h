// Who made an attempt, as the report may say it: a name or code only where the evidence carries one (grades A
// and B), otherwise the device and its place. Nothing else in the report may print a login. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "lodge/report/settings.h"
#include "lodge/store/records.h"
#include "lodge/store/store.h"

namespace gatehouse::lodge {

// True where the evidence carries a login: only then is one shown or counted as a person.
bool has_person(const Who& who) noexcept;

// What makes two attempts the same person's (or, where no person is established, the same device's).
// Internal: holds the login, never shown.
std::string person_key(const Attempt& attempt);
std::string person_key(const PastAttempt& attempt);

struct WhoWords {
  std::string who;     // "aharper", "L-7Q2K9M", "A device in LRC-2"
  std::string note;    // "students", "guests, person not established"
  std::string device;  // "LRC-14 (02:00:5e:10:00:01)", "D-3F..."; may be empty
  std::string place;
};
WhoWords who_words(const Attempt& attempt, const ReportSettings& settings);

// `text` with the attempt's login, device and address replaced by codes, unless logins are to be shown and
// the grade carries one, and with host names defanged (left out for a sealed list). Evidence and reasons are
// worded elsewhere and may name them.
std::string without_names(std::string text, const Attempt& attempt, const ReportSettings& settings);

std::string login_shown(const Who& who, const ReportSettings& settings);           // login, code or empty
std::string sponsor_shown(const Who& who, const ReportSettings& settings);         // name, code or empty
std::string device_shown(const Attempt& attempt, const ReportSettings& settings);  // MAC address or code
std::string device_name_shown(const Who& who, const ReportSettings& settings);     // host name or empty

}  // namespace gatehouse::lodge
