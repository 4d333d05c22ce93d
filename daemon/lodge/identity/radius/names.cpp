#include "lodge/identity/radius/names.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge::radius {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Reads twelve hexadecimal digits with separators between pairs or fours; how many characters they took, or 0.
std::size_t read_mac(std::string_view text, MacAddress& out) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) {
      const bool between = digits != 0 && digits % 2 == 0 && std::string_view("-:. _").find(text[i]) != std::string_view::npos;
      const bool two_in_a_row = i > 0 && hex_digit(text[i - 1]) < 0;
      if (!between || two_in_a_row) return 0;
      continue;
    }
    auto& byte = out.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte * 16 + digit);
    if (++digits == 12) return i + 1;
  }
  return 0;
}

bool readable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && byte != '"' && byte != '<' && byte != '>';
  });
}

}  // namespace

MacAddress station_mac(std::string_view text) {
  text = trim(text);
  MacAddress mac;
  const std::size_t end = read_mac(text, mac);
  if (end == 0) return {};
  // More digits would make it another thing than a MAC address; a network's name begins with a colon.
  if (end < text.size() && text[end] != ':') return {};
  return mac;
}

std::string ssid_of(std::string_view called_station) {
  called_station = trim(called_station);
  MacAddress mac;
  const std::size_t end = read_mac(called_station, mac);
  if (end == 0 || end >= called_station.size() || called_station[end] != ':') return {};
  return std::string(called_station.substr(end + 1));
}

UserName read_user_name(std::string_view text, const std::vector<std::string>& own_realms) {
  text = trim(text);
  UserName name;
  if (text.empty() || !readable(text)) return name;
  if (!station_mac(text).is_zero()) return {NameKind::Mac, to_lower(text), {}};
  if (to_lower(text.substr(0, 5)) == "host/") return {NameKind::Machine, std::string(text.substr(5)), {}};
  const auto at = text.rfind('@');
  std::string_view local = text.substr(0, at);
  if (at != std::string_view::npos) name.realm = to_lower(text.substr(at + 1));
  if (const auto slash = local.rfind('\\'); slash != std::string_view::npos) local.remove_prefix(slash + 1);
  name.login = std::string(local);
  const bool own = name.realm.empty() || std::find(own_realms.begin(), own_realms.end(), name.realm) != own_realms.end();
  if (!own) {
    name.kind = NameKind::Visitor;
  } else if (local.empty() || is_anonymous_login(local)) {
    name.kind = NameKind::Hidden;
  } else if (local.back() == '$') {
    name.kind = NameKind::Machine;
  } else {
    name.kind = NameKind::Person;
  }
  return name;
}

}  // namespace gatehouse::lodge::radius
