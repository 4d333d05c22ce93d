#include "gate/inspect/dhcp_message.h"

#include <algorithm>
#include <array>

namespace gatehouse::inspect {
namespace {

constexpr std::uint32_t kCookie = 0x63825363;  // RFC 2131 section 3
constexpr std::size_t kCookieAt = 236;
constexpr std::size_t kServerName = 64;
constexpr std::size_t kFile = 128;
constexpr std::uint8_t kEthernet = 1;
constexpr std::uint8_t kIeee802 = 6;

enum Option : std::uint8_t {
  kPad = 0, kHostName = 12, kRequestedIp = 50, kLeaseTime = 51, kOverload = 52, kType = 53, kServerId = 54,
  kVendorClass = 60, kClientId = 61, kFqdn = 81, kEnd = 255
};

IpAddress read_ip(ByteReader& at) noexcept {
  const Bytes four = at.bytes(4);
  const bool none = std::all_of(four.begin(), four.end(), [](std::uint8_t byte) { return byte == 0; });
  return none ? IpAddress{} : IpAddress::v4(four);
}

// Some clients count the end of a C string too.
std::string_view without_zeros(std::string_view text) noexcept {
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  return text;
}

// RFC 4702 section 2: flags, two old result codes, the name; bit E says that it is written as in DNS.
std::string_view first_label(ByteReader at) noexcept {
  constexpr std::uint8_t kAsInDns = 0x04;
  constexpr std::uint8_t kLongestLabel = 63;
  const std::uint8_t flags = at.u8();
  at.skip(2);
  if ((flags & kAsInDns) == 0) {
    const std::string_view name = without_zeros(as_text(at.rest()));
    return name.substr(0, name.find('.'));
  }
  const std::uint8_t length = at.u8();
  return length <= kLongestLabel ? at.text(length) : std::string_view();
}

class OptionsReader {
 public:
  explicit OptionsReader(DhcpMessage& out) noexcept : out_(out) {}

  // One field of options, to its end mark or its last byte. False: an option runs past it, or says a thing anew.
  bool read(Bytes field, bool may_overload) noexcept {
    ByteReader at(field);
    while (!at.empty()) {
      const std::uint8_t code = at.u8();
      if (code == kPad) continue;
      if (code == kEnd) return true;
      ByteReader value = at.sub(at.u8());
      if (!at.ok()) return false;
      if (code == kOverload && may_overload) {
        overload_ = value.u8();
      } else if (!take(code, value)) {
        return false;
      }
      if (!value.ok()) return false;
    }
    return true;
  }
  [[nodiscard]] std::uint8_t overload() const noexcept { return overload_; }
  [[nodiscard]] bool has_type() const noexcept { return (seen_ & 1u << (kType - kFirstOnce)) != 0; }
  void settle_name() noexcept {
    if (out_.host_name.empty()) out_.host_name = fqdn_;
  }

 private:
  // RFC 3396 puts the parts of an option that comes twice together. Those that decide are one number each, and have no
  // parts: a second one is meant to be read in two ways. Of a name the first part is label enough.
  static constexpr std::uint8_t kFirstOnce = kRequestedIp;
  bool take(std::uint8_t code, ByteReader& value) noexcept {
    switch (code) {
      case kRequestedIp: return once(code) && exactly(value, 4) && ((out_.requested_ip = read_ip(value)), true);
      case kLeaseTime: return once(code) && exactly(value, 4) && ((out_.lease_time = value.u32()), true);
      case kServerId: return once(code) && exactly(value, 4) && ((out_.server_id = read_ip(value)), true);
      case kType: {
        const std::uint8_t type = value.peek();
        if (!once(code) || !exactly(value, 1) || type < 1 || type > static_cast<std::uint8_t>(DhcpType::Inform)) return false;
        out_.type = static_cast<DhcpType>(type);
        return true;
      }
      case kHostName:
        if (out_.host_name.empty()) out_.host_name = without_zeros(as_text(value.rest()));
        return true;
      case kFqdn:
        if (fqdn_.empty()) fqdn_ = first_label(value);
        return true;
      case kVendorClass:
        if (out_.vendor_class.empty()) out_.vendor_class = without_zeros(as_text(value.rest()));
        return true;
      case kClientId:
        if (out_.client_id.empty()) out_.client_id = value.rest();
        return true;
      default: return true;
    }
  }
  bool once(std::uint8_t code) noexcept {
    const unsigned bit = 1u << (code - kFirstOnce);
    const bool fresh = (seen_ & bit) == 0;
    seen_ |= bit;
    return fresh;
  }
  static bool exactly(const ByteReader& value, std::size_t size) noexcept { return value.remaining() == size; }

  DhcpMessage& out_;
  unsigned seen_ = 0;  // options that may come once, from kFirstOnce on
  std::uint8_t overload_ = 0;
  std::string_view fqdn_;
};

bool is_servers(DhcpType type) noexcept {
  return type == DhcpType::Offer || type == DhcpType::Ack || type == DhcpType::Nak;
}

}  // namespace

std::string_view name_of(DhcpType type) noexcept {
  constexpr std::array<std::string_view, 9> kNames = {"unknown", "discover", "offer",   "request", "decline",
                                                      "ack",     "nak",      "release", "inform"};
  const auto at = static_cast<std::size_t>(type);
  return at < kNames.size() ? kNames[at] : kNames[0];
}

// Operation, hardware, the length of its addresses, and the cookie before the options.
bool looks_like_dhcp(Bytes datagram) noexcept {
  ByteReader at(datagram);
  const std::uint8_t operation = at.u8();
  const std::uint8_t hardware = at.u8();
  const std::uint8_t length = at.u8();
  at.seek(kCookieAt);
  const std::uint32_t cookie = at.u32();
  return at.ok() && operation >= 1 && operation <= 2 && hardware >= 1 && hardware <= 8 && length >= 1 && length <= 16 &&
         cookie == kCookie;
}

std::optional<DhcpMessage> parse_dhcp(Bytes datagram) noexcept {
  if (!looks_like_dhcp(datagram)) return std::nullopt;
  DhcpMessage out;
  out.datagram = datagram;
  ByteReader at(datagram);
  out.reply = at.u8() == 2;
  const std::uint8_t hardware = at.u8();
  const std::uint8_t length = at.u8();
  at.skip(1);  // hops
  out.id = at.u32();
  at.skip(4);  // seconds, flags
  out.client_ip = read_ip(at);
  out.your_ip = read_ip(at);
  at.skip(4);  // where the boot file is
  out.relay_ip = read_ip(at);
  const Bytes address = at.bytes(16);
  const Bytes server_name = at.bytes(kServerName);
  const Bytes file = at.bytes(kFile);
  at.skip(4);  // the cookie
  if (!at.ok() || (hardware != kEthernet && hardware != kIeee802) || length != 6) return std::nullopt;
  out.client = MacAddress::from(address.first(6));
  const bool to_many = (out.client.bytes[0] & 1) != 0;
  if (out.client.is_zero() || to_many) return std::nullopt;

  OptionsReader options(out);
  if (!options.read(at.rest(), true)) return std::nullopt;
  // RFC 2132 section 9.3: the fields of names hold options too; the file's come first (RFC 2131 section 4.1).
  if ((options.overload() & 1) != 0 && !options.read(file, false)) return std::nullopt;
  if ((options.overload() & 2) != 0 && !options.read(server_name, false)) return std::nullopt;
  if (!options.has_type() || is_servers(out.type) != out.reply) return std::nullopt;
  options.settle_name();
  return out;
}

}  // namespace gatehouse::inspect
