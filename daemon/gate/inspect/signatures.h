// First-payload signatures of protocols that need no parser: other people's protocols, to say "known, carries
// no name", and tunnels that betray themselves by a fixed opening. All in one Hyperscan database
// (signatures.cpp has the table; a signature is one line). One a worker, because of its scratch.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "gate/inspect/observation.h"

namespace gatehouse::inspect {

enum class Transport : std::uint8_t { Stream = 1, Datagram = 2, Both = 3 };

struct Signature {
  using ByHand = bool (*)(Bytes first) noexcept;
  constexpr Signature(const char* of_pattern, Transport over, AppProtocol is, std::string_view way_round, std::uint8_t sure,
                      std::string_view why) noexcept
      : pattern(of_pattern), transport(over), protocol(is), tunnel(way_round), confidence(sure), reason(why) {}
  constexpr Signature(ByHand function, Transport over, AppProtocol is, std::string_view way_round, std::uint8_t sure,
                      std::string_view why) noexcept
      : by_hand(function), transport(over), protocol(is), tunnel(way_round), confidence(sure), reason(why) {}

  const char* pattern = nullptr;  // anchored at the first payload byte; or
  ByHand by_hand = nullptr;       // a function that looks itself
  Transport transport;
  AppProtocol protocol;
  std::string_view tunnel;  // empty: an ordinary protocol
  std::uint8_t confidence;
  std::string_view reason;
};

class Signatures {
 public:
  Signatures();  // throws SetupError when Hyperscan cannot be used on this machine
  ~Signatures();
  Signatures(const Signatures&) = delete;
  Signatures& operator=(const Signatures&) = delete;

  // The first line of the table that fits, or nullptr. Looks at the first kLookedAt bytes.
  const Signature* match(Transport transport, Bytes first) const noexcept;

  static constexpr std::size_t kLookedAt = 320;  // WS-Discovery's envelope may begin late

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace gatehouse::inspect
