#include "gate/flow/reassembly.h"

#include <algorithm>

namespace gatehouse::flow {
namespace {

namespace evasion = inspect::evasion;

// Packets that may still come before a stretch which the peer acknowledged counts as never captured: captures of
// several queues are out of order by a few.
constexpr std::uint8_t kGapPatience = 4;
// A consumer that skips further than this wants nothing more of this direction (inspection.h).
constexpr std::uint64_t kFarAway = std::uint64_t{1} << 60;
// No browser sends its first bytes in pieces like these.
constexpr std::size_t kTinyFirst = 8;
constexpr std::size_t kTinySegment = 32;
constexpr std::uint8_t kTinyCount = 3;
// A second version is looked at again when it has grown, so often at most.
constexpr int kMaxLooks = 6;

}  // namespace

ReassemblyMemory::ReassemblyMemory(const FlowLimits& limits, FlowStats& counters)
    : chunks(std::max<std::size_t>(limits.reassembly_bytes / sizeof(StreamChunk), 1)),
      alternates(std::max<std::size_t>(limits.alternates, 1)),
      scratch(kMaxStreamWindow + StreamChunk::kSize),
      urgent_scratch(kMaxStreamWindow + StreamChunk::kSize),
      window(std::clamp<std::size_t>(limits.stream_window, 256, kMaxStreamWindow)),
      in_path(limits.in_path),
      stats(counters) {}

void StreamReassembly::start(std::uint32_t first_seq, bool keep_history) noexcept {
  first_seq_ = first_seq;
  history_ = keep_history;
  started_ = true;
}

std::int64_t StreamReassembly::offset_of(std::uint32_t seq) const noexcept {
  const auto there = first_seq_ + static_cast<std::uint32_t>(highest_);
  return static_cast<std::int64_t>(highest_) + static_cast<std::int32_t>(seq - there);
}

Took StreamReassembly::take(const StreamSegment& segment, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept {
  const std::int64_t end = segment.offset + static_cast<std::int64_t>(segment.bytes.size());
  if (end < 0) return Took::Fine;
  if (segment.fin) fin_at_ = std::min(fin_at_, static_cast<std::uint64_t>(end));
  StreamSegment part = segment;
  if (part.offset < 0) {
    part.bytes = part.bytes.subspan(static_cast<std::size_t>(-part.offset));
    if (part.urgent) part.urgent = part.urgent_pointer > -part.offset;
    part.urgent_pointer = static_cast<std::uint16_t>(part.urgent_pointer + part.offset);
    part.offset = 0;
  }
  const auto offset = static_cast<std::uint64_t>(part.offset);
  note_shape(part, memory);
  highest_ = std::max(highest_, static_cast<std::uint64_t>(end));
  if (!aside_.empty()) drop_aside(offset, offset + part.bytes.size(), memory);
  if (part.urgent && offset < kHistory) note_urgent(part, memory);

  const bool straight = offset == next_ && consumed_ == next_ && urgents_ == 0 &&
                        alternate_ == BoundedPool<int>::kNone && !done_ &&
                        main_.next_present(memory.chunks, next_) == StreamBuffer::kNowhere;
  if (straight && !part.bytes.empty()) return take_in_order(part, memory, consumer);
  if (memory.in_path && main_.differs(memory.chunks, offset, part.bytes)) {
    note_other_version(offset, part.bytes, memory);
    return Took::Refused;
  }
  if (const Took stored = store(part, memory); stored != Took::Fine) {
    if (stored != Took::WindowFull || done_) return stored;
    // The window is full: of a message too long for it, or because of a hole before what waits.
    if (main_.present_until(memory.chunks, next_) - consumed_ >= memory.window) return stored;
    if (memory.in_path) return Took::Refused;
    if (const Took took = skip_gap(offset, memory, consumer); took != Took::Fine) return took;
    if (const Took again = store(part, memory); again != Took::Fine) return again;
  }
  return offer_waiting(memory, consumer, false);
}

Took StreamReassembly::take_in_order(const StreamSegment& segment, ReassemblyMemory& memory,
                                     StreamConsumer& consumer) noexcept {
  const auto offset = static_cast<std::uint64_t>(segment.offset);
  Bytes rest = segment.bytes;
  next_ = offset + rest.size();
  bool done = false;
  while (!rest.empty() && (rest.size() >= need_ || next_ >= fin_at_)) {
    const bool ended = next_ >= fin_at_;
    const inspect::Progress progress = consumer.offer(rest, ended);
    need_ = std::max<std::size_t>(progress.need, 1);
    done = progress.step == inspect::Step::Done;
    ended_told_ = ended_told_ || ended;
    advance_consumed(progress.consumed);
    rest = rest.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(progress.consumed, rest.size())));
    if (done || ended || progress.consumed == 0) {
      if (progress.consumed == 0) need_ = std::max(need_, rest.size() + 1);
      break;
    }
  }
  if (done) done_ = true;
  // What was not taken waits; the stream's beginning is kept for comparison even when it was.
  const bool keep_all = history_ && offset < kHistory;
  const Bytes kept = keep_all ? segment.bytes : rest;
  if (!kept.empty() && !(done && !keep_all)) {
    const std::uint64_t at = offset + (segment.bytes.size() - kept.size());
    if (!keep_all) main_.release_before(memory.chunks, at);
    const Stored stored = main_.insert(memory.chunks, at, kept, Keep::Old);
    if (stored != Stored::Yes && !rest.empty() && !done) {
      return stored == Stored::NoMemory ? Took::NoMemory : Took::WindowFull;
    }
  }
  next_ = std::max(next_, consumed_);
  forget_consumed(memory);
  return done ? Took::Done : Took::Fine;
}

