// The chooser for streams: asks the table who knows the first bytes, hands over when a protocol gives way to
// another one, and says why nothing was found.
#include <algorithm>
#include <memory>
#include <type_traits>
#include <utility>

#include "gate/inspect/inspection.h"
#include "gate/inspect/observing.h"
#include "gate/inspect/resources.h"
#include "gate/inspect/stream_table.h"

namespace gatehouse::inspect {
namespace {

// Bytes after which "maybe" becomes "no": more than any first message that has to be seen whole.
constexpr std::size_t kMaxUndecided = 16 * 1024;
// Offers in one direction that fit nothing before giving up: a stream joined late finds its feet at a message
// start.
constexpr std::uint8_t kMaxTries = 8;
// Protocols inside one another; more is a machine at play, not a person.
constexpr std::uint8_t kMaxSwitches = 6;

Direction other(Direction direction) noexcept {
  return direction == Direction::ToServer ? Direction::ToClient : Direction::ToServer;
}

template <typename T>
AppProtocol protocol_of(const T& inspector) noexcept {
  if constexpr (std::is_same_v<T, std::monostate>) {
    return AppProtocol::Unknown;
  } else if constexpr (requires { inspector.protocol(); }) {
    return inspector.protocol();
  } else {
    return T::kProtocol;
  }
}

// Whether the bytes are a client's whatever the flow table believes (a flow joined in its middle).
bool is_clients(Bytes bytes) noexcept {
  return probe_http_request(bytes) == Probe::Yes ||
         Http2Inspector::probe(Direction::ToServer, bytes) == Probe::Yes;
}

}  // namespace

struct StreamInspection::State {
  ResourcePools* pools;
  StreamFacts facts;
  StreamTable::State current;
  std::uint32_t refused = 0;  // lines of the table that said NotMine, a bit each
  AppProtocol protocol = AppProtocol::Unknown;
  Unnamed why = Unnamed::NoPayload;
  ServerPreamble preamble = ServerPreamble::None;
  std::uint8_t tries[2] = {0, 0};
  std::uint8_t switches = 0;
  bool finished = false;
  bool swapped = false;  // what is called ToServer is the server's
  bool first_looked_at = false;
  bool named = false;
  bool outer_only = false;

