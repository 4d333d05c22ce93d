#include "lodge/identity/portal/portal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
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
constexpr std::size_t kLongestBody = 4096;
constexpr std::size_t kLongestName = 80;

void forget_before(std::deque<Timestamp>& times, Timestamp before) {
  while (!times.empty() && times.front() < before) times.pop_front();
}

std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongestName)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

}  // namespace

Portal::Portal(Settings settings, VoucherKeeper& vouchers, SessionTimeline& timeline)
    : settings_(std::move(settings)), vouchers_(vouchers), timeline_(timeline) {}

const Login* Portal::session_of(const IpAddress& address, Timestamp now) const {
  for (const Login* one : timeline_.logins_at(address, now, now)) {
    if (one->source != "portal" || one->from > now || one->to <= now) continue;
    // The address may have passed to another device, which has not signed in.
    const auto leases = timeline_.leases_of(address, now, now);
    const bool other = !one->mac.is_zero() && std::any_of(leases.begin(), leases.end(),
                                                          [&](const Lease* lease) { return lease->mac != one->mac; });
    if (!other) return one;
  }
  return nullptr;
}

bool Portal::end(const IpAddress& address, Timestamp now) {
  const Login* session = session_of(address, now);
  if (!session) return false;
  Login ended = *session;
  ended.to = std::max(now, ended.from + Seconds{1});
  timeline_.put(std::move(ended));
  return true;
}

Response Portal::handle(const Request& request, Timestamp now) {
  ++counters_.requests;
  const bool guest = std::any_of(settings_.networks.begin(), settings_.networks.end(),
                                 [&](const IpPrefix& one) { return one.contains(request.from); });
  if (!guest) {
    ++counters_.strangers;
    return {403, "text/plain; charset=utf-8", {}, "This page is for the guest network.\n"};
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
    return {303, "text/plain; charset=utf-8", {{"Location", settings_.url + "/"}}, {}};
  }
  ++counters_.malformed;
  return {404, "text/plain; charset=utf-8", {}, "There is no such page here.\n"};
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
  return {303, "text/plain; charset=utf-8", {{"Location", settings_.url + "/"}}, {}};
}

// The name is what the sponsor gave the voucher for. What the guest writes is kept beside the evidence: it proves
// nothing.
void Portal::open(const Voucher& voucher, const std::string& called, const IpAddress& from, Timestamp now) {
  Login login;
  login.login = voucher.name.empty() ? voucher.label : voucher.name;
  login.group = settings_.group;
  login.sponsor = voucher.sponsor;
  login.address = from;
  const auto leases = timeline_.leases_of(from, now, now);
  const bool one_holder = !leases.empty() && std::all_of(leases.begin(), leases.end(), [&](const Lease* lease) {
    return lease->mac == leases.front()->mac && lease->hearsay != Hearsay::Open;
  });
  if (one_holder) login.mac = leases.front()->mac;
  login.from = now;
  login.to = std::min(voucher.until, now + settings_.longest);
  login.source = "portal";
  login.session = fnv1a(voucher.hash);
  login.key = fnv1a(fmt::format("{} {}", from.to_string(), to_us(now)), login.session) | 1;
  login.evidence = fmt::format("portal: {} signed in at {} from {} with a voucher of {} for {}; called themselves \"{}\"",
                               voucher.label, format_utc(now), from.to_string(), printable(voucher.sponsor),
                               printable(voucher.purpose), printable(called));
  timeline_.put(std::move(login));
}

Response Portal::form(int status, const std::string& problem) const {
  return {status, "text/html; charset=utf-8", {{"Cache-Control", "no-store"}},
          sign_in_page(settings_.college, settings_.policy, problem)};
}

Response Portal::welcome(const Login& session) const {
  return {200, "text/html; charset=utf-8", {{"Cache-Control", "no-store"}},
          welcome_page(settings_.college, session.login, format_clock(session.to))};
}

}  // namespace gatehouse::lodge::portal
