#include "college.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace gatehouse::traffic {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

enum : std::size_t { kClassrooms, kStaff, kWifi, kGuests };

Timestamp at(Timestamp midnight, int hour, int minute, int second = 0) {
  return midnight + hours{hour} + minutes{minute} + Seconds{second};
}

class Planner {
 public:
  Planner(Timestamp midnight, std::mt19937_64& random) : midnight_(midnight), random_(random) {
    college_.networks = {{"Library and classrooms", 10, 10}, {"Staff", 20, 20}, {"Student wifi", 30, 30}, {"Guest wifi", 40, 40}};
  }

  College plan() {
    for (int i = 1; i <= 30; ++i) library_pc(i);
    for (int i = 1; i <= 48; ++i) student_device(i);
    for (int i = 1; i <= 20; ++i) staff_pc(i);
    for (int i = 1; i <= 12; ++i) guest(i);
    attempts();
    return std::move(college_);
  }

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  Device& device(std::size_t network, const std::string& name, const std::string& place, bool random_mac = false) {
    const auto number = static_cast<std::uint8_t>(college_.devices.size() + 1);
    Device out;
    const auto third = college_.networks[network].third;
    const std::uint8_t vendor = random_mac ? 0xda : 0x00;
    out.mac.bytes = {vendor, 0x16, 0x3e, third, 0x00, number};
    out.address = IpAddress::v4(0x0a000000u | static_cast<std::uint32_t>(third) << 16 | 1u << 8 | number);
    out.address6 = *IpAddress::parse(fmt::format("2001:db8:{:x}::{:x}", third, number));
    out.name = name;
    out.place = place;
    out.network = network;
    out.from = at(midnight_, 8, static_cast<int>(below(50)));
    out.to = at(midnight_, 16, 30 + static_cast<int>(below(60)));
    college_.devices.push_back(out);
    return college_.devices.back();
  }

  std::string person(const std::string& kind) { return fmt::format("{}{:03}", kind, ++people_); }

  void library_pc(int number) {
    Device& pc = device(kClassrooms, fmt::format("LRC-{:02}", number), number <= 20 ? "Library, ground floor" : "Room B12");
    pc.shared = true;
    // One person after another, each signed out well before the next comes.
    for (int hour = 9; hour < 16; hour += 2) {
      const int start = static_cast<int>(below(20));
      pc.logins.push_back({person("st"), "students", "directory", "", at(midnight_, hour, start),
                           at(midnight_, hour, start + 30 + static_cast<int>(below(10)))});
    }
  }

  void student_device(int number) {
    Device& phone = device(kWifi, number % 3 == 0 ? fmt::format("laptop-{:02}", number) : fmt::format("phone-{:02}", number),
                           number % 2 == 0 ? "Wifi, Main building" : "Wifi, Sports hall", number % 3 != 0);
    phone.logins.push_back({person("st"), "students", "radius", "", phone.from, phone.to});
  }

  void staff_pc(int number) {
    Device& pc = device(kStaff, fmt::format("STAFF-{:02}", number), "Staff rooms");
    const std::string login = person("sf");
    pc.logins.push_back({login, "staff", "radius", "", pc.from, pc.to});
    pc.logins.push_back({login, "staff", "directory", "", pc.from + minutes{2}, pc.to - minutes{5}});
  }

  void guest(int number) {
    Device& phone = device(kGuests, fmt::format("guest-phone-{:02}", number), "Wifi, Reception", true);
    phone.logins.push_back({person("guest"), "guests", "portal", "Open evening, reception desk", phone.from, phone.to});
  }

  std::size_t index_of(const std::string& name) const {
    const auto found = std::find_if(college_.devices.begin(), college_.devices.end(),
                                    [&](const Device& one) { return one.name == name; });
    return static_cast<std::size_t>(found - college_.devices.begin());
  }

  const std::string& login_at(std::size_t device, Timestamp when) const {
    static const std::string kNobody;
    for (const Login& login : college_.devices[device].logins) {
      if (login.from <= when && when < login.to) return login.login;
    }
    return kNobody;
  }

  void attempt(const std::string& device_name, const std::string& category, std::vector<Step> steps, bool known = true) {
    const std::size_t device = index_of(device_name);
    const std::string login = known ? login_at(device, steps.front().at) : std::string();
    college_.attempts.push_back({device, login, category, std::move(steps)});
  }

  // Where somebody must be signed in for the story, whatever the dice gave.
  void sign_in(const std::string& device_name, int from_hour, int from_minute, int to_hour, int to_minute) {
    Device& pc = college_.devices[index_of(device_name)];
    pc.logins.clear();
    pc.logins.push_back({person("st"), "students", "directory", "", at(midnight_, from_hour, from_minute),
                         at(midnight_, to_hour, to_minute)});
  }

