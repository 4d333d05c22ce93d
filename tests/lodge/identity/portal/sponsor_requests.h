// A portal with sponsors and the requests that it keeps, for its tests.
#pragma once

#include <gtest/gtest.h>

#include "lodge/identity/portal/portal.h"
#include "lodge/identity/portal/secret.h"

namespace gatehouse::lodge::portal {

using State = SponsorRequest::State;

const IpAddress kTablet = *IpAddress::parse("10.40.0.9");
const IpAddress kOffice = *IpAddress::parse("10.20.0.5");
const MacAddress kTabletMac = *MacAddress::parse("02:00:5e:10:00:01");
const MacAddress kOtherMac = *MacAddress::parse("02:00:5e:10:00:02");

inline Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }

class NoVouchers final : public VoucherKeeper {
 public:
  [[nodiscard]] Result<std::optional<Voucher>> find(const std::string&) const override { return std::optional<Voucher>(); }
  Result<bool> use(const std::string&) override { return false; }
};

// Requests in memory, by the rules of SponsorKeeper; the store's own is tested with the store.
class Requests final : public SponsorKeeper {
 public:
  std::vector<SponsorRequest> all;
  std::vector<std::pair<std::string, std::string>> mails;  // to whom, and the path in it
  bool broken = false;                                     // the disk is full, or another holds the file

  Result<std::int64_t> add(const SponsorRequest& request, const std::string& link_secret) override {
    if (broken) return failure("no disk");
    all.push_back(request);
    all.back().number = static_cast<std::int64_t>(all.size());
    if (request.may_approve) mails.emplace_back(request.sponsor, sponsor_path(all.back().number, link_secret));
    return all.back().number;
  }
  [[nodiscard]] Result<std::optional<SponsorRequest>> find(std::int64_t number) const override {
    if (broken) return failure("no disk");
    if (number < 1 || number > static_cast<std::int64_t>(all.size())) return std::optional<SponsorRequest>();
    return std::optional(all[static_cast<std::size_t>(number - 1)]);
  }
  Result<bool> decide(std::int64_t number, bool approve, const IpAddress& from, Timestamp now, Timestamp until) override {
    SponsorRequest& one = all.at(static_cast<std::size_t>(number - 1));
    if (one.state != State::Waiting || one.until <= now) return false;
    one.state = approve ? State::Approved : State::Refused;
    one.decided = now;
    one.decided_from = from.to_string();
    one.until = until;
    return true;
  }
  Result<bool> use(std::int64_t number, Timestamp now) override {
    SponsorRequest& one = all.at(static_cast<std::size_t>(number - 1));
    if (one.state != State::Approved || one.until <= now) return false;
    one.state = State::SignedIn;
    one.signed_in = now;
    return true;
  }
  [[nodiscard]] Result<Asked> asked_since(const SponsorRequest& like, Timestamp since) const override {
    Asked out;
    for (const SponsorRequest& one : all) {
      if (one.asked <= since) continue;
      out.by_guest += one.address == like.address || (one.mac == like.mac && !like.mac.is_zero());
      out.of_sponsor += one.sponsor == like.sponsor;
      ++out.in_all;
    }
    return out;
  }
};

class SponsorTest : public ::testing::Test {
 protected:
  SponsorTest() {
    settings_.networks = {*IpPrefix::parse("10.40.0.0/16")};
    settings_.url = "https://guests.college.example";
    settings_.college = "Example College";
    settings_.policy = "Be kind.";
    settings_.longest = std::chrono::hours{4};
    settings_.sponsors.domains = {"college.example"};
    settings_.sponsors.from = {*IpPrefix::parse("10.0.0.0/8")};  // holds the guest network too
    settings_.sponsors.url = "https://gatehouse.college.example:8445";
    open();
  }
  void open() { portal_ = std::make_unique<Portal>(settings_, vouchers_, timeline_, &requests_); }
  void lease(const MacAddress& mac, const std::string& from, const std::string& to) {
    timeline_.put(Lease{kTablet, mac, at(from), at(to), "dhcp", "lease line"});
  }

  Response ask(const std::string& clock, IpAddress from = kTablet, const std::string& sponsor = "J.Patel%40college.example",
               const std::string& more = "&name=A+Visitor&purpose=Interview&accept=yes") {
    return portal_->handle({"POST", "/ask", "guests.college.example", "sponsor=" + sponsor + more, from, true}, at(clock));
  }
  // Where the answer leads, as a path.
  static std::string led_to(const Response& answer) {
    for (const auto& [name, value] : answer.headers) {
      if (name == "Location") return value.substr(value.find('/', 8));
    }
    return {};
  }
  Response look(const std::string& path, const std::string& clock, IpAddress from = kTablet) {
    return portal_->handle({"GET", path, "guests.college.example", "", from, true}, at(clock));
  }
  Response open_link(const std::string& path, const std::string& clock, IpAddress from = kOffice) {
    return portal_->handle_sponsor({"GET", path, "gatehouse.college.example", "", from, true}, at(clock));
  }
  Response answer(const std::string& path, const std::string& word, const std::string& clock, IpAddress from = kOffice) {
    return portal_->handle_sponsor({"POST", path, "gatehouse.college.example", "answer=" + word, from, true}, at(clock));
  }
  std::string login_at(const std::string& clock, IpAddress from = kTablet) { return who(timeline_, from, {}, at(clock)).login; }

  Settings settings_;
  NoVouchers vouchers_;
  Requests requests_;
  SessionTimeline timeline_;
  std::unique_ptr<Portal> portal_;
};

}  // namespace gatehouse::lodge::portal
