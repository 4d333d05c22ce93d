#include "lodge/visits/surroundings.h"

#include <libpsl.h>

#include <algorithm>
#include <string>

#include "base/hash.h"
#include "base/text.h"
#include "lodge/visits/weights.h"

namespace gatehouse::lodge {
namespace {

using journal::Event;
using journal::EventType;

// A device's memory: long enough for kStaysOpen before a try that is two minutes old.
constexpr Seconds kMemory = kStaysOpen + Seconds(120);
// Pages that are kept with a try; more in three minutes are looked at by nobody.
constexpr std::size_t kMostPages = 8;
// Names of a device that are kept at once: four heavy pages. The oldest goes first.
constexpr std::size_t kMostNames = 256;
// Devices at once; a college has fewer that are busy in the same three minutes. Idle ones are swept.
constexpr std::size_t kMostDevices = 16384;
// The questions and hellos for one name of one page come within this.
constexpr Seconds kSameLoading{3};
// One machine has an IPv4 address or two; an address of the link that speaks for more is a router's.
constexpr std::size_t kMostAddresses = 4;

std::uint64_t hash_of(const IpAddress& address) {
  const auto& bytes = address.bytes();
  return fnv1a({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool names_a_site(const Event& event) {
  switch (event.type) {
    case EventType::Tls:
    case EventType::Quic:
    case EventType::Http:
      return true;
    case EventType::Dns:
      return event.rrtype == "A" || event.rrtype == "AAAA" || event.rrtype == "HTTPS";
    default:
      return false;
  }
}

// What in a ClientHello stays the same for one program: transport and cipher suites. The rest of a JA4 changes with
// the server and with resumption.
std::uint32_t program_of(const Event& event) {
  const auto first = event.ja4.find('_');
  if (first == std::string::npos) return 0;
  const auto second = event.ja4.find('_', first + 1);
  const auto hash = fnv1a(std::string_view(event.ja4).substr(first, second - first));
  return static_cast<std::uint32_t>(hash ^ hash >> 32) | 1;
}

std::string lower_host(std::string_view host) {
  std::string out = to_lower(host);
  while (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

Milliseconds apart(Timestamp later, Timestamp earlier) {
  return std::chrono::duration_cast<Milliseconds>(later - earlier);
}

}  // namespace

bool brought_along(const Around& around) noexcept {
  return around.known && around.pause < kPause && (around.before >= kFewNames || around.pause < kTooQuick);
}

std::uint64_t hash_of_host(std::string_view host) { return fnv1a(lower_host(host)); }

std::uint64_t site_of(std::string_view host) {
  const std::string name = lower_host(host);
  const char* site = psl_registrable_domain(psl_builtin(), name.c_str());
  return fnv1a(site != nullptr ? std::string_view(site) : std::string_view(name));
}

std::uint64_t Surroundings::device_of(const Event& event) {
  const std::uint64_t address = hash_of(event.src_ip);
  if (event.src_mac.is_zero()) return address;
  const std::uint64_t mac =
      fnv1a({reinterpret_cast<const char*>(event.src_mac.bytes.data()), event.src_mac.bytes.size()});
  if (!event.src_ip.is_v4()) {
    const auto known = speakers_.find(mac);
    return known != speakers_.end() && known->second.router ? address : mac;
  }
  Speaker& speaker = speakers_[mac];
  if (!speaker.router &&
      std::find(speaker.addresses.begin(), speaker.addresses.end(), address) == speaker.addresses.end()) {
    speaker.addresses.push_back(address);
    speaker.router = speaker.addresses.size() > kMostAddresses;
  }
  return speaker.router ? address : mac;
}

bool Surroundings::notice(std::uint64_t device, const Event& event) {
  if (!names_a_site(event) || (event.host.empty() && !event.sealed)) return false;
  if (devices_.size() >= sweep_at_) forget_idle(event.at);
  Device& one = devices_[device];
  one.newest = std::max(one.newest, event.at);
  if (event.at < one.newest - kMemory) return true;
  const std::uint64_t host = hash_of_host(event.host);
  auto at = std::upper_bound(one.seen.begin(), one.seen.end(), event.at,
                             [](Timestamp time, const Seen& seen) { return time < seen.first; });
  auto same = std::find_if(std::make_reverse_iterator(at), one.seen.rend(), [&](const Seen& seen) {
    return seen.host == host && event.at - seen.last <= kSameLoading;
  });
  Seen* seen = same == one.seen.rend() ? nullptr : &*same;
  if (seen == nullptr) {
    const auto cut = std::find_if(one.seen.begin(), one.seen.end(),
                                  [&](const Seen& old) { return old.last >= one.newest - kMemory; });
    const auto index = std::max<std::ptrdiff_t>(at - cut, 0);
    one.seen.erase(one.seen.begin(), cut);
    at = one.seen.insert(one.seen.begin() + index, Seen{event.at, event.at, host, site_of(event.host), 0, 0});
    seen = &*at;
  }
  seen->last = std::max(seen->last, event.at);
  if (event.type == EventType::Tls) seen->tls = program_of(event);
  if (event.type == EventType::Quic) seen->quic = program_of(event);
  if (one.seen.size() > kMostNames) one.seen.erase(one.seen.begin());
  return true;
}

bool Surroundings::full(std::uint64_t device) const {
  const auto found = devices_.find(device);
  return found != devices_.end() && found->second.seen.size() >= kMostNames;
}

void Surroundings::forget_idle(Timestamp now) {
  std::erase_if(devices_, [&](const auto& entry) { return entry.second.newest < now - kMemory; });
  if (devices_.size() >= kMostDevices) devices_.clear();  // nobody's college; better no memory than all of it
  if (speakers_.size() >= 4 * kMostDevices) speakers_.clear();
  sweep_at_ = std::clamp<std::size_t>(2 * devices_.size(), 1024, kMostDevices);
}

// The page that was loading when a name came up, or the one before the pause. `others` are the entries of other sites
// before it. A name alone (some program's) is no page, unless it came just before.
void Surroundings::find_page(const std::vector<const Seen*>& others, Timestamp first, Around& around) {
  std::size_t end = others.size();
  while (end > 0) {
    std::size_t start = end - 1;
    bool several = false;
    while (start > 0 && others[start]->first - others[start - 1]->first <= kPause) {
      --start;
      several = several || others[start]->site != others[end - 1]->site;
    }
    if (first - others[start]->first > kLookBack) return;
    if (several || first - others[end - 1]->first <= kPause) {
      around.lead = others[start]->site;
      around.offset = apart(first, others[start]->first);
      return;
    }
    end = start;
  }
}

// What may still be open in a tab, or is opened again with all its names known: then nothing shows of it but
// what it cannot get.
void Surroundings::find_pages(const std::vector<const Seen*>& others, Timestamp first, Around& around) {
  for (std::size_t i = others.size(); i > 0 && around.pages.size() < kMostPages; --i) {
    const Seen& one = *others[i - 1];
    if (first - one.first > kStaysOpen) return;
    if (i > 1 && one.first - others[i - 2]->first <= kPause) continue;
    if (std::find(around.pages.begin(), around.pages.end(), one.site) == around.pages.end()) {
      around.pages.push_back(one.site);
    }
  }
}

bool Surroundings::of_another_program(const Names& seen, const Seen& own, Timestamp first) {
  const auto unlike = [&](std::uint32_t Seen::*kind) {
    if (own.*kind == 0) return false;
    int known = 0;
    for (const Seen& other : seen) {
      if (other.site == own.site || other.*kind == 0 || first - other.first > kLookBack) continue;
      if (other.*kind == own.*kind) return false;
      ++known;
    }
    return known >= kHandshakesKnown;
  };
  return unlike(&Seen::tls) || unlike(&Seen::quic);
}

int Surroundings::count_again(const Names& seen, std::uint64_t site, const std::vector<Timestamp>& moments) {
  int again = 0;
  for (std::size_t i = 1; i < moments.size(); ++i) {
    again += std::none_of(seen.begin(), seen.end(), [&](const Seen& other) {
      return other.site != site && moments[i - 1] < other.first && other.first <= moments[i];
    });
  }
  return again;
}

void Surroundings::look(std::uint64_t device, std::uint64_t host, const std::vector<Timestamp>& moments,
                        Around& around) const {
  if (moments.empty()) return;
  const Timestamp first = moments.front();
  const auto found = devices_.find(device);
  if (found == devices_.end()) return;
  const Names& seen = found->second.seen;
  const auto own = std::find_if(seen.begin(), seen.end(), [&](const Seen& one) {
    return one.host == host && one.first <= first + kOneTry && first <= one.last + Milliseconds(1);
  });
  if (own == seen.end()) return;
  Around out;
  out.pause = kLookBack;
  std::vector<const Seen*> earlier;
  std::vector<std::uint64_t> before;
  std::vector<std::uint64_t> after;
  std::vector<std::uint64_t> parts;
  const auto add = [](std::vector<std::uint64_t>& to, std::uint64_t what) {
    if (std::find(to.begin(), to.end(), what) == to.end()) to.push_back(what);
  };
  for (const Seen& other : seen) {
    if (other.site == own->site) {
      if (other.host != host && std::chrono::abs(other.first - first) <= kOwnParts) add(parts, other.host);
      continue;
    }
    if (std::chrono::abs(other.first - first) <= kStaysOpen) out.known = true;
    if (other.first <= first) {
      earlier.push_back(&other);
      out.pause = std::min(out.pause, apart(first, other.first));
      if (first - other.first <= kBeside) add(before, other.site);
    } else if (other.first - first <= kBeside) {
      add(after, other.site);
    }
  }
  out.before = static_cast<int>(before.size());
  out.after = static_cast<int>(after.size());
  out.own_names = static_cast<int>(parts.size());
  out.again = count_again(seen, own->site, moments);
  out.other_program = of_another_program(seen, *own, first);
  find_page(earlier, first, out);
  find_pages(earlier, first, out);
  around = out;
}

}  // namespace gatehouse::lodge