  void attempts() {
    const auto t = [&](int hour, int minute, int second) { return at(midnight_, hour, minute, second); };
    // A student at a library computer: a way round first, then a shop, again and again, by another route too.
    sign_in("LRC-14", 10, 20, 11, 40);
    attempt("LRC-14", "circumvention", {{t(10, 40, 11), "speedy-vpn.test", How::Tls}});
    attempt("LRC-14", "weapons-firearms",
            {{t(10, 42, 7), "guns-direct.test", How::Tls}, {t(10, 42, 31), "guns-direct.test", How::TlsLong},
             {t(10, 45, 2), "www.guns-direct.test", How::Quic}, {t(10, 48, 40), "guns-direct.test", How::Tls}});
    // A phone on the wifi, with a hello that spans two segments.
    attempt("phone-04", "extremism-right-wing",
            {{t(12, 15, 20), "northern-order.test", How::TlsLong}, {t(12, 16, 2), "radio.white-cliff.test", How::Tls}});
    // One who tries every trick.
    attempt("laptop-09", "circumvention",
            {{t(14, 2, 0), "hide-me-now.test", How::Tls}, {t(14, 6, 30), "", How::WireGuard}});
    attempt("laptop-09", "extremism-islamist",
            {{t(14, 4, 5), "caliphate-call.test", How::SplitName}, {t(14, 4, 40), "caliphate-call.test", How::Disorder},
             {t(14, 5, 12), "caliphate-call.test", How::LowTtl}, {t(14, 5, 58), "caliphate-call.test", How::BadChecksum}});
    // A guest, over plain HTTP, to one part of a site that is otherwise open.
    attempt("guest-phone-05", "weapons-firearms",
            {{t(11, 30, 0), "market-square.test", How::Http, "/listings/firearms?page=2"}});
    // A member of staff with an older program.
    attempt("STAFF-07", "extremism-islamist", {{t(15, 20, 9), "black-banner.test", How::Tls12}});
    // A shared computer where the last person's sign-out was never heard: nobody can be named.
    sign_in("LRC-03", 9, 5, 10, 40);
    college_.devices[index_of("LRC-03")].logins.push_back(
        {person("st"), "students", "directory", "", t(9, 50, 0), t(10, 45, 0)});
    attempt("LRC-03", "weapons-firearms", {{t(9, 55, 44), "rifle-barn.test", How::Tls}}, false);
    // A phone that nobody signed in on.
    college_.devices[index_of("phone-11")].logins.clear();
    attempt("phone-11", "weapons-other", {{t(13, 10, 15), "zombie-blades.test", How::Quic}}, false);
    // Over IPv6.
    attempt("laptop-21", "extremism-right-wing", {{t(16, 5, 1), "purity-front.test", How::TlsIpv6}});
    // Looked up and never visited.
    attempt("phone-20", "extremism-other", {{t(10, 5, 33), "last-day-club.test", How::DnsOnly}});
    // On a sealed list: counted, never named.
    attempt("phone-25", "statutory", {{t(11, 55, 18), "sealed-entry-one.test", How::Tls}});
  }

  Timestamp midnight_;
  std::mt19937_64& random_;
  College college_;
  int people_ = 0;
};

void save(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw SetupError({"cannot write", "name a folder that exists and has room", path, 0});
}

}  // namespace

College plan_college(Timestamp midnight, std::mt19937_64& random) { return Planner(midnight, random).plan(); }

void write_sessions(const College& college, const std::string& path) {
  std::string out = "# Who was where, as the college's feeds would say: made by the traffic maker.\ndevices:\n";
  auto to = std::back_inserter(out);
  for (const Device& one : college.devices) {
    fmt::format_to(to, "  - {{mac: \"{}\", name: \"{}\", place: \"{}\"{}}}\n", one.mac.to_string(), one.name, one.place,
                   one.shared ? ", shared: true" : "");
  }
  out += "leases:\n";
  for (const Device& one : college.devices) {
    for (const IpAddress& address : {one.address, one.address6}) {
      fmt::format_to(to, "  - {{address: \"{}\", mac: \"{}\", from: \"{}\", to: \"{}\", source: dhcp}}\n",
                     address.to_string(), one.mac.to_string(), format_utc(one.from - minutes{1}),
                     format_utc(one.to + minutes{30}));
    }
  }
  out += "logins:\n";
  for (const Device& one : college.devices) {
    for (const Login& login : one.logins) {
      fmt::format_to(to, "  - {{login: {}, group: {}, mac: \"{}\", from: \"{}\", to: \"{}\", source: {}{}}}\n",
                     login.login, login.group, one.mac.to_string(), format_utc(login.from), format_utc(login.to),
                     login.source, login.sponsor.empty() ? "" : fmt::format(", sponsor: \"{}\"", login.sponsor));
    }
  }
  save(path, out);
}

void write_truth(const College& college, const std::string& path) {
  nlohmann::ordered_json attempts = nlohmann::ordered_json::array();
  for (const PlannedAttempt& one : college.attempts) {
    const Device& device = college.devices[one.device];
    std::vector<std::string> hosts;
    for (const Step& step : one.steps) {
      if (!step.host.empty() && std::find(hosts.begin(), hosts.end(), step.host) == hosts.end()) hosts.push_back(step.host);
    }
    attempts.push_back({{"login", one.login},
                        {"device", device.mac.to_string()},
                        {"device_name", device.name},
                        {"category", one.category},
                        {"hosts", hosts},
                        {"first", format_utc(one.steps.front().at)},
                        {"last", format_utc(one.steps.back().at)}});
  }
  save(path, nlohmann::ordered_json{{"attempts", attempts}}.dump(1) + "\n");
}

}  // namespace gatehouse::traffic
