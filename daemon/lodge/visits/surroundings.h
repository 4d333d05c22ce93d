// What a device did in the last few minutes: which names, in which order, in hashes only. A blocked visit has no
// payload, so what stood around a try is the best evidence of who meant it. Bounded for each device and in number
// of devices. Used by the folder; one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "journal/event.h"

namespace gatehouse::lodge {

// What stood around one try at a name.
struct Around {
  bool known = false;          // false: nothing else of this device was kept near it
  int before = 0;              // other sites begun in the kBeside before it
  int after = 0;               // and after it
  Milliseconds pause{};        // since another site was last begun; kLookBack when none was
  Milliseconds offset{};       // since the start of the page that may have brought it along
  std::uint64_t lead = 0;      // that page's site, hashed; 0: none
  int own_names = 0;           // other names of its own site within kOwnParts
  bool other_program = false;  // its handshake is unlike those around it
  int again = 0;               // how often it was asked for again with nothing else in between
  std::vector<std::uint64_t> pages;  // the sites that pages began with in the kStaysOpen before it, newest first
  bool operator==(const Around&) const = default;
};

// True where other names were being loaded at the moment when the name came up, going by what was before it.
bool brought_along(const Around& around) noexcept;

// The part of a name that one owner registers, lower case: "guns.test" of "www.guns.test". As a hash.
std::uint64_t site_of(std::string_view host);
std::uint64_t hash_of_host(std::string_view host);

class Surroundings {
 public:
  // Which device an event is of: by MAC address, or where one MAC address speaks for many (a router), by IP address.
  [[nodiscard]] std::uint64_t device_of(const journal::Event& event);
  // An event with a name, listed or not. False: it has none.
  bool notice(std::uint64_t device, const journal::Event& event);
  // Whether a further name of the device takes the place of its oldest.
  [[nodiscard]] bool full(std::uint64_t device) const;
  // What is known now around the name that came up at the first of `moments`, and again at the others. Where the
  // device's memory does not hold it (any more), `around` is left as it was.
  void look(std::uint64_t device, std::uint64_t host, const std::vector<Timestamp>& moments, Around& around) const;

 private:
  struct Seen {
    Timestamp first{};
    Timestamp last{};
    std::uint64_t host = 0;
    std::uint64_t site = 0;
    std::uint32_t tls = 0;   // which program's ClientHello over TCP; 0: none seen
    std::uint32_t quic = 0;  // and over QUIC
  };
  struct Device {
    std::vector<Seen> seen;  // by first
    Timestamp newest{};
  };
  struct Speaker {  // a MAC address, and for which IPv4 addresses it spoke
    std::vector<std::uint64_t> addresses;
    bool router = false;
  };
  using Names = std::vector<Seen>;

  static void find_page(const std::vector<const Seen*>& others, Timestamp first, Around& around);
  static void find_pages(const std::vector<const Seen*>& others, Timestamp first, Around& around);
  static bool of_another_program(const Names& seen, const Seen& own, Timestamp first);
  static int count_again(const Names& seen, std::uint64_t site, const std::vector<Timestamp>& moments);
  void forget_idle(Timestamp now);

  std::unordered_map<std::uint64_t, Device> devices_;
  std::unordered_map<std::uint64_t, Speaker> speakers_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace gatehouse::lodge
