#include "lodge/identity/radius/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "lodge/identity/radius/names.h"

namespace gatehouse::lodge::radius {
namespace {

// More delay than this is a client's mistake: nobody queues accounting for longer than a day.
constexpr std::uint32_t kLongestDelay = 24 * 60 * 60;
// A device has a few addresses of its own; a list without end is no device's.
constexpr std::size_t kMostAddresses = 16;

std::uint32_t number(Bytes value) {
  ByteReader reader(value);
  const std::uint32_t out = reader.u32();
  return reader.ok() && reader.empty() ? out : 0;
}

Status status_of(Bytes value) {
  switch (number(value)) {
    case 1:
      return Status::Start;
    case 2:
      return Status::Stop;
    case 3:
      return Status::Interim;
    case 7:
      return Status::On;
    case 8:
      return Status::Off;
    default:
      return Status::Other;
  }
}

std::string text(Bytes value) { return std::string(as_text(value)); }

bool is_unspecified(const IpAddress& address) {
  // 0.0.0.0, and 255.255.255.254 and .255, which ask the client to choose (RFC 2865 section 5.8).
  const auto wire = address.wire();
  return std::all_of(wire.begin(), wire.end(), [](std::uint8_t b) { return b == 0; }) ||
         (address.is_v4() && wire[0] == 0xff && wire[1] == 0xff && wire[2] == 0xff && wire[3] >= 0xfe);
}

void read_address(const Attribute& one, Record& out) {
  if (out.addresses.size() + out.prefixes.size() >= kMostAddresses) return;
  if (one.type == kFramedIpAddress && one.value.size() == 4) {
    const IpAddress address = IpAddress::v4(one.value);
    if (!is_unspecified(address)) out.addresses.push_back(address);
  } else if (one.type == kFramedIpv6Address && one.value.size() == 16) {
    const IpAddress address = IpAddress::v6(one.value);
    if (!is_unspecified(address) && !address.is_v4()) out.addresses.push_back(address);
  } else if (one.type == kFramedIpv6Prefix && one.value.size() >= 2 && one.value.size() <= 18) {
    // RFC 3162 section 2.3: reserved octet, length, and as many octets as are needed. A device is given a /64.
    std::array<std::uint8_t, 16> bytes{};
    std::copy(one.value.begin() + 2, one.value.end(), bytes.begin());
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    if (one.value[1] == 64 && bytes != decltype(bytes){}) out.prefixes.push_back(IpAddress::v6(bytes));
  }
}

std::string_view word(Status status) {
  switch (status) {
    case Status::Start:
      return "Start";
    case Status::Stop:
      return "Stop";
    case Status::Interim:
      return "Interim";
    default:
      return "On or Off";
  }
}

}  // namespace

std::string printable(std::string_view text_in) {
  std::string out;
  for (const char c : text_in.substr(0, 64)) {
    out += static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f ? c : '?';
  }
  return out;
}

Record read_record(const Packet& packet, std::string_view client, const IpAddress& from, Timestamp now) {
  Record out;
  out.status = status_of(packet.first(kAcctStatusType));
  out.session = text(packet.first(kAcctSessionId));
  out.user_name = text(packet.first(kUserName));
  out.calling_station = text(packet.first(kCallingStationId));
  out.called_station = text(packet.first(kCalledStationId));
  out.mac = station_mac(out.calling_station);
  out.filter_id = text(packet.first(kFilterId));
  out.cui = text(packet.first(kChargeableUserIdentity));
  for (const Attribute& one : packet.attributes) {
    if (one.type == kClass) out.classes.push_back(text(one.value));
    read_address(one, out);
  }
  // The network device by its own name, so that one behind a proxy is told from the proxy's others.
  out.nas_name = text(packet.first(kNasIdentifier));
  if (const Bytes v4 = packet.first(kNasIpAddress); out.nas_name.empty() && v4.size() == 4) {
    out.nas_name = IpAddress::v4(v4).to_string();
  }
  if (const Bytes v6 = packet.first(kNasIpv6Address); out.nas_name.empty() && v6.size() == 16) {
    out.nas_name = IpAddress::v6(v6).to_string();
  }
  if (out.nas_name.empty()) out.nas_name = from.to_string();
  out.nas = fnv1a(out.nas_name, fnv1a(client));
  out.port = text(packet.first(kNasPortId));
  if (out.port.empty() && packet.has(kNasPort)) out.port = fmt::format("{}", number(packet.first(kNasPort)));

  out.at = now - Seconds{std::min(number(packet.first(kAcctDelayTime)), kLongestDelay)};
  out.start = out.at;
  if (out.status == Status::Stop || out.status == Status::Interim) {
    constexpr std::uint32_t kLongestSession = 7 * 24 * 60 * 60;
    out.start = out.at - Seconds{std::min(number(packet.first(kAcctSessionTime)), kLongestSession)};
  }
  return out;
}

std::string evidence_of(const Record& record, std::string_view client, Timestamp from) {
  return fmt::format("radius: {} from {} ({}) at {}: session {} of {} on {} since {}", word(record.status),
                     printable(record.nas_name), client, format_utc(record.at), printable(record.session),
                     printable(record.user_name), printable(record.calling_station), format_utc(from));
}

}  // namespace gatehouse::lodge::radius
