#include "lodge/identity/dhcp/lease_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/hash.h"
#include "base/text.h"

namespace gatehouse::lodge::dhcp {
namespace {

constexpr std::size_t kLongestName = 63;  // of a host, RFC 1035

std::string host_label(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongestName)) {
    const bool plain = (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '.' || c == '_';
    out += plain ? c : '?';
  }
  return out;
}

}  // namespace

LeaseBook::LeaseBook(std::string name, Hearsay hearsay, const Vendors& vendors, SessionTimeline& timeline)
    : name_(std::move(name)),
      session_(fnv1a(name_, fnv1a("dhcp"))),
      hearsay_(hearsay),
      vendors_(vendors),
      timeline_(timeline) {
  for (const Lease& lease : timeline_.leases()) {
    if (lease.session != session_) continue;
    const auto [known, is_new] = current_.try_emplace(lease.address, Current{lease.key, lease.from});
    if (!is_new && known->second.renewed < lease.from) known->second = {lease.key, lease.from};
  }
}

void LeaseBook::end(const IpAddress& address, Timestamp at) {
  const auto found = current_.find(address);
  if (found == current_.end()) return;
  if (const Lease* known = timeline_.lease(found->second.key); known && known->to > at) {
    Lease lease = *known;
    lease.to = std::max(at, lease.from + Seconds{1});
    timeline_.put(std::move(lease));
  }
  current_.erase(found);
}

void LeaseBook::take(const FileLease& one, Timestamp at) {
  const auto found = current_.find(one.address);
  if (found != current_.end() && one.from && *one.from < found->second.renewed) return;
  const Lease* known = found == current_.end() ? nullptr : timeline_.lease(found->second.key);
  if (!one.held) {
    // Whoever can forge a packet can give back what another holds, in its own name only.
    if (hearsay_ != Hearsay::No && known && known->mac != one.mac) return;
    end(one.address, std::min(one.to, at));
    return;
  }
  const Timestamp renewed = std::min(one.from.value_or(at), at);
  // The same device again: it went on, unless the lease had run out before this renewal.
  if (known && known->mac == one.mac && known->to >= renewed - kLeaseGrace) {
    found->second.renewed = renewed;
    if (!one.host_name.empty()) timeline_.describe(one.mac, host_label(one.host_name), vendors_.of(one.mac));
    if (known->to == one.to || one.to <= known->from) return;
    Lease lease = *known;
    lease.to = one.to;
    timeline_.put(std::move(lease));
    return;
  }
  end(one.address, renewed);
  begin(one, renewed);
}

void LeaseBook::begin(const FileLease& one, Timestamp renewed) {
  Lease lease;
  lease.address = one.address;
  lease.mac = one.mac;
  lease.from = renewed;
  lease.to = one.to;
  if (lease.to <= lease.from) return;
  lease.source = hearsay_ == Hearsay::No ? "dhcp" : "overheard dhcp";
  lease.session = session_;
  lease.hearsay = hearsay_;
  lease.evidence = fmt::format("dhcp: {} gave {} to {} at {}", name_, one.address.to_string(), one.mac.to_string(),
                               format_utc(lease.from));
  lease.key = fnv1a(fmt::format("{} {} {}", one.address.to_string(), one.mac.to_string(), to_us(lease.from)), session_);
  current_[one.address] = {lease.key, renewed};
  timeline_.describe(one.mac, host_label(one.host_name), vendors_.of(one.mac));
  timeline_.put(std::move(lease));
}

void LeaseBook::take(const LeaseFile& file, Timestamp written) {
  std::unordered_set<IpAddress, ByteHash> named;
  for (const FileLease& one : file.leases) {
    take(one, written);
    named.insert(one.address);
  }
  if (!file.whole) return;
  std::vector<IpAddress> gone;
  for (const auto& [address, current] : current_) {
    if (!named.contains(address)) gone.push_back(address);
  }
  for (const IpAddress& address : gone) end(address, written);
}

}  // namespace gatehouse::lodge::dhcp