// Puts a segment at its place. Where two versions meet, the stream proper takes what a Linux server takes: bytes
// already in order stay, a segment that continues the order wins over what waits beyond it, and of two that wait
// the first wins. The second version, once there is one, takes the opposite.
Took StreamReassembly::store(const StreamSegment& segment, ReassemblyMemory& memory) noexcept {
  auto offset = static_cast<std::uint64_t>(segment.offset);
  Bytes bytes = segment.bytes;
  const std::uint64_t keep_from = kept_from();
  if (bytes.empty() || offset + bytes.size() <= keep_from) return Took::Fine;
  if (bytes.size() <= 1 && offset + 1 == next_) return Took::Fine;  // keep-alive (RFC 9293 section 3.8.4)
  if (offset < keep_from) {
    bytes = bytes.subspan(static_cast<std::size_t>(keep_from - offset));
    offset = keep_from;
  }
  if (offset + bytes.size() > std::max(keep_from, consumed_) + memory.window) return Took::WindowFull;
  if (main_.differs(memory.chunks, offset, bytes)) note_conflict(offset, memory);

  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t split = std::clamp(next_, offset, end);
  const Bytes before = bytes.first(static_cast<std::size_t>(split - offset));
  const Bytes after = bytes.subspan(before.size());
  const bool in_order = offset <= next_;
  if (alternate_ != BoundedPool<int>::kNone) {
    StreamBuffer& other = memory.alternates[alternate_].bytes;
    (void)other.insert(memory.chunks, offset, before, Keep::New);  // what does not fit is not looked at
    (void)other.insert(memory.chunks, split, after, in_order ? Keep::Old : Keep::New);
  }
  if (done_ && next_ > kHistory) return Took::Fine;
  // Already read and kept no longer: nothing to put there (bytes before next_ are there or were consumed).
  const Stored stored = main_.insert(memory.chunks, split, after, in_order ? Keep::New : Keep::Old);
  if (stored == Stored::NoMemory) return Took::NoMemory;
  if (stored == Stored::OutsideWindow) return Took::WindowFull;
  next_ = std::max(next_, main_.present_until(memory.chunks, next_));
  return Took::Fine;
}

