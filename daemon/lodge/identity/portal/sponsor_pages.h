// What a guest sees while somebody decides, and what that person sees. In the manner of pages.h.
#pragma once

#include <string>

#include "lodge/identity/portal/settings.h"
#include "lodge/identity/portal/sponsor_request.h"

namespace gatehouse::lodge::portal {

// The guest's. Waiting looks again by itself.
std::string waiting_page(const SponsorRequest& asked);
std::string refused_page();
std::string expired_page();
std::string ended_page();
std::string moved_page();  // the device that asked is not (any more) the one at this address

// For both, while requests cannot be read: looks again by itself.
std::string later_page();

// The sponsor's: what is asked, with the two answers while it can be answered, and afterwards what became of it.
std::string sponsor_page(const SponsorRequest& asked, const std::string& path, const Settings& settings, Timestamp now);

}  // namespace gatehouse::lodge::portal
