// The portal's two pages: small enough for a phone's captive browser, no scripts, nothing loaded from elsewhere.
#pragma once

#include <string>

namespace gatehouse::lodge::portal {

std::string sign_in_page(const std::string& college, const std::string& policy, const std::string& problem);
std::string welcome_page(const std::string& college, const std::string& who, const std::string& until);

}  // namespace gatehouse::lodge::portal
