#include "lodge/identity/portal/portal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/london.h"
#include "base/text.h"
#include "lodge/identity/portal/pages.h"

namespace gatehouse::lodge::portal {
namespace {

// Somebody who mistypes needs a few tries; 50 bits of code stand against the rest.
constexpr std::size_t kWrongFromOne = 5;
constexpr std::size_t kWrongFromAll = 200;
constexpr Seconds kWrongWindow{10 * 60};
constexpr std::size_t kMostGuessers = 10'000;
constexpr std::size_t kLongestName = 80;

void forget_before(std::deque<Timestamp>& times, Timestamp before) {
  while (!times.empty() && times.front() < before) times.pop_front();
}

}  // namespace

Portal::Portal(Settings settings, VoucherKeeper& vouchers, SessionTimeline& timeline, SponsorKeeper* requests)
    : settings_(std::move(settings)), vouchers_(vouchers), sessions_(settings_, timeline) {
  if (requests && settings_.sponsors.on()) desk_.emplace(settings_, *requests, sessions_);
}

Response Portal::handle(const Request& request, Timestamp now) {
  ++counters_.requests;
  const bool guest = std::any_of(settings_.networks.begin(), settings_.networks.end(),
                                 [&](const IpPrefix& one) { return one.contains(request.from); });
  if (!guest) {
    ++counters_.strangers;
    return plain(403, "This page is for the guest network.\n");
  }
  if (!request.encrypted) {
    // Whatever page a device asks for to find out whether it is online: here is where to sign in.
    ++counters_.redirected;
    return {302, "text/plain; charset=utf-8", {{"Location", settings_.url + "/"}}, "Sign in first: " + settings_.url + "/\n"};
  }
  const std::string path = path_of(request.target);
  if (request.method == "GET" && path == "/captive-portal/api") return captive_state(request, now);
  if (request.method == "GET" && path == "/") {
    const Login* session = session_of(request.from, now);
    return session ? welcome(*session) : form(200, {});
  }
  if (request.method == "POST" && path == "/sign-in") return sign_in(request, now);
  if (request.method == "POST" && path == "/sign-out") {
    end(request.from, now);
    return see_other(settings_.url + "/");
  }
  if (desk_ && request.method == "POST" && path == "/ask") return desk_->ask(request, now);
  if (desk_ && request.method == "GET" && path.starts_with("/waiting/")) return desk_->waiting(request, now);
  ++counters_.malformed;
  return plain(404, "There is no such page here.\n");
}

Response Portal::handle_sponsor(const Request& request, Timestamp now) {
  return desk_ ? desk_->sponsor(request, now) : plain(404, "There is no such page here.\n");
}

// RFC 8908 section 5.
Response Portal::captive_state(const Request& request, Timestamp now) const {
  const Login* session = session_of(request.from, now);
  std::string body = fmt::format("{{\"captive\":{},\"user-portal-url\":\"{}/\"", session ? "false" : "true", settings_.url);
  if (session && session->to != kStillOpen) {
    body += fmt::format(",\"seconds-remaining\":{},\"can-extend-session\":false",
                        std::chrono::duration_cast<Seconds>(session->to - now).count());
  }
  return {200, "application/captive+json", {{"Cache-Control", "private, no-store"}}, body + "}\n"};
}

bool Portal::held_back(const IpAddress& from, Timestamp now) {
  forget_before(wrong_, now - kWrongWindow);
  if (wrong_.size() >= kWrongFromAll) return true;
  const auto found = wrong_by_.find(from);
  if (found == wrong_by_.end()) return false;
  forget_before(found->second, now - kWrongWindow);
  return found->second.size() >= kWrongFromOne;
}

void Portal::note_wrong(const IpAddress& from, Timestamp now) {
  ++counters_.refused;
  if (wrong_by_.size() >= kMostGuessers) wrong_by_.clear();
  wrong_by_[from].push_back(now);
  wrong_.push_back(now);
}

Response Portal::sign_in(const Request& request, Timestamp now) {
  if (held_back(request.from, now)) {
    ++counters_.held_back;
    return form(429, "Too many codes were wrong. Wait ten minutes, or ask at reception.");
  }
  if (request.body.size() > kLongestBody) {
    ++counters_.malformed;
    return form(400, "That could not be read.");
  }
  auto fields = read_form(request.body);
  if (fields["accept"] != "yes") {
    ++counters_.refused;
    return form(400, "You have to accept the policy first.");
  }
  const std::string hash = hash_of_code(fields["code"]);
  const auto found = hash.empty() ? Result<std::optional<Voucher>>{std::optional<Voucher>{}} : vouchers_.find(hash);
  if (!found) return form(503, "That cannot be checked just now. Try again in a minute.");
  if (!*found || (*found)->until <= now) {
    note_wrong(request.from, now);
    return form(403, "This code is not known, or its time is over.");
  }
  if (const Login* session = session_of(request.from, now)) return welcome(*session);
  const auto used = vouchers_.use(hash);
  if (!used) return form(503, "That cannot be checked just now. Try again in a minute.");
  if (!*used) {
    ++counters_.refused;
    return form(403, "This code is already in use on as many devices as it is good for.");
  }
  open(**found, fields["name"], request.from, now);
  ++counters_.signed_in;
  return see_other(settings_.url + "/");
}

// The name is what the sponsor gave the voucher for. What the guest writes is kept beside the evidence: it proves
// nothing.
void Portal::open(const Voucher& voucher, const std::string& called, const IpAddress& from, Timestamp now) {
  sessions_.open({voucher.name.empty() ? voucher.label : voucher.name, voucher.sponsor, voucher.until, voucher.hash,
                  fmt::format("portal: {} signed in at {} from {} with a voucher of {} for {}; called themselves \"{}\"",
                              voucher.label, format_utc(now), from.to_string(), plain_line(voucher.sponsor, kLongestName),
                              plain_line(voucher.purpose, kLongestName), plain_line(called, kLongestName))},
                 from, now);
}

Response Portal::form(int status, const std::string& problem) const {
  return html(status, sign_in_page(settings_, problem));
}

Response Portal::welcome(const Login& session) const {
  return html(200, welcome_page(settings_.college, session.login, format_clock(session.to)));
}

}  // namespace gatehouse::lodge::portal
