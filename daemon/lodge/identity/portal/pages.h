// The portal's own pages: small enough for a phone's captive browser, no scripts, nothing loaded from elsewhere.
#pragma once

#include <string>

#include "base/time.h"
#include "lodge/identity/portal/settings.h"

namespace gatehouse::lodge::portal {

// Title and content are HTML. `again`: the page asks for itself after so long.
std::string page(const std::string& title, const std::string& content, Seconds again = Seconds{0});

// With a code and, where guests may ask a sponsor, without one.
std::string sign_in_page(const Settings& settings, const std::string& problem);
std::string welcome_page(const std::string& college, const std::string& who, const std::string& until);

}  // namespace gatehouse::lodge::portal
