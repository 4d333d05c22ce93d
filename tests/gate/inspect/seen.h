// A sink that keeps what it was told, as values, and helpers to feed an inspection in tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/inspect/inspection.h"

namespace gatehouse::inspect {

struct Seen {
  AppProtocol protocol;
  NameSource from;
  Direction direction;
  EvasionFlags evasion;
  std::string host, method, url, user_agent, referer, tunnel, reason;
  std::uint16_t port, dns_id, rrtype;
  std::uint8_t rcode, confidence;
  bool is_answer;
  struct Answer {
    std::uint16_t type;
    std::string name, target, address;
    bool has_ech;
  };
  std::vector<Answer> answers;
};

class SeenSink final : public ObservationSink {
 public:
  void observe(const Observation& o) noexcept override {
    Seen seen{o.protocol,
              o.from,
              o.direction,
              o.evasion,
              std::string(o.host),
              std::string(o.method),
              std::string(o.url),
              std::string(o.user_agent),
              std::string(o.referer),
              std::string(o.tunnel),
              std::string(o.reason),
              o.port,
              o.dns_id,
              o.rrtype,
              o.rcode,
              o.confidence,
              o.is_answer,
              {}};
    for (const DnsAnswer& a : o.answers) {
      seen.answers.push_back(
          {a.type, std::string(a.name), std::string(a.target), a.address.to_string(), a.has_ech});
    }
    all.push_back(std::move(seen));
  }
  [[nodiscard]] std::vector<std::string> hosts() const {
    std::vector<std::string> out;
    for (const Seen& seen : all) out.push_back(seen.host);
    return out;
  }
  std::vector<Seen> all;
};

// Does what the flow table does: keeps unconsumed bytes of each direction and offers them again when asked
// to.
class StreamFeeder {
 public:
  explicit StreamFeeder(InspectionResources& resources, const StreamFacts& facts = {})
      : inspection(resources, facts) {}

  void give(Direction direction, std::string_view bytes, bool ended = false) {
    Side& side = sides_[static_cast<std::size_t>(direction)];
    side.held += bytes;
    while (!done) {
      const std::size_t dropped = std::min<std::uint64_t>(side.skip, side.held.size());
      side.held.erase(0, dropped);
      side.skip -= dropped;
      if (side.held.empty() || (side.held.size() < side.need && !ended)) return;
      const std::string copy =
          side.held;  // exactly as long, so that reading past it is seen by the sanitiser
      const Progress progress = inspection.feed(direction, as_bytes(copy), ended, sink);
      done = progress.step == Step::Done;
      side.skip += progress.consumed;
      side.need = progress.need;
      if (progress.consumed == 0 || ended) {
        if (ended) side = {};
        return;
      }
    }
  }
  void client(std::string_view bytes) { give(Direction::ToServer, bytes); }
  void server(std::string_view bytes) { give(Direction::ToClient, bytes); }

  StreamInspection inspection;
  SeenSink sink;
  bool done = false;

 private:
  struct Side {
    std::string held;
    std::uint64_t skip = 0;
    std::size_t need = 1;
  };
  Side sides_[2];
};

// "0a 0b" to bytes.
inline std::string from_hex(std::string_view hex) {
  std::string out;
  int high = -1;
  for (const char c : hex) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      out += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  return out;
}

}  // namespace gatehouse::inspect
