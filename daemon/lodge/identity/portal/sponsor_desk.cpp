#include "lodge/identity/portal/sponsor_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "lodge/identity/portal/forms.h"
#include "lodge/identity/portal/pages.h"
#include "lodge/identity/portal/secret.h"
#include "lodge/identity/portal/sponsor_pages.h"

namespace gatehouse::lodge::portal {
namespace {

using State = SponsorRequest::State;

constexpr std::string_view kGuestPath = "/waiting/";
constexpr std::string_view kSponsorPath = "/guest/";
constexpr std::size_t kLongestName = 80;
constexpr std::size_t kLongestPurpose = 200;
constexpr std::size_t kLongestLocalPart = 64;  // RFC 5321 section 4.5.3.1.1
constexpr const char* kTryLater = "That cannot be done just now. Try again in a minute.";

bool in_any(const std::vector<IpPrefix>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(), [&](const IpPrefix& one) { return one.contains(address); });
}

// "12/SECRET" to its parts.
std::optional<std::pair<std::int64_t, std::string_view>> parts_of(std::string_view link) {
  std::int64_t number = 0;
  const char* const end = link.data() + link.size();
  const auto [stop, error] = std::from_chars(link.data(), end, number);
  if (error != std::errc{} || stop == end || *stop != '/') return std::nullopt;
  return std::pair(number, std::string_view(stop + 1, end));
}

std::string join_domains(const SponsorSettings& settings) {
  std::string out;
  for (const std::string& one : settings.domains) out += (out.empty() ? "@" : " or @") + one;
  return out;
}

}  // namespace

std::string login_of(const SponsorRequest& request) {
  return fmt::format("guest request {}: {}", request.number, request.name);
}
std::string guest_path(std::int64_t number, const std::string& secret) {
  return fmt::format("{}{}/{}", kGuestPath, number, secret);
}
std::string sponsor_path(std::int64_t number, const std::string& secret) {
  return fmt::format("{}{}/{}", kSponsorPath, number, secret);
}

std::optional<std::string> sponsor_address(std::string_view typed, const SponsorSettings& settings) {
  std::string address = to_lower(trim(typed));
  const auto at = address.find('@');
  if (at == std::string::npos || at == 0 || at > kLongestLocalPart) return std::nullopt;
  const std::string_view local = std::string_view(address).substr(0, at);
  const std::string_view domain = std::string_view(address).substr(at + 1);
  const bool plain_enough = std::all_of(local.begin(), local.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '\'';
  });
  const bool ours = std::find(settings.domains.begin(), settings.domains.end(), domain) != settings.domains.end();
  if (!plain_enough || !ours) return std::nullopt;
  return address;
}

Response SponsorDesk::not_asked(int status, const std::string& problem) {
  ++(status == 429 ? counters_.held_back : counters_.not_asked);
  return html(status, sign_in_page(settings_, problem));
}

Response SponsorDesk::ask(const Request& request, Timestamp now) {
  if (request.body.size() > kLongestBody) return not_asked(400, "That could not be read.");
  auto fields = read_form(request.body);
  if (fields["accept"] != "yes") return not_asked(400, "You have to accept the policy first.");
  SponsorRequest asked;
  asked.name = plain_line(fields["name"], kLongestName);
  asked.purpose = plain_line(fields["purpose"], kLongestPurpose);
  if (asked.name.empty() || asked.purpose.empty()) return not_asked(400, "Write your name, and what your visit is for.");
  const SponsorSettings& rules = settings_.sponsors;
  const auto sponsor = sponsor_address(fields["sponsor"], rules);
  if (!sponsor) {
    return not_asked(400, fmt::format("Write the e-mail address of the person you visit. It ends in {}.", join_domains(rules)));
  }
  if (sessions_.session_of(request.from, now)) return see_other(settings_.url + "/");
  asked.sponsor = *sponsor;
  asked.address = request.from;
  asked.mac = sessions_.device_at(request.from, now);
  const auto before = keeper_.asked_since(asked, now - std::chrono::hours{1});
  if (!before) return not_asked(503, kTryLater);
  if (before->by_guest >= rules.guest_an_hour || before->of_sponsor >= rules.sponsor_an_hour ||
      before->in_all >= rules.all_an_hour) {
    return not_asked(429, "Too many requests were sent. Wait an hour, or ask at reception for a code.");
  }
  // The same answer, whether anybody has this address or may approve: no page tells who works here.
  asked.may_approve =
      rules.people.empty() || std::find(rules.people.begin(), rules.people.end(), *sponsor) != rules.people.end();
  asked.asked = now;
  asked.until = now + rules.valid;
  const auto guest_secret = make_secret();
  const auto link_secret = make_secret();
  if (!guest_secret || !link_secret) return not_asked(503, kTryLater);
  asked.guest_hash = sha256_hex(*guest_secret);
  asked.link_hash = sha256_hex(*link_secret);
  const auto number = keeper_.add(asked, *link_secret);
  if (!number) return not_asked(503, kTryLater);
  ++counters_.asked;
  counters_.to_nobody += !asked.may_approve;
  return see_other(settings_.url + guest_path(*number, *guest_secret));
}