  Probe choose(Direction direction, Bytes offered, bool cut) noexcept;
  template <std::size_t I>
  Probe try_line(Direction direction, Bytes offered, bool cut, Probe best) noexcept;
  StreamStep undecided(Direction direction, Bytes offered, bool ended, Observing& sink) noexcept;
  StreamStep no_inspector(Direction direction, Bytes offered, Observing& sink) noexcept;
  StreamStep step(Direction direction, Bytes offered, bool ended, Observing& sink) noexcept;
  StreamStep run(Direction direction, Bytes offered, bool ended, Observing& sink) noexcept;
};

// Asks line I and those after it, as long as none says yes.
template <std::size_t I>
Probe StreamInspection::State::try_line(Direction direction, Bytes offered, bool cut, Probe best) noexcept {
  if constexpr (I == std::variant_size_v<StreamTable::State>) {
    return best;
  } else {
    using Inspector = std::variant_alternative_t<I, StreamTable::State>;
    const Probe probe = (refused >> I & 1u) != 0 ? Probe::No : Inspector::probe(direction, offered);
    // A surer protocol that is still possible is waited for, unless no more will come.
    if (probe == Probe::Yes && (best == Probe::No || cut)) {
      auto& chosen = current.template emplace<I>();
      if constexpr (requires { chosen.know(facts); }) chosen.know(facts);
      return Probe::Yes;
    }
    return try_line<I + 1>(direction, offered, cut, std::max(best, std::min(probe, Probe::Maybe)));
  }
}

Probe StreamInspection::State::choose(Direction direction, Bytes offered, bool cut) noexcept {
  return try_line<1>(direction, offered, cut, Probe::No);
}

// Nobody's first bytes: a tunnel without a name, a protocol that has none, or something unknown.
StreamStep StreamInspection::State::no_inspector(Direction direction, Bytes offered,
                                                 Observing& sink) noexcept {
  StreamStep step;
  step.consumed = offered.size();
  const auto verdict = vpn_in_stream(offered);
  if (verdict) {
    protocol = verdict->protocol;
    why = Unnamed::Tunnel;
    sink.tunnel(*verdict, direction);
    step.after = After::Done;
    return step;
  }
  if (const Signature* known = pools->signatures().match(Transport::Stream, offered)) {
    protocol = known->protocol;
    if (!known->tunnel.empty()) {
      why = Unnamed::Tunnel;
      sink.tunnel({known->protocol, known->tunnel, known->confidence, known->reason, true}, direction);
      step.after = After::Done;
      return step;
    }
    // Many of these can turn to TLS (MySQL, VNC, AMQP): a few more offers are looked at.
    why = Unnamed::KnownOther;
    first_looked_at = true;
  }
  if (!std::exchange(first_looked_at, true) && direction == Direction::ToServer && facts.start_seen) {
    if (const auto random = fully_encrypted(offered)) sink.tunnel(*random, direction);
  }
  auto& tried = tries[static_cast<std::size_t>(direction)];
  if (why != Unnamed::KnownOther) why = facts.start_seen ? Unnamed::UnknownProtocol : Unnamed::StartMissed;
  if (++tried >= kMaxTries) step.after = After::Done;
  return step;
}

StreamStep StreamInspection::State::undecided(Direction direction, Bytes offered, bool ended,
                                              Observing& sink) noexcept {
  const bool cut = ended || offered.size() >= kMaxUndecided;
  const Probe probe = choose(direction, offered, cut);
  if (probe == Probe::Yes) {
    first_looked_at = true;
    return {};
  }
  if (probe == Probe::Maybe && !cut) {
    if (why == Unnamed::NoPayload) why = Unnamed::HelloIncomplete;
    StreamStep step;
    step.need = offered.size() + 1;
    return step;
  }
  if (probe == Probe::Maybe) {
    StreamStep step;
    step.consumed = offered.size();
    if (why == Unnamed::NoPayload) why = Unnamed::HelloIncomplete;
    return step;
  }
  return no_inspector(direction, offered, sink);
}

// One step of whoever is in charge.
StreamStep StreamInspection::State::step(Direction direction, Bytes offered, bool ended,
                                         Observing& sink) noexcept {
  if (current.index() == 0) {
    const StreamStep waited = undecided(direction, offered, ended, sink);
    if (current.index() == 0) return waited;
  }
  const StreamStep taken = std::visit(
      [&](auto& inspector) -> StreamStep {
        if constexpr (std::is_same_v<std::decay_t<decltype(inspector)>, std::monostate>) {
          return {};
        } else {
          const StreamStep result = inspector.feed(direction, offered, ended, sink, *pools);
          why = inspector.unnamed();
          protocol = protocol_of(inspector);
          return result;
        }
      },
      current);
  return taken;
}

StreamStep StreamInspection::State::run(Direction direction, Bytes offered, bool ended,
                                        Observing& sink) noexcept {
  StreamStep total;
  for (;;) {
    const Bytes rest =
        total.consumed < offered.size() ? offered.subspan(static_cast<std::size_t>(total.consumed)) : Bytes{};
    if (direction == Direction::ToClient && preamble != ServerPreamble::None && !rest.empty()) {
      const PreambleStep skipped = skip_server_preamble(preamble, rest);
      total.consumed += skipped.consumed;
      total.need = rest.size() - skipped.consumed + 1;
      if (!skipped.done) {
        if (ended) total.consumed = std::max<std::uint64_t>(total.consumed, offered.size());
        return total;
      }
      preamble = ServerPreamble::None;
      continue;
    }
    if (rest.empty() && current.index() == 0) return total;
    const StreamStep taken = step(direction, rest, ended, sink);
    total.consumed += taken.consumed;
    total.need = taken.need;
    total.after = taken.after;
    if (taken.after == After::NotMine) {
      refused |= 1u << current.index();
      current.emplace<std::monostate>();
    } else if (taken.after == After::Switch && switches < kMaxSwitches) {
      ++switches;
      refused = 0;
      tries[0] = tries[1] = 0;
      first_looked_at = false;
      preamble = taken.preamble;
      current.emplace<std::monostate>();
    } else {
      if (taken.after == After::Switch) total.after = After::Done;
      return total;
    }
    total.after = After::NeedMore;
    total.need = 1;
  }
}

StreamInspection::State& StreamInspection::state() noexcept {
  return *std::launder(reinterpret_cast<State*>(storage_.data()));
}
const StreamInspection::State& StreamInspection::state() const noexcept {
  return *std::launder(reinterpret_cast<const State*>(storage_.data()));
}

StreamInspection::StreamInspection(InspectionResources& resources, const StreamFacts& facts) noexcept {
  static_assert(sizeof(State) <= kStateSize, "tens of thousands of these are alive at once");
  std::construct_at(reinterpret_cast<State*>(storage_.data()), State{&resources.pools(), facts, {}});
}
StreamInspection::StreamInspection(StreamInspection&& from) noexcept {
  std::construct_at(reinterpret_cast<State*>(storage_.data()), std::move(from.state()));
}
StreamInspection::~StreamInspection() { std::destroy_at(&state()); }

Progress StreamInspection::feed(Direction direction, Bytes offered, bool ended,
                                ObservationSink& sink) noexcept {
  State& own = state();
  Progress progress;
  if (own.finished) {
    progress.step = Step::Done;
    progress.consumed = offered.size();
    return progress;
  }
  if (own.current.index() == 0 && own.switches == 0 && !offered.empty()) {
    const Direction seen = own.swapped ? other(direction) : direction;
    if ((seen == Direction::ToClient && is_clients(offered)) ||
        (seen == Direction::ToServer && probe_http_response(offered) == Probe::Yes)) {
      own.swapped = !own.swapped;
    }
  }
  Observing observing(sink, own.facts.server_port, own.pools->is_resolver(own.facts.server),
                      own.swapped ? Direction::ToClient : Direction::ToServer);
  const StreamStep taken = own.run(own.swapped ? other(direction) : direction, offered, ended, observing);
  own.named = own.named || observing.named;
  own.outer_only = own.outer_only || observing.outer_only;
  progress.consumed = taken.consumed;
  progress.need = std::max<std::size_t>(taken.need, 1);
  if (taken.after == After::Done) {
    own.finished = true;
    own.current.emplace<std::monostate>();  // gives pooled state back at once
    progress.step = Step::Done;
  }
  return progress;
}

AppProtocol StreamInspection::protocol() const noexcept { return state().protocol; }

Unnamed StreamInspection::unnamed() const noexcept {
  const State& own = state();
  if (own.outer_only) return Unnamed::EncryptedHello;
  return own.named ? Unnamed::None : own.why;
}

}  // namespace gatehouse::inspect
