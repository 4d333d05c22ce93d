// A college day of 5,000 devices with a truth of its own: who really held which address when. The devices roam, give
// addresses back and take over others', Stops are lost, sources have wrong clocks and lag. All of it goes through the
// real sources (signed accounting packets, Kea lines, syslog messages), and every attempt is asked for twice: two
// seconds after it happened, and at the end of the day. By the command `gatehouse-measure-identity day`.
#include "identity_day.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <random>

#include "lodge/identity/dhcp/lease_book.h"
#include "lodge/identity/logon/logons.h"
#include "lodge/identity/radius/accounting.h"

namespace gatehouse::bench {
namespace {

using namespace lodge;

constexpr int kPhones = 3600;     // of learners and staff, by 802.1X
constexpr int kVisitors = 500;    // of other realms
constexpr int kSharedPcs = 900;   // directory logons; the same address all day
constexpr int kWirelessPool = 3000;  // fewer addresses than devices, so that each is used by several
constexpr Seconds kLeaseTime{20 * 60};
constexpr Seconds kInterim{5 * 60};
constexpr Seconds kDhcpClockAhead{4};
constexpr Seconds kMarks{60};  // of the PCs' forwarders
const std::string kSecret = "the secret of the day";

enum class Kind { Phone, Visitor, SharedPc };

struct Device {
  Kind kind{};
  int number = 0;
  MacAddress mac;
  std::string owner;          // of a phone
  std::string user;           // who is signed in now; empty: nobody. The truth
  IpAddress address;          // that it uses now. The truth
  bool online = false;
  int session = 0;
  bool mac_seen = false;      // its packets reach the gate without a router between
  Seconds clock{0};           // error of what it stamps
};

struct Attempt {
  IpAddress address;
  MacAddress seen;
  Timestamp at{};
  std::string truth;
  Grade live{};
};

class CollegeDay {
 public:
  CollegeDay(std::uint64_t seed, bool marks);
  DayResult run();

 private:
  using Work = std::function<void()>;
  struct Later {
    Timestamp at;
    std::uint64_t order;
    Work work;
    bool operator>(const Later& other) const { return std::tie(at, order) > std::tie(other.at, other.order); }
  };
  void at(Timestamp when, Work work) { queue_.push({when, ++order_, std::move(work)}); }
  void in(Seconds time, Work work) { at(now_ + time, std::move(work)); }
  [[nodiscard]] bool chance(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }
  [[nodiscard]] int between(int least, int most) { return std::uniform_int_distribution<>(least, most)(random_); }

  void make_devices();
  void plan_phone(Device& device);
  void plan_pc(Device& device);
  void plan_swaps();
  void arrive(Device& device, Timestamp leaves);
  void roam(Device& device, Timestamp leaves);
  void leave(Device& device);
  void interims(Device& device, int session);
  void take_address(Device& device);
  void give_back(const IpAddress& address);
  void renew(Device& device, IpAddress address, int holding);
  void sit_down(Device& pc, std::string person, Timestamp leaves);
  void attempts_of(Device& device, Timestamp until, int number);
  void try_something(Device& device);
  void send_accounting(const Device& device, std::uint32_t status, int session, Timestamp when);
  void send_lease(const IpAddress& address, const MacAddress& mac, Timestamp given, Seconds lifetime);
  void send_logon(Device& pc, int id, const std::string& person, int logon_id);
  void send_marks(Device& pc);
  [[nodiscard]] Seconds cut_off_for(const Device& pc) const;
  void judge(Attempt attempt);

  std::mt19937_64 random_;
  bool marks_ = false;
  Timestamp now_ = *parse_time("2026-11-10T08:00:00Z");
  const Timestamp evening_ = *parse_time("2026-11-10T18:00:00Z");
  std::priority_queue<Later, std::vector<Later>, std::greater<>> queue_;
  std::uint64_t order_ = 0;