std::pair<std::optional<SponsorDesk::Link>, Response> SponsorDesk::follow(const Request& request, Whose whose) {
  const std::string path = path_of(request.target);
  const std::string_view before = whose == Whose::Guest ? kGuestPath : kSponsorPath;
  const auto parts = path.starts_with(before) ? parts_of(std::string_view(path).substr(before.size())) : std::nullopt;
  if (parts) {
    const auto found = keeper_.find(parts->first);
    if (!found) return {std::nullopt, html(503, later_page())};
    if (*found && is_secret_of(parts->second, whose == Whose::Guest ? (*found)->guest_hash : (*found)->link_hash)) {
      return {Link{**found, path}, {}};
    }
  }
  ++counters_.wrong_link;
  return {std::nullopt, plain(404, "This link is not known here.\n")};
}

Response SponsorDesk::waiting(const Request& request, Timestamp now) {
  auto [link, wrong] = follow(request, Whose::Guest);
  if (!link) return wrong;
  const SponsorRequest& asked = link->request;
  // Only the device that asked, and only at the address it asked from: another may hold it by now.
  const MacAddress device = sessions_.device_at(request.from, now);
  const bool other_device = !asked.mac.is_zero() && !device.is_zero() && device != asked.mac;
  if (request.from != asked.address || other_device) {
    ++counters_.wrong_place;
    return html(403, moved_page());
  }
  if (asked.state == State::SignedIn) {
    return sessions_.session_of(request.from, now) ? see_other(settings_.url + "/") : html(200, ended_page());
  }
  if (asked.state == State::Refused) return html(200, refused_page());
  if (asked.until <= now) return html(200, expired_page());
  if (asked.state == State::Approved) return let_in(asked, now);
  return html(200, waiting_page(asked));
}

Response SponsorDesk::let_in(const SponsorRequest& asked, Timestamp now) {
  if (!sessions_.session_of(asked.address, now)) {
    // Whoever ended that sign-in did not mean it to come back by another approval that lay ready.
    if (sessions_.ended_since(asked.address, asked.decided, now)) return html(200, ended_page());
    const auto opened = open(asked, now);
    if (!opened) return html(503, waiting_page(asked));
  }
  return see_other(settings_.url + "/");
}

// What the guest wrote stands last in the evidence: it could be worded as an approval.
Result<bool> SponsorDesk::open(const SponsorRequest& asked, Timestamp now) {
  auto mine = keeper_.use(asked.number, now);
  if (!mine || !*mine) return mine;
  sessions_.open({login_of(asked), asked.sponsor, now + settings_.longest, asked.guest_hash,
                  fmt::format("portal: guest request {} asked at {} from {}; approved by {} at {} from {}; signed in at {}; "
                              "wrote that they are \"{}\", here for \"{}\"",
                              asked.number, format_utc(asked.asked), asked.address.to_string(), asked.sponsor,
                              format_utc(asked.decided), asked.decided_from, format_utc(now), asked.name, asked.purpose)},
                 asked.address, now);
  ++counters_.signed_in;
  return mine;
}

Response SponsorDesk::sponsor(const Request& request, Timestamp now) {
  if (!in_any(settings_.sponsors.from, request.from) || in_any(settings_.networks, request.from)) {
    ++counters_.wrong_place;
    return plain(403, "This page is for the college's own network.\n");
  }
  auto [link, wrong] = follow(request, Whose::Sponsor);
  if (!link) return wrong;
  if (request.method == "POST") return decide(*link, request, now);
  if (request.method != "GET") return plain(405, "GET shows the request, POST decides it.\n");
  return html(200, sponsor_page(link->request, link->path, settings_, now));
}

Response SponsorDesk::decide(const Link& link, const Request& request, Timestamp now) {
  const auto fields = read_form(request.body.size() > kLongestBody ? std::string() : request.body);
  const auto answer = fields.find("answer");
  const bool approve = answer != fields.end() && answer->second == "approve";
  if (!approve && (answer == fields.end() || answer->second != "refuse")) return plain(400, "approve or refuse?\n");
  const auto done = keeper_.decide(link.request.number, approve, request.from, now, now + settings_.sponsors.valid);
  if (!done) return plain(503, fmt::format("{}\n", kTryLater));
  if (!*done) {
    ++counters_.too_late;
  } else if (approve) {
    ++counters_.approved;
    SponsorRequest asked = link.request;
    asked.decided = now;
    asked.decided_from = request.from.to_string();
    // At once where the lease says that it is the same device; otherwise its own page has to come back for it.
    const bool same_device = !asked.mac.is_zero() && sessions_.device_at(asked.address, now) == asked.mac;
    if (same_device && !sessions_.session_of(asked.address, now)) (void)open(asked, now);
  } else {
    ++counters_.refused;
  }
  return see_other(settings_.sponsors.url + link.path);
}

}  // namespace gatehouse::lodge::portal
