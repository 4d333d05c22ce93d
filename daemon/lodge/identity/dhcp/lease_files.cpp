#include "lodge/identity/dhcp/lease_files.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"

namespace gatehouse::lodge::dhcp {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Seconds since 1970; nullopt when it is no time that a clock could show.
std::optional<Timestamp> epoch(std::string_view text) {
  constexpr std::int64_t kYear3000 = 32'503'680'000;
  const auto seconds = number(text);
  if (!seconds || *seconds > kYear3000) return std::nullopt;
  return Timestamp{Seconds{*seconds}};
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  for (const std::string_view word : split(line, ' ')) {
    if (!trim(word).empty()) out.push_back(trim(word));
  }
  return out;
}

// Whole lines only.
std::vector<std::string_view> lines_of(std::string_view text) {
  const auto last = text.rfind('\n');
  if (last == std::string_view::npos) return {};
  return split(text.substr(0, last), '\n');
}

// "1794300000 02:00:5e:10:00:01 10.10.4.7 LRC-14 01:02:00:5e:10:00:01"; after "duid ..." the IPv6 leases, whose second
// word is no MAC address.
void read_dnsmasq(std::string_view text, LeaseFile& out) {
  out.whole = true;
  bool ipv6 = false;
  for (const std::string_view line : lines_of(text)) {
    const auto part = words(line);
    if (part.empty()) continue;
    if (part[0] == "duid") {
      ipv6 = true;
      continue;
    }
    if (part.size() < 4) {
      ++out.not_understood;
      continue;
    }
    if (ipv6) {
      ++out.without_mac;
      continue;
    }
    FileLease lease;
    const auto to = epoch(part[0]);
    // Another hardware type than Ethernet stands before its address: "06-02:00:...".
    const auto mac = MacAddress::parse(part[1]);
    const auto address = IpAddress::parse(part[2]);
    if (!to || !mac || mac->is_zero() || !address) {
      ++out.not_understood;
      continue;
    }
    lease.address = *address;
    lease.mac = *mac;
    lease.to = *to == Timestamp{} ? Timestamp::max() : *to;
    if (part[3] != "*") lease.host_name = std::string(part[3]);
    out.leases.push_back(std::move(lease));
  }
}

// CSV with a heading that names the columns. In its text fields Kea writes a comma as "&#x2c".
void read_kea(std::string_view text, LeaseFile& out) {
  std::map<std::string_view, std::size_t> column;
  for (const std::string_view line : lines_of(text)) {
    if (trim(line).empty()) continue;
    const auto field = split(trim(line), ',');
    if (field[0] == "address") {
      column.clear();
      for (std::size_t i = 0; i < field.size(); ++i) column[field[i]] = i;
      continue;
    }
    const auto get = [&](std::string_view name) {
      const auto found = column.find(name);
      return found == column.end() || found->second >= field.size() ? std::string_view() : field[found->second];
    };
    const auto address = IpAddress::parse(get("address"));
    const auto to = epoch(get("expire"));
    const auto lifetime = number(get("valid_lifetime"));
    const auto state = number(get("state"));
    if (!address || !to || !lifetime || !state) {
      ++out.not_understood;
      continue;
    }
    FileLease lease;
    lease.address = *address;
    lease.mac = MacAddress::parse(get("hwaddr")).value_or(MacAddress{});
    lease.held = *state == 0 && *lifetime > 0;
    if (lease.held && lease.mac.is_zero()) {
      ++out.without_mac;
      continue;
    }
    constexpr std::int64_t kWithoutEnd = 0xffffffff;
    lease.to = *lifetime == kWithoutEnd ? Timestamp::max() : *to;
    if (*lifetime < kWithoutEnd) lease.from = *to - Seconds{*lifetime};
    lease.host_name = std::string(get("hostname"));
    out.leases.push_back(std::move(lease));
  }
}

// "2 2026/11/10 08:50:00" in UTC, "epoch 1794300000", "never".
std::optional<Timestamp> isc_time(const std::vector<std::string_view>& part) {
  if (part.size() < 2) return std::nullopt;
  if (part[1] == "never") return Timestamp::max();
  if (part.size() < 3) return std::nullopt;
  if (part[1] == "epoch") return epoch(part[2]);
  if (part.size() < 4) return std::nullopt;
  std::string text = std::string(part[2]) + "T" + std::string(part[3]) + "Z";
  std::replace(text.begin(), text.end(), '/', '-');
  return parse_time(text);
}

void read_isc_statement(std::string_view statement, FileLease& lease, bool& good) {
  const auto part = words(statement);
  if (part.empty()) return;
  if (part[0] == "starts") {
    lease.from = isc_time(part);
    good = good && lease.from;
  } else if (part[0] == "ends") {
    const auto to = isc_time(part);
    good = good && to;
    lease.to = to.value_or(Timestamp{});
  } else if (part[0] == "hardware" && part.size() == 3 && part[1] == "ethernet") {
    lease.mac = MacAddress::parse(part[2]).value_or(MacAddress{});
  } else if (part[0] == "binding" && part.size() == 3) {
    lease.held = part[2] == "active";
  } else if (part[0] == "client-hostname" && part.size() == 2) {
    std::string_view name = part[1];
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    lease.host_name = std::string(name);
  }
}

// "lease 10.10.4.7 { starts ...; ends ...; binding state active; hardware ethernet ...; }"
void read_isc(std::string_view text, LeaseFile& out) {
  std::optional<FileLease> lease;
  bool good = true;
  for (std::string_view line : lines_of(text)) {
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (line.back() == '{') {
      const auto part = words(line);
      lease.reset();
      if (part.size() != 3 || part[0] != "lease") continue;
      const auto address = IpAddress::parse(part[1]);
      if (!address) {
        ++out.not_understood;
        continue;
      }
      lease.emplace().address = *address;
      lease->to = Timestamp::max();
      good = true;
    } else if (line == "}") {
      if (!lease) continue;
      if (!good) {
        ++out.not_understood;
      } else if (lease->held && lease->mac.is_zero()) {
        ++out.without_mac;
      } else {
        out.leases.push_back(std::move(*lease));
      }
      lease.reset();
    } else if (lease && line.back() == ';') {
      read_isc_statement(line.substr(0, line.size() - 1), *lease, good);
    }
  }
}

}  // namespace

LeaseFile read_lease_file(Format format, std::string_view text) {
  LeaseFile out;
  switch (format) {
    case Format::Dnsmasq:
      read_dnsmasq(text, out);
      break;
    case Format::Kea:
      read_kea(text, out);
      break;
    case Format::Isc:
      read_isc(text, out);
      break;
  }
  return out;
}

}  // namespace gatehouse::lodge::dhcp
