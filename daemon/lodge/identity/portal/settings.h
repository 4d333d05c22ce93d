// What the portal is configured to do. Plain data.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace gatehouse::lodge::portal {

// Guests may ask somebody of the college to vouch for them; no domains: they may not.
struct SponsorSettings {
  std::vector<std::string> domains;  // of mail addresses, lower case
  std::vector<std::string> people;   // whole addresses, lower case; empty: everybody of the domains
  std::vector<IpPrefix> from;        // where a sponsor's page is shown; never in a guest network
  std::string url;                   // of that page, without a last slash
  Seconds valid{std::chrono::minutes{30}};  // a link is good for so long, and an approval once more for the guest to come back
  // Nobody can fill a mailbox, or all of them.
  std::size_t guest_an_hour = 3;
  std::size_t sponsor_an_hour = 10;
  std::size_t all_an_hour = 100;
  [[nodiscard]] bool on() const noexcept { return !domains.empty(); }
};

struct Settings {
  std::vector<IpPrefix> networks;  // where guests are; others get no page
  std::string url;                 // "https://guests.college.example", without a last slash
  std::string college;
  std::string policy;              // what a guest accepts
  std::string group = "guests";
  Seconds longest{std::chrono::hours{12}};  // a sign-in ends then at the latest
  SponsorSettings sponsors;
};

}  // namespace gatehouse::lodge::portal