Took StreamReassembly::offer_waiting(ReassemblyMemory& memory, StreamConsumer& consumer, bool ended) noexcept {
  if (done_) return Took::Fine;
  ended = ended || next_ >= fin_at_;
  for (;;) {
    const std::uint64_t waiting = next_ > consumed_ ? next_ - consumed_ : 0;
    if (waiting < need_ && !(ended && !ended_told_)) break;
    Bytes bytes = main_.view(memory.chunks, consumed_, next_, memory.scratch);
    if (urgent_waiting()) bytes = without_urgent(bytes, memory);
    if (bytes.size() < need_ && !ended) break;
    const inspect::Progress progress = consumer.offer(bytes, ended);
    need_ = std::max<std::size_t>(progress.need, 1);
    advance_consumed(with_urgent(progress.consumed));
    if (progress.step == inspect::Step::Done) {
      done_ = true;
      forget_consumed(memory);
      return Took::Done;
    }
    if (progress.consumed == 0) {
      need_ = std::max(need_, bytes.size() + 1);
      ended_told_ = ended_told_ || ended;
      break;
    }
    if (next_ <= consumed_) {
      ended_told_ = ended_told_ || ended;
      // A body is skipped: what waits beyond it may be in order now.
      next_ = consumed_;
      next_ = std::max(next_, main_.present_until(memory.chunks, next_));
      if (next_ == consumed_) break;
    }
  }
  forget_consumed(memory);
  return Took::Fine;
}

// The stream stays as it was let through; what the other version would say is looked at all the same.
void StreamReassembly::note_other_version(std::uint64_t offset, Bytes bytes, ReassemblyMemory& memory) noexcept {
  note_conflict(offset, memory);
  if (alternate_ == BoundedPool<int>::kNone) return;
  (void)memory.alternates[alternate_].bytes.insert(memory.chunks, offset, bytes, Keep::New);
}

void StreamReassembly::forget_consumed(ReassemblyMemory& memory) noexcept {
  if (const std::uint64_t from = kept_from(); from > 0) main_.release_before(memory.chunks, from);
}

// From where on the bytes are kept: the beginning as long as little has come, however far ahead a consumer that wants
// no more has skipped.
std::uint64_t StreamReassembly::kept_from() const noexcept {
  const std::uint64_t read = std::min({consumed_, next_, highest_});
  return history_ && read <= kHistory ? 0 : read;
}

void StreamReassembly::advance_consumed(std::uint64_t count) noexcept {
  consumed_ = std::min(consumed_ + std::min(count, kFarAway), kFarAway);
  if (consumed_ >= kFarAway) done_ = true;
}

void StreamReassembly::hold(const StreamSegment& segment, inspect::EvasionFlags reasons,
                            ReassemblyMemory& memory) noexcept {
  const std::int64_t end = segment.offset + static_cast<std::int64_t>(segment.bytes.size());
  ++memory.stats.decoys;
  // For a place that is already filled, or where the stream never was: nothing can come of it.
  if (segment.offset < 0 || end <= static_cast<std::int64_t>(next_) || done_) {
    flags_ |= reasons;
    return;
  }
  aside_.release_before(memory.chunks, next_);
  const auto offset = static_cast<std::uint64_t>(segment.offset);
  const Stored stored = aside_.insert(memory.chunks, offset, segment.bytes, Keep::New);
  if (stored == Stored::Yes) {
    aside_reasons_ |= reasons;
  } else {
    flags_ |= reasons;
  }
  const std::uint64_t known = main_.next_present(memory.chunks, offset);
  if (known < static_cast<std::uint64_t>(end)) flags_ |= reasons;  // sound bytes for the place are there already
}

void StreamReassembly::drop_aside(std::uint64_t from, std::uint64_t to, ReassemblyMemory& memory) noexcept {
  if (aside_.next_present(memory.chunks, from) >= to) return;
  flags_ |= aside_reasons_;
  aside_.erase(memory.chunks, from, to);
}

