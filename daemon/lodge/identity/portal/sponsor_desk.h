// Guests whom somebody of the college vouches for: the guest asks and waits on a page, the sponsor gets a link by mail
// and decides on another, which no guest network is shown. A mail scanner that follows the link changes nothing: only a
// POST decides. The sign-in is opened for the device that asked and for no other that holds its address by now. One
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lodge/identity/portal/guest_sessions.h"
#include "lodge/identity/portal/messages.h"
#include "lodge/identity/portal/sponsor_request.h"

namespace gatehouse::lodge::portal {

struct SponsorCounters {
  std::uint64_t asked = 0;
  std::uint64_t to_nobody = 0;    // of these: to an address that may not approve, so no mail
  std::uint64_t held_back = 0;    // too many requests
  std::uint64_t not_asked = 0;    // something was missing or was no address of the college
  std::uint64_t approved = 0;
  std::uint64_t refused = 0;
  std::uint64_t signed_in = 0;
  std::uint64_t too_late = 0;     // decisions on what was decided or had expired
  std::uint64_t wrong_link = 0;
  std::uint64_t wrong_place = 0;  // a sponsor's page from elsewhere than it is for; a guest's from another address
};

class SponsorDesk {
 public:
  SponsorDesk(const Settings& settings, SponsorKeeper& keeper, GuestSessions& sessions)
      : settings_(settings), keeper_(keeper), sessions_(sessions) {}

  // POST /ask, by a guest.
  Response ask(const Request& request, Timestamp now);
  // GET guest_path(): how the guest's request stands. An approval that waits for its device becomes the sign-in here.
  Response waiting(const Request& request, Timestamp now);
  // GET and POST sponsor_path(), on the sponsors' own listener.
  Response sponsor(const Request& request, Timestamp now);

  [[nodiscard]] const SponsorCounters& counters() const noexcept { return counters_; }

 private:
  struct Link {
    SponsorRequest request;
    std::string path;
  };
  enum class Whose : std::uint8_t { Guest, Sponsor };
  // What the link is about, or the answer to one that is wrong.
  std::pair<std::optional<Link>, Response> follow(const Request& request, Whose whose);
  Response not_asked(int status, const std::string& problem);
  Response let_in(const SponsorRequest& asked, Timestamp now);
  Response decide(const Link& link, const Request& request, Timestamp now);
  // True when this was the one sign-in that the approval is good for.
  Result<bool> open(const SponsorRequest& asked, Timestamp now);

  const Settings& settings_;
  SponsorKeeper& keeper_;
  GuestSessions& sessions_;
  SponsorCounters counters_;
};

// The address in lower case when a guest may write to it: of one of the domains, and plain enough to be nothing but an
// address. No '+', which would let one mailbox be filled under many names.
std::optional<std::string> sponsor_address(std::string_view typed, const SponsorSettings& settings);

}  // namespace gatehouse::lodge::portal
