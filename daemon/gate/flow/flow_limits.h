// How much one worker may remember, and for how long; and what it counts. All memory is reserved at set-up (as
// address space: what is never used is never touched).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/hash.h"
#include "base/time.h"
#include "gate/inspect/observation.h"

namespace gatehouse::flow {

struct FlowLimits {
  std::size_t flows = 262'144;            // 192 bytes each, and 11 to 21 in the table's buckets
  std::size_t tcp_contexts = 32'768;      // TCP flows looked at at once
  std::size_t datagram_contexts = 16'384; // UDP flows looked at at once
  std::size_t reassembly_bytes = 64u << 20;  // over all flows
  std::size_t alternates = 512;           // flows whose stream exists in two versions at once
  // Twice the largest first flight seen (a post-quantum hello with padding is under 4 KiB, an HTTP head may be
  // 32 KiB); at most kMaxStreamWindow (reassembly.h).
  std::size_t stream_window = 65'536;     // one direction of one flow
  Seconds tcp_new{30};                    // SYN without an answer
  Seconds tcp_established{600};           // longer than browsers keep an idle connection
  Seconds tcp_closing{10};                // late segments after FIN or reset
  Seconds udp_unanswered{30};
  Seconds udp_answered{120};              // QUIC's usual idle time-out is 30 to 60 s
  Seconds other{60};
  // Packets wait for our verdict, so what is refused never reaches the far end: README.md, "In the path".
  bool in_path = false;
  HashKey table_key;                      // random for a live gate, fixed for a replay
};

struct FlowStats {
  std::uint64_t packets = 0;
  std::uint64_t no_flow = 0;              // packets of transports that make no flow (ICMP and others)
  std::uint64_t flows = 0;
  std::uint64_t ended = 0;
  std::uint64_t named = 0;
  std::array<std::uint64_t, inspect::kUnnamedKinds> unnamed{};  // by inspect::Unnamed, counted when a flow ends
  std::uint64_t names = 0;
  std::uint64_t evicted = 0;              // ended because the table was full
  std::uint64_t evicted_undecided = 0;    // of those, still being looked at
  std::uint64_t context_bound = 0;        // inspections ended because the contexts were used up
  std::uint64_t chunk_bound = 0;          // because reassembly memory was used up
  std::uint64_t stream_bound = 0;         // because one stream wanted more than its window
  std::uint64_t alternate_bound = 0;      // second versions not looked at
  std::uint64_t gaps = 0;                 // stretches that were never captured
  std::uint64_t decoys = 0;               // segments the far end does not take
  std::uint64_t promoted = 0;             // taken for decoys, and acknowledged after all
  std::uint64_t overlaps = 0;             // segments that say something else than was said before
  std::uint64_t refused = 0;              // packets not let through, with the path in our hands
  std::uint64_t flows_now = 0;
  std::uint64_t reassembly_now = 0;       // bytes of memory
  std::uint64_t reassembly_peak = 0;
};

// A counter by name, for the stats event and metrics.
struct NamedCount {
  std::string_view name;
  std::uint64_t value;
};

}  // namespace gatehouse::flow
