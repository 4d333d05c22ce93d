// Inspection of one flow, from its first bytes to its last name. A flow holds one StreamInspection (TCP) or
// DatagramInspection (UDP); it finds the protocol by content, never by port alone, and tells the sink what it
// saw. No heap, no exceptions; state that not every flow needs (QUIC keys and CRYPTO bytes, HPACK tables) comes
// from the worker's InspectionResources, whose pools are bounded.
//
// Streams: the caller offers, for one direction, ALL in-order bytes that were not yet consumed, and calls again
// when there are at least `need` of them (or when the stream ended). `consumed` may exceed what was offered: the
// bytes to come are not wanted and need not be kept (HTTP bodies).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "gate/inspect/observation.h"

namespace gatehouse::inspect {

enum class Step : std::uint8_t {
  NeedMore,  // offer again when `need` bytes are there
  Done,      // nothing more to see in either direction: the flow can go
};

struct Progress {
  Step step = Step::NeedMore;
  std::uint64_t consumed = 0;
  std::size_t need = 1;           // unconsumed bytes wanted before the next offer in this direction
};

// How much state inspection may hold at once, over all flows of one worker.
struct InspectionLimits {
  std::size_t quic_handshakes = 4096;   // QUIC connections whose ClientHello is still being put together
  std::size_t http2_connections = 4096; // HPACK tables
  std::size_t dtls_handshakes = 1024;   // DTLS hellos whose fragments are still being put together
  std::vector<IpAddress> resolver_addresses;  // known DNS-over-HTTPS resolvers, from the lists; may be empty
};

class ResourcePools;  // the bounded pools behind InspectionResources (resources.cpp)

// One worker's: its pools, its Hyperscan database and scratch, its scratch buffers. Outlives every inspection.
class InspectionResources {
 public:
  explicit InspectionResources(const InspectionLimits& limits = {});  // may throw SetupError
  ~InspectionResources();
  [[nodiscard]] ResourcePools& pools() noexcept { return *pools_; }

 private:
  std::unique_ptr<ResourcePools> pools_;
};

// What is known of a stream beside its bytes; a tie-break for weak content, never a protocol by itself.
struct StreamFacts {
  std::uint16_t server_port = 0;
  IpAddress server;
  bool start_seen = true;  // false: joined in the middle, so first bytes prove nothing by being random
};

class StreamInspection {
 public:
  explicit StreamInspection(InspectionResources& resources, const StreamFacts& facts = {}) noexcept;
  StreamInspection(StreamInspection&&) noexcept;
  ~StreamInspection();  // gives pooled state back

  // `offered`: all unconsumed in-order bytes of that direction. `ended`: no more will come (FIN, bound, gap).
  Progress feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink) noexcept;

  [[nodiscard]] AppProtocol protocol() const noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept;  // why no name yet, as far as inspection knows

 private:
  // The inspectors' headers stay out of this one: their variant stands in place in stream_inspection.cpp.
  struct State;
  static constexpr std::size_t kStateSize = 256;
  State& state() noexcept;
  const State& state() const noexcept;
  alignas(16) std::array<std::byte, kStateSize> storage_;
};

struct DatagramFacts {
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  IpAddress server;
};

class DatagramInspection {
 public:
  explicit DatagramInspection(InspectionResources& resources) noexcept;
  DatagramInspection(DatagramInspection&&) noexcept;
  ~DatagramInspection();

  Step feed(Direction direction, Bytes datagram, const DatagramFacts& facts, ObservationSink& sink) noexcept;
  [[nodiscard]] AppProtocol protocol() const noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept;

 private:
  struct State;
  static constexpr std::size_t kStateSize = 128;
  State& state() noexcept;
  const State& state() const noexcept;
  alignas(16) std::array<std::byte, kStateSize> storage_;
};

}  // namespace gatehouse::inspect
