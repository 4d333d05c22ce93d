// One direction of a TCP stream as the far end will read it: in order, each byte once, without urgent bytes, and
// without what the far end throws away. What looks like a decoy is kept aside: it is dropped when something sound
// comes for its place, and used when the peer acknowledges the place and nothing sound ever came.
// In order and with nothing waiting, bytes go to the consumer straight from the packet.
// Used by FlowEngine; README.md says what the rules follow. One worker's thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "gate/flow/flow_limits.h"
#include "gate/flow/stream_buffer.h"
#include "gate/inspect/inspection.h"

namespace gatehouse::flow {

inline constexpr std::size_t kMaxStreamWindow = 65'536;
// How much of a stream's beginning is kept after it was consumed, to tell a retransmission from another version.
inline constexpr std::uint64_t kHistory = 8'192;

// What all reassemblies of one worker share.
struct ReassemblyMemory {
  ReassemblyMemory(const FlowLimits& limits, FlowStats& counters);
  ChunkPool chunks;
  struct Alternate {
    StreamBuffer bytes{8};       // 16 KiB: a hello and a half
    std::uint64_t from = 0;      // where a message began
    std::uint64_t conflict = 0;  // where it first differs
    std::uint64_t looked_to = 0; // end of what was inspected
    int looks = 0;
  };
  BoundedPool<Alternate> alternates;
  std::vector<std::uint8_t> scratch;
  std::vector<std::uint8_t> urgent_scratch;
  std::uint64_t window;
  bool in_path;  // FlowLimits'
  FlowStats& stats;
};

// Who reads the stream: inspection.h's contract.
class StreamConsumer {
 public:
  virtual ~StreamConsumer() = default;
  virtual inspect::Progress offer(Bytes bytes, bool ended) noexcept = 0;
};

struct StreamSegment {
  std::int64_t offset = 0;  // of its first byte in the stream
  Bytes bytes;
  bool fin = false;
  bool urgent = false;
  std::uint16_t urgent_pointer = 0;
};

// Refused, in the path: what contradicts bytes that were let through, or lies too far ahead of a hole to be kept. The
// far end must not get it, for nobody has read it in its place.
enum class Took : std::uint8_t { Fine, Done, WindowFull, NoMemory, Refused };

class StreamReassembly {
 public:
  void start(std::uint32_t first_seq, bool keep_history) noexcept;
  [[nodiscard]] bool started() const noexcept { return started_; }
  // Where `seq` lies in the stream (RFC 9293 section 3.4: modulo 2^32, near what was seen last).
  [[nodiscard]] std::int64_t offset_of(std::uint32_t seq) const noexcept;

  // A segment that the far end takes.
  Took take(const StreamSegment& segment, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept;
  // One that it probably does not, for `reasons`.
  void hold(const StreamSegment& segment, inspect::EvasionFlags reasons, ReassemblyMemory& memory) noexcept;
  // The peer has everything before `offset`: decoys there were none, and gaps there will not be filled.
  Took acknowledge(std::int64_t offset, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept;
  // The far end answered, so it was no decoy after all: uses what is aside where nothing sound is.
  Took believe_aside(ReassemblyMemory& memory, StreamConsumer& consumer) noexcept;
  // Nothing more will come. `trust_aside`: as believe_aside.
  Took finish(bool trust_aside, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept;
  void release(ReassemblyMemory& memory) noexcept;

  // The second version of the stream, when it is time to look at it and there is more of it than last time.
  [[nodiscard]] Bytes alternate_due(ReassemblyMemory& memory, bool now) noexcept;

  [[nodiscard]] inspect::EvasionFlags flags() const noexcept { return flags_; }
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  [[nodiscard]] std::int64_t acknowledged() const noexcept { return static_cast<std::int64_t>(acked_); }
  [[nodiscard]] std::int64_t highest() const noexcept { return static_cast<std::int64_t>(highest_); }
  void stop_offering() noexcept { done_ = true; }

 private:
  Took take_in_order(const StreamSegment& segment, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept;
  Took store(const StreamSegment& segment, ReassemblyMemory& memory) noexcept;
  Took offer_waiting(ReassemblyMemory& memory, StreamConsumer& consumer, bool ended) noexcept;
  Took skip_gap(std::uint64_t to, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept;
  void drop_aside(std::uint64_t from, std::uint64_t to, ReassemblyMemory& memory) noexcept;
  bool promote(std::uint64_t to, ReassemblyMemory& memory) noexcept;
  void note_conflict(std::uint64_t offset, ReassemblyMemory& memory) noexcept;
  void note_other_version(std::uint64_t offset, Bytes bytes, ReassemblyMemory& memory) noexcept;
  void note_urgent(const StreamSegment& segment, ReassemblyMemory& memory) noexcept;
  void note_shape(const StreamSegment& segment, const ReassemblyMemory& memory) noexcept;
  void forget_consumed(ReassemblyMemory& memory) noexcept;
  [[nodiscard]] std::uint64_t kept_from() const noexcept;
  [[nodiscard]] Bytes without_urgent(Bytes bytes, ReassemblyMemory& memory) const noexcept;
  [[nodiscard]] std::uint64_t with_urgent(std::uint64_t consumed) const noexcept;
  void advance_consumed(std::uint64_t count) noexcept;
  [[nodiscard]] bool urgent_waiting() const noexcept;

  StreamBuffer main_;
  StreamBuffer aside_{8};
  std::uint64_t next_ = 0;       // first byte not yet had in order
  std::uint64_t consumed_ = 0;   // first byte the consumer has not taken; may be beyond next_
  std::uint64_t acked_ = 0;      // the peer has what is before
  std::uint64_t highest_ = 0;    // end of the furthest sound segment
  std::uint64_t fin_at_ = ~std::uint64_t{0};
  std::size_t need_ = 1;
  std::array<std::uint64_t, 4> urgent_{};  // more urgent bytes in one hello than this are not told apart
  std::uint32_t alternate_ = BoundedPool<int>::kNone;
  std::uint32_t first_seq_ = 0;
  inspect::EvasionFlags aside_reasons_ = 0;
  inspect::EvasionFlags flags_ = 0;
  std::uint8_t urgents_ = 0;
  std::uint8_t small_segments_ = 0;
  std::uint8_t gap_patience_ = 0;
  bool started_ = false;
  bool history_ = false;
  bool done_ = false;            // the consumer wants no more; only overlaps are watched
  bool ended_told_ = false;
};

}  // namespace gatehouse::flow