  SessionTimeline timeline_;
  GroupRules groups_;
  Vendors vendors_;
  dhcp::LeaseBook book_{"kea", Hearsay::No, vendors_, timeline_};
  std::unique_ptr<radius::AccountingServer> radius_;
  std::unique_ptr<logon::Logons> logons_;
  std::vector<Device> devices_;
  std::vector<IpAddress> free_;             // the one freed last is given out first: the worst that can happen
  std::map<IpAddress, int> holdings_;       // how often an address was given out: an old plan for it is void
  std::vector<Attempt> attempts_;
  DayResult result_;
  std::uint8_t packet_id_ = 0;
};

IpAddress v4(std::uint32_t base, int number) { return IpAddress::v4(base + static_cast<std::uint32_t>(number)); }

CollegeDay::CollegeDay(std::uint64_t seed, bool marks) : random_(seed), marks_(marks) {
  radius::Settings radius;
  radius.clients.push_back({*IpPrefix::parse("10.0.0.2"), "controller", kSecret, true, true});
  radius.own_realms = {"college.test"};
  radius_ = std::make_unique<radius::AccountingServer>(radius, groups_, timeline_);
  logon::Settings logons;
  logons.senders = {*IpPrefix::parse("10.0.0.5")};
  logons.patterns = {*logon::built_in_pattern("nxlog")};
  if (marks_) logons.marks = kMarks;
  logons_ = std::make_unique<logon::Logons>(logons, groups_, timeline_);
  make_devices();
}

void CollegeDay::make_devices() {
  for (int i = kWirelessPool; i > 0; --i) free_.push_back(v4(0x0a1e0000, i));
  devices_.resize(kPhones + kVisitors + kSharedPcs);
  for (int i = 0; i < static_cast<int>(devices_.size()); ++i) {
    Device& one = devices_[static_cast<std::size_t>(i)];
    one.number = i;
    one.kind = i < kPhones ? Kind::Phone : i < kPhones + kVisitors ? Kind::Visitor : Kind::SharedPc;
    one.mac = MacAddress{{static_cast<std::uint8_t>(i % 3 == 0 ? 0x02 : 0x00), 0, 0x5e, 0x10, static_cast<std::uint8_t>(i >> 8),
                          static_cast<std::uint8_t>(i)}};
    one.mac_seen = chance(0.5);
    if (one.kind == Kind::Phone) one.owner = fmt::format("learner{}", i % 3300);  // some have two devices
    if (one.kind == Kind::Visitor) one.owner = fmt::format("guest{}@uni.example", i);
    if (one.kind != Kind::SharedPc) {
      plan_phone(one);
      continue;
    }
    one.address = v4(0x0a0a0000, i);
    one.online = true;
    if (chance(0.2)) one.clock = Seconds{between(-25, 25)};
    timeline_.put(Seat{one.mac, fmt::format("PC-{}", i), "Library", "", true});
    send_lease(one.address, one.mac, now_ - Seconds{60}, Seconds{12 * 3600});
    plan_pc(one);
  }
  plan_swaps();
}

void CollegeDay::plan_phone(Device& device) {
  Timestamp when = now_ + Seconds{between(0, 7200)};
  for (int spell = between(1, 4); spell > 0 && when < evening_; --spell) {
    const Timestamp leaves = std::min(evening_, when + Seconds{between(600, 10800)});
    at(when, [this, &device, leaves] { arrive(device, leaves); });
    when = leaves + Seconds{between(120, 5400)};
  }
}

void CollegeDay::arrive(Device& device, Timestamp leaves) {
  if (free_.empty()) return;  // the network is full
  device.online = true;
  device.user = device.owner;
  send_accounting(device, 1, ++device.session, now_);
  interims(device, device.session);
  in(Seconds{between(1, 3)}, [this, &device] {
    if (device.online) take_address(device);
  });
  in(Seconds{between(200, 1200)}, [this, &device, leaves] { roam(device, leaves); });
  at(leaves, [this, &device] { leave(device); });
  attempts_of(device, leaves, 4);
}

// To another access point: a new session, and the old one's Stop comes before, after, or never.
void CollegeDay::roam(Device& device, Timestamp leaves) {
  if (!device.online || now_ >= leaves) return;
  const int old = device.session++;
  const bool stop = chance(0.85);
  if (stop && chance(0.5)) send_accounting(device, 2, old, now_);
  send_accounting(device, 1, device.session, now_);
  if (stop) in(Seconds{between(1, 20)}, [this, &device, old, when = now_] { send_accounting(device, 2, old, when); });
  interims(device, device.session);
  in(Seconds{between(200, 1200)}, [this, &device, leaves] { roam(device, leaves); });
}

void CollegeDay::leave(Device& device) {
  if (!device.online) return;
  device.online = false;
  if (chance(0.9)) send_accounting(device, 2, device.session, now_);
  const IpAddress address = device.address;
  device.address = {};
  if (address == IpAddress{}) return;
  if (chance(0.2)) {
    send_lease(address, device.mac, now_, Seconds{0});
    give_back(address);
    return;
  }
  // Nobody says that it left: the server waits until the lease runs out.
  const int holding = holdings_[address];
  in(Seconds{between(1, static_cast<int>(kLeaseTime.count()))}, [this, address, holding] {
    if (holdings_[address] == holding) give_back(address);
  });
}

void CollegeDay::give_back(const IpAddress& address) {
  ++holdings_[address];
  free_.push_back(address);
}

void CollegeDay::interims(Device& device, int session) {
  in(kInterim, [this, &device, session] {
    if (!device.online || device.session != session) return;
    if (chance(0.95)) send_accounting(device, 3, session, now_);
    interims(device, session);
  });
}

void CollegeDay::take_address(Device& device) {
  if (free_.empty()) return;
  device.address = free_.back();
  free_.pop_back();
  const int holding = ++holdings_[device.address];
  send_lease(device.address, device.mac, now_, kLeaseTime);
  renew(device, device.address, holding);
}

void CollegeDay::renew(Device& device, IpAddress address, int holding) {
  in(kLeaseTime / 2, [this, &device, address, holding] {
    if (!device.online || device.address != address || holdings_[address] != holding) return;
    send_lease(address, device.mac, now_, kLeaseTime);
    renew(device, address, holding);
  });
}

// Two learners whose addresses are exchanged in the middle of what they do.
void CollegeDay::plan_swaps() {
  for (int i = 0; i < 200; ++i) {
    at(now_ + Seconds{between(3600, 30000)}, [this] {
      Device& a = devices_[static_cast<std::size_t>(between(0, kPhones - 1))];
      Device& b = devices_[static_cast<std::size_t>(between(0, kPhones - 1))];
      if (&a == &b || !a.online || !b.online || a.address == IpAddress{} || b.address == IpAddress{}) return;
      std::swap(a.address, b.address);
      ++result_.swaps;
      for (Device* one : {&a, &b}) {
        const int holding = ++holdings_[one->address];
        send_lease(one->address, one->mac, now_, kLeaseTime);
        renew(*one, one->address, holding);
        for (int k = 1; k <= 6; ++k) in(Seconds{k * k * 3}, [this, one] { try_something(*one); });
      }
    });
  }
}

void CollegeDay::plan_pc(Device& pc) {
  Timestamp when = now_ + Seconds{between(0, 5400)};
  while (when < evening_) {
    const Timestamp leaves = std::min(evening_, when + Seconds{between(600, 7200)});
    at(when, [this, &pc, leaves, person = fmt::format("learner{}", between(0, 3299))] { sit_down(pc, person, leaves); });
    when = leaves + Seconds{between(30, 5400)};
  }
  attempts_of(pc, evening_, 6);
  if (marks_) at(now_ + Seconds{pc.number % kMarks.count()}, [this, &pc] { send_marks(pc); });
}

void CollegeDay::sit_down(Device& pc, std::string person, Timestamp leaves) {
  pc.user = person;
  const int logon_id = ++pc.session;
  send_logon(pc, 4624, person, logon_id);
  at(leaves, [this, &pc, person, logon_id] {
    if (pc.session != logon_id) return;
    if (chance(0.05)) return;  // walks away: the login goes on until the next one sits down
    send_logon(pc, 4634, person, logon_id);
    pc.user.clear();
  });
}

void CollegeDay::attempts_of(Device& device, Timestamp until, int number) {
  const int span = static_cast<int>(std::chrono::duration_cast<Seconds>(until - now_).count());
  for (int i = 0; i < number; ++i) in(Seconds{between(0, std::max(1, span))}, [this, &device] { try_something(device); });
}

void CollegeDay::try_something(Device& device) {
  if (!device.online || device.address == IpAddress{}) return;
  judge({device.address, device.mac_seen ? device.mac : MacAddress{}, now_, device.user, Grade::D});
}

void CollegeDay::judge(Attempt attempt) {
  in(Seconds{2}, [this, attempt]() mutable {
    const Attribution answer = who(timeline_, attempt.address, attempt.seen, attempt.at);
    attempt.live = answer.grade;
    if (!answer.login.empty() && answer.login != attempt.truth) {
      ++result_.wrong_live;
      if (result_.examples.size() < 10) {
        result_.examples.push_back(fmt::format("at once: {} at {}: {} named, {} was there. {}", attempt.address.to_string(),
                                               format_utc(attempt.at), answer.login, attempt.truth, answer.why));
      }
    }
    attempts_.push_back(attempt);
  });
}

void CollegeDay::send_accounting(const Device& device, std::uint32_t status, int session, Timestamp when) {
  const auto text = [](std::uint8_t type, const std::string& value) {
    return radius::NewAttribute{type, {value.begin(), value.end()}};
  };
  const auto number = [](std::uint8_t type, std::int64_t value) {
    return radius::NewAttribute{type,
                                {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
                                 static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)}};
  };
  const std::string name = device.kind == Kind::Visitor ? device.owner : device.owner + "@college.test";
  std::vector<radius::NewAttribute> attributes{
      number(radius::kAcctStatusType, status), text(radius::kAcctSessionId, fmt::format("{}-{}", device.number, session)),
      text(radius::kUserName, name), text(radius::kCallingStationId, device.mac.to_string()),
      text(radius::kNasIdentifier, fmt::format("ap-{}", (device.number + session) % 300))};
  // Access points that learn addresses tell them, as they were when they last looked.
  if (status == 3 && device.address != IpAddress{} && device.number % 2 == 0) {
    const Bytes wire = device.address.wire();
    attributes.push_back({radius::kFramedIpAddress, {wire.begin(), wire.end()}});
  }
  const int lag = chance(0.02) ? between(20, 300) : chance(0.3) ? 1 : 0;
  in(Seconds{lag}, [this, attributes, when, number]() mutable {
    const auto waited = std::chrono::duration_cast<Seconds>(now_ - when).count();
    attributes.push_back(number(radius::kAcctDelayTime, waited));
    ++result_.packets;
    radius_->handle(*IpAddress::parse("10.0.0.2"), 40000, radius::make_request(++packet_id_, attributes, kSecret, true), now_);
  });
}

void CollegeDay::send_lease(const IpAddress& address, const MacAddress& mac, Timestamp given, Seconds lifetime) {
  const auto expires = std::chrono::duration_cast<Seconds>((given + kDhcpClockAhead + lifetime).time_since_epoch()).count();
  const std::string line = fmt::format(
      "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
      "{},{},,{},{},1,0,0,,0,\n",
      address.to_string(), mac.to_string(), lifetime.count(), expires);
  in(Seconds{1}, [this, line] { book_.take(dhcp::read_lease_file(dhcp::Format::Kea, line), now_); });
}

void CollegeDay::send_logon(Device& pc, int id, const std::string& person, int logon_id) {
  const std::string message = fmt::format(
      "<13>1 {} PC-{} nxlog - - - {{\"EventID\":{},\"Hostname\":\"PC-{}\",\"TargetUserName\":\"{}\",\"LogonType\":2,"
      "\"TargetLogonId\":\"0x{:x}\"}}",
      format_utc(now_ + pc.clock), pc.number, id, pc.number, person, logon_id);
  const Seconds cut_off = cut_off_for(pc);
  in(cut_off.count() > 0 ? cut_off : Seconds{between(0, 2)}, [this, message] { logons_->take_message(*IpAddress::parse("10.0.0.5"), message, now_); });
}

// Forwarders are cut off now and then, and deliver what waited when they are back.
Seconds CollegeDay::cut_off_for(const Device& pc) const {
  const auto second = to_us(now_) / 1'000'000 % 7200;
  return pc.number % 20 == 0 && second < 900 ? Seconds{900 - second} : Seconds{0};
}

// Marks do not wait: while it is cut off, a forwarder makes none.
void CollegeDay::send_marks(Device& pc) {
  if (now_ >= evening_) return;
  if (cut_off_for(pc).count() == 0) {
    const std::string message = fmt::format("<46>1 {} PC-{} nxlog - - - -- MARK --", format_utc(now_ + pc.clock), pc.number);
    logons_->take_message(*IpAddress::parse("10.0.0.5"), message, now_);
  }
  in(kMarks, [this, &pc] { send_marks(pc); });
}

DayResult CollegeDay::run() {
  while (!queue_.empty()) {
    const Later next = queue_.top();
    queue_.pop();
    now_ = next.at;
    next.work();
  }
  result_.attempts = attempts_.size();
  for (const Attempt& one : attempts_) {
    const Attribution answer = who(timeline_, one.address, one.seen, one.at);
    ++result_.final_grades[static_cast<std::size_t>(answer.grade)];
    ++result_.live_grades[static_cast<std::size_t>(one.live)];
    if (!answer.login.empty() && answer.login != one.truth) {
      ++result_.wrong_final;
      if (result_.examples.size() < 10) {
        result_.examples.push_back(fmt::format("{} at {}: {} named, {} was there. {}", one.address.to_string(),
                                               format_utc(one.at), answer.login, one.truth, answer.why));
        for (const auto& line : answer.evidence) result_.examples.push_back("    " + line);
      }
    }
  }
  result_.leases = timeline_.leases().size();
  result_.logins = timeline_.logins().size();
  return result_;
}

}  // namespace

DayResult simulate_day(std::uint64_t seed, bool marks) { return CollegeDay(seed, marks).run(); }

}  // namespace gatehouse::bench
