// The captive portal for guests without its sockets: requests in, answers out, sign-ins kept as intervals. Whoever is
// not signed in is led to the page; a voucher, not what a guest writes, says who it is. RFC 8908 tells devices the
// state. One thread.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "lodge/identity/portal/voucher.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge::portal {

struct Request {
  std::string method;
  std::string target;  // path and query
  std::string host;
  std::string body;
  IpAddress from;
  bool encrypted = false;
};

struct Response {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct Settings {
  std::vector<IpPrefix> networks;  // where guests are; others get no page
  std::string url;                 // "https://guests.college.example", without a last slash
  std::string college;
  std::string policy;              // what a guest accepts
  std::string group = "guests";
  Seconds longest{std::chrono::hours{12}};  // a sign-in ends then at the latest
};

struct Counters {
  std::uint64_t requests = 0;
  std::uint64_t strangers = 0;      // not from a guest network
  std::uint64_t redirected = 0;
  std::uint64_t signed_in = 0;
  std::uint64_t refused = 0;        // wrong, used up or expired voucher, policy not accepted
  std::uint64_t held_back = 0;      // too many wrong ones
  std::uint64_t malformed = 0;
};

class Portal {
 public:
  Portal(Settings settings, VoucherKeeper& vouchers, SessionTimeline& timeline);

  Response handle(const Request& request, Timestamp now);
  // The sign-in of this address that is on now; nullptr: none.
  [[nodiscard]] const Login* session_of(const IpAddress& address, Timestamp now) const;
  // Ends it; false: there is no such sign-in.
  bool end(const IpAddress& address, Timestamp now);

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

 private:
  Response sign_in(const Request& request, Timestamp now);
  Response captive_state(const Request& request, Timestamp now) const;
  [[nodiscard]] Response form(int status, const std::string& problem) const;
  [[nodiscard]] Response welcome(const Login& session) const;
  [[nodiscard]] bool held_back(const IpAddress& from, Timestamp now);
  void note_wrong(const IpAddress& from, Timestamp now);
  void open(const Voucher& voucher, const std::string& called, const IpAddress& from, Timestamp now);

  Settings settings_;
  VoucherKeeper& vouchers_;
  SessionTimeline& timeline_;
  Counters counters_;
  std::map<IpAddress, std::deque<Timestamp>> wrong_by_;
  std::deque<Timestamp> wrong_;
};

// "a=b&c=d%20e" to its fields; what is not well formed gives none.
std::map<std::string, std::string> read_form(std::string_view body);

}  // namespace gatehouse::lodge::portal