// Moves what was held aside into the stream, up to `to`, where nothing sound is. True when anything was.
bool StreamReassembly::promote(std::uint64_t to, ReassemblyMemory& memory) noexcept {
  bool any = false;
  std::uint64_t at = next_;
  while (at < to) {
    at = main_.present_until(memory.chunks, at);
    const std::uint64_t end = std::min({aside_.present_until(memory.chunks, at), to,
                                        main_.next_present(memory.chunks, at)});
    if (end <= at) break;
    const Bytes bytes = aside_.view(memory.chunks, at, end, memory.scratch);
    if (main_.insert(memory.chunks, at, bytes, Keep::Old) != Stored::Yes) break;
    any = true;
    at = end;
  }
  aside_.erase(memory.chunks, next_, to);
  if (any) {
    ++memory.stats.promoted;
    next_ = std::max(next_, main_.present_until(memory.chunks, next_));
    highest_ = std::max(highest_, next_);
  }
  return any;
}

Took StreamReassembly::acknowledge(std::int64_t offset, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept {
  if (offset <= 0) return Took::Fine;
  const auto to = static_cast<std::uint64_t>(offset);
  acked_ = std::max(acked_, std::min(to, fin_at_));  // a FIN counts one beyond the bytes
  if (acked_ <= next_ || done_) {
    gap_patience_ = 0;
    return Took::Fine;
  }
  if (!aside_.empty() && promote(acked_, memory)) {
    if (const Took took = offer_waiting(memory, consumer, false); took != Took::Fine) return took;
  }
  // In the path a hole is one: nobody can have the client's bytes that were not let through.
  if (memory.in_path && history_) return Took::Fine;
  if (acked_ <= next_ || ++gap_patience_ < kGapPatience) return Took::Fine;
  gap_patience_ = 0;
  return skip_gap(acked_, memory, consumer);
}

// What is missing from next_ on will not come: the consumer is told that this stretch ended, and reads on behind.
Took StreamReassembly::skip_gap(std::uint64_t to, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept {
  ++memory.stats.gaps;
  while (next_ < to) {
    ended_told_ = false;
    if (const Took took = offer_waiting(memory, consumer, true); took != Took::Fine) return took;
    if (done_) return Took::Fine;
    next_ = std::min(std::max(to, next_), main_.next_present(memory.chunks, next_));
    consumed_ = std::max(consumed_, next_);
    next_ = std::max(consumed_, main_.present_until(memory.chunks, next_));
    need_ = 1;
    ended_told_ = false;
    main_.release_before(memory.chunks, consumed_);
    history_ = false;  // the beginning is no longer whole
  }
  highest_ = std::max(highest_, next_);
  return offer_waiting(memory, consumer, false);
}

Took StreamReassembly::believe_aside(ReassemblyMemory& memory, StreamConsumer& consumer) noexcept {
  if (done_ || aside_.empty() || !promote(aside_.window_end(), memory)) return Took::Fine;
  return offer_waiting(memory, consumer, false);
}

Took StreamReassembly::finish(bool trust_aside, ReassemblyMemory& memory, StreamConsumer& consumer) noexcept {
  if (!started_ || done_) return Took::Fine;
  if (trust_aside && !aside_.empty()) (void)promote(aside_.window_end(), memory);
  if (const Took took = offer_waiting(memory, consumer, false); took != Took::Fine) return took;
  if (!done_ && highest_ > next_) {
    if (const Took took = skip_gap(highest_, memory, consumer); took != Took::Fine) return took;
  }
  return offer_waiting(memory, consumer, true);
}

void StreamReassembly::release(ReassemblyMemory& memory) noexcept {
  main_.clear(memory.chunks);
  aside_.clear(memory.chunks);
  if (alternate_ == BoundedPool<int>::kNone) return;
  memory.alternates[alternate_].bytes.clear(memory.chunks);
  memory.alternates.release(alternate_);
  alternate_ = BoundedPool<int>::kNone;
}

void StreamReassembly::note_conflict(std::uint64_t offset, ReassemblyMemory& memory) noexcept {
  flags_ |= evasion::kTcpOverlap;
  ++memory.stats.overlaps;
  if (alternate_ != BoundedPool<int>::kNone) return;
  const std::uint64_t from = kept_from();
  alternate_ = memory.alternates.acquire();
  if (alternate_ == BoundedPool<int>::kNone) {
    ++memory.stats.alternate_bound;
    return;
  }
  auto& other = memory.alternates[alternate_];
  other.from = from;
  other.conflict = offset;
  if (other.bytes.copy_from(memory.chunks, main_, from) != Stored::Yes) ++memory.stats.alternate_bound;
}

Bytes StreamReassembly::alternate_due(ReassemblyMemory& memory, bool now) noexcept {
  if (alternate_ == BoundedPool<int>::kNone) return {};
  auto& other = memory.alternates[alternate_];
  if (!now && !done_ && consumed_ <= other.conflict) return {};  // the first version has not said its name yet
  const std::uint64_t end = other.bytes.present_until(memory.chunks, other.from);
  if (end <= other.conflict || end <= other.looked_to || other.looks >= kMaxLooks) return {};
  other.looked_to = end;
  ++other.looks;
  return other.bytes.view(memory.chunks, other.from, end, memory.scratch);
}

// RFC 6093 section 3.1 and what Linux does: the pointer counts to the byte after the urgent one, which a server
// without SO_OOBINLINE never reads in the stream. Servers with it do, so that reading becomes the second version.
void StreamReassembly::note_urgent(const StreamSegment& segment, ReassemblyMemory& memory) noexcept {
  if (segment.urgent_pointer == 0) return;
  const auto at = static_cast<std::uint64_t>(segment.offset) + segment.urgent_pointer - 1;
  if (at < next_) return;
  const auto known = urgent_.begin() + urgents_;
  if (urgents_ == urgent_.size() || std::find(urgent_.begin(), known, at) != known) return;
  urgent_[urgents_++] = at;
  std::sort(urgent_.begin(), urgent_.begin() + urgents_);
  const inspect::EvasionFlags before = flags_;
  const std::uint64_t overlaps = memory.stats.overlaps;
  note_conflict(at, memory);
  memory.stats.overlaps = overlaps;
  flags_ = before | evasion::kTcpUrgent;
}

bool StreamReassembly::urgent_waiting() const noexcept {
  for (std::uint8_t i = 0; i < urgents_; ++i) {
    if (urgent_[i] >= consumed_ && urgent_[i] < next_) return true;
  }
  return false;
}

Bytes StreamReassembly::without_urgent(Bytes bytes, ReassemblyMemory& memory) const noexcept {
  std::size_t filled = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto end = urgent_.begin() + urgents_;
    if (std::find(urgent_.begin(), end, consumed_ + i) != end) continue;
    memory.urgent_scratch[filled++] = bytes[i];
  }
  return Bytes(memory.urgent_scratch).first(filled);
}

// The stream bytes that `consumed` bytes without the urgent ones stand for, from consumed_ on.
std::uint64_t StreamReassembly::with_urgent(std::uint64_t consumed) const noexcept {
  if (consumed == 0 || consumed >= kFarAway) return consumed;
  for (std::uint8_t i = 0; i < urgents_; ++i) {
    if (urgent_[i] >= consumed_ && urgent_[i] <= consumed_ + consumed) ++consumed;
  }
  return consumed;
}

// Facts of the first bytes that say somebody cut or shuffled them on purpose.
void StreamReassembly::note_shape(const StreamSegment& segment, const ReassemblyMemory& memory) noexcept {
  const auto offset = static_cast<std::uint64_t>(segment.offset);
  if (segment.bytes.empty() || offset >= kHistory / 2 || done_ || !history_) return;
  const bool waits = consumed_ < offset;  // the consumer could not do with what came before
  if (offset == next_ && waits && offset <= kTinyFirst) flags_ |= evasion::kTinySegments;
  if (segment.bytes.size() <= kTinySegment && offset >= next_ && (waits || offset == 0)) {
    if (++small_segments_ >= kTinyCount) flags_ |= evasion::kTinySegments;
  }
  if (offset <= next_ && offset + segment.bytes.size() > next_ &&
      main_.next_present(memory.chunks, next_) != StreamBuffer::kNowhere) {
    flags_ |= evasion::kTcpDisorder;
  }
}

}  // namespace gatehouse::flow
