#include "lodge/identity/portal/sponsor_pages.h"

#include <fmt/format.h>

#include "base/config_values.h"
#include "base/london.h"
#include "base/text.h"
#include "lodge/identity/portal/pages.h"

namespace gatehouse::lodge::portal {
namespace {

constexpr Seconds kLookAgain{10};
constexpr const char* kBack = "<p><a href=\"/\">Back to the sign-in</a></p>";

std::string facts(const SponsorRequest& asked, const Settings& settings) {
  const std::string device = asked.mac.is_zero() ? std::string() : fmt::format(", device {}", asked.mac.to_string());
  return fmt::format(
      "<dl><dt>Name</dt><dd>{}</dd><dt>For</dt><dd>{}</dd><dt>Asked</dt><dd>{}, from {}{}</dd>"
      "<dt>Access</dt><dd>from your answer on, for at most {}; filtered and recorded, with you as the sponsor</dd></dl>",
      html_escape(asked.name), html_escape(asked.purpose), format_date_clock(asked.asked), asked.address.to_string(), device,
      format_duration(settings.longest));
}

std::string outcome(const SponsorRequest& asked, Timestamp now) {
  switch (asked.state) {
    case SponsorRequest::State::Refused:
      return fmt::format("<p><strong>Refused at {}.</strong> The guest is told so.</p>", format_clock(asked.decided));
    case SponsorRequest::State::SignedIn:
      return fmt::format("<p><strong>Approved at {}.</strong> The guest was signed in at {}.</p>", format_clock(asked.decided),
                         format_clock(asked.signed_in));
    case SponsorRequest::State::Approved:
      if (asked.until <= now) return "<p><strong>Approved.</strong> The guest did not come back for it in time.</p>";
      return fmt::format("<p><strong>Approved at {}.</strong> The guest is signed in as soon as their own page looks again, "
                         "until {}.</p>",
                         format_clock(asked.decided), format_clock(asked.until));
    case SponsorRequest::State::Waiting: break;
  }
  return "<p><strong>The time to answer is over.</strong> The guest can ask again.</p>";
}

}  // namespace

std::string waiting_page(const SponsorRequest& asked) {
  return page("Waiting for an answer",
              fmt::format("<p>If guests can be let in by {}, an e-mail about your request {} is on its way there.</p>"
                          "<p>Leave this page open: it looks for the answer every {} seconds, until {}.</p>{}",
                          html_escape(asked.sponsor), asked.number, kLookAgain.count(), format_clock(asked.until), kBack),
              kLookAgain);
}

std::string refused_page() {
  return page("Your request was refused", fmt::format("<p>Ask at reception if you think that this is a mistake.</p>{}", kBack));
}

std::string expired_page() {
  return page("Nobody answered in time", fmt::format("<p>You can ask again, or ask at reception for a code.</p>{}", kBack));
}

std::string ended_page() { return page("This sign-in has ended", fmt::format("<p>You can ask again.</p>{}", kBack)); }

std::string moved_page() {
  return page("Your device has another address now",
              fmt::format("<p>The request was made from another, so its answer does not count here. Ask again.</p>{}", kBack));
}

std::string later_page() {
  return page("That cannot be looked up just now", "<p>Leave this page open: it tries again by itself.</p>", kLookAgain);
}

std::string sponsor_page(const SponsorRequest& asked, const std::string& path, const Settings& settings, Timestamp now) {
  std::string content = facts(asked, settings);
  if (asked.state != SponsorRequest::State::Waiting || asked.until <= now) {
    content += outcome(asked, now);
  } else {
    content += fmt::format(
        "<p>Name and purpose are what the guest wrote; nobody has checked them. Approve only if you know who this is and "
        "expect them. You can answer until {}.</p><form method=\"post\" action=\"{}\">"
        "<button name=\"answer\" value=\"approve\">Approve</button>"
        "<button name=\"answer\" value=\"refuse\">Refuse</button></form>",
        format_clock(asked.until), html_escape(path));
  }
  return page(fmt::format("A guest asks you to vouch for them (request {})", asked.number), content);
}

}  // namespace gatehouse::lodge::portal
