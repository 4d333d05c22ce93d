#include "gate/inspect/dns_tunnel.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/hash.h"
#include "base/text.h"

namespace gatehouse::inspect {
namespace {

constexpr std::uint16_t kNull = 10;
constexpr std::uint16_t kTxt = 16;
constexpr std::uint16_t kPrivate = 65399;  // iodine's own record type
// Names of real hosts seldom put this much before the registered domain; tunnels fill what they can.
constexpr std::size_t kMuchData = 40;
constexpr std::size_t kVeryMuchData = 100;
// So many different heavy names under one domain in one flow are no coincidence.
constexpr std::uint16_t kManyNames = 4;
// Reverse lookups and the blocklists and virus scanners that look hashes up by DNS are long by design.
constexpr std::array<std::string_view, 9> kLongByDesign = {
    ".arpa",   ".sophosxl.net", ".avqs.mcafee.com", ".spamhaus.org", ".e5.sk", ".avts.mcafee.com",
    ".cnr.io", ".local",        ".dnsbl.test"};

// The part before the last two labels, and those two.
struct Parts {
  std::string_view data;
  std::string_view domain;
};
Parts split_name(std::string_view name) noexcept {
  std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {{}, name};
  dot = name.rfind('.', dot - 1);
  if (dot == std::string_view::npos) return {{}, name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

// Random text mixes: digits among letters, capitals among small ones, symbols that host names do not have.
bool looks_random(std::string_view data) noexcept {
  std::size_t changes = 0;
  std::size_t symbols = 0;
  std::array<bool, 64> seen{};
  std::size_t distinct = 0;
  int last = -1;
  for (const char c : data) {
    int kind = 3;
    if (c >= 'a' && c <= 'z') kind = 0;
    if (c >= 'A' && c <= 'Z') kind = 1;
    if (c >= '0' && c <= '9') kind = 2;
    if (kind == 3 && c != '-' && c != '.' && c != '_') ++symbols;
    if (kind != 3 && last >= 0 && kind != last) ++changes;
    if (kind != 3) last = kind;
    const std::size_t slot = static_cast<std::size_t>(static_cast<unsigned char>(ascii_lower(c)) & 0x3f);
    if (!seen[slot]) ++distinct;
    seen[slot] = true;
  }
  return symbols > 0 || (distinct >= 12 && changes * 6 >= data.size());
}

}  // namespace

DnsTunnelVerdict DnsTunnelWatch::query(std::string_view name, std::uint16_t type) noexcept {
  for (const std::string_view suffix : kLongByDesign) {
    if (name.size() > suffix.size() && equals_ignoring_case(name.substr(name.size() - suffix.size()), suffix))
      return {};
  }
  const Parts parts = split_name(name);
  const bool bulk_type = type == kNull || type == kTxt || type == kPrivate;
  const bool random = looks_random(parts.data);
  const bool dnscat = parts.data.starts_with("dnscat.") || parts.data == "dnscat";
  if (dnscat) return {95, "names begin with 'dnscat', as that tunnel's do by default"};
  if (parts.data.size() >= kMuchData && random) {
    const std::uint64_t domain = fnv1a(parts.domain);
    const std::uint64_t whole = fnv1a(name);
    if (domain != domain_) heavy_names_ = 0;
    domain_ = domain;
    if (whole != last_name_ && heavy_names_ < 0xffff) ++heavy_names_;
    last_name_ = whole;
  }
  if (type == kNull || type == kPrivate) return {85, "a record type that only tunnels ask for"};
  if (heavy_names_ >= kManyNames) return {90, "many different long random names under one domain"};
  if (parts.data.size() >= kVeryMuchData && random) {
    return {static_cast<std::uint8_t>(bulk_type ? 80 : 65), "a name of over 100 random characters"};
  }
  if (parts.data.size() >= kMuchData && random && bulk_type)
    return {60, "a long random name that asks for text"};
  return {};
}

}  // namespace gatehouse::inspect
