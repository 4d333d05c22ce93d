// Bytes of a stream at their places, in any order, with holes: chunks from a bounded pool and a bit for each byte
// that is there. Used by StreamReassembly for the stream itself, for decoys kept aside and for a second version.
// One worker's thread; nothing is allocated after the pool's set-up.
#pragma once

#include <array>
#include <cstdint>

#include "base/bounded_pool.h"
#include "base/bytes.h"

namespace gatehouse::flow {

struct StreamChunk {
  static constexpr std::size_t kSize = 2048;  // most hellos in one chunk, a post-quantum one in one or two
  StreamChunk() noexcept {}                   // the bytes stay as they are: only marked ones are read
  std::array<std::uint64_t, kSize / 64> present{};
  std::array<std::uint8_t, kSize> bytes;
};
using ChunkPool = BoundedPool<StreamChunk>;

enum class Keep : std::uint8_t { Old, New };  // which bytes stay where both are there
enum class Stored : std::uint8_t { Yes, OutsideWindow, NoMemory };

class StreamBuffer {
 public:
  static constexpr int kMaxChunks = 38;  // 64 KiB, the history before it, and unaligned ends

  explicit StreamBuffer(int chunks = kMaxChunks) noexcept : limit_(chunks) { slots_.fill(ChunkPool::kNone); }

  [[nodiscard]] Stored insert(ChunkPool& pool, std::uint64_t offset, Bytes bytes, Keep keep) noexcept;
  // True when a byte that is there differs from the one in `bytes` for its place.
  [[nodiscard]] bool differs(const ChunkPool& pool, std::uint64_t offset, Bytes bytes) const noexcept;
  // First place at or after `from` where a byte is missing; and where one is there, or kNowhere.
  [[nodiscard]] std::uint64_t present_until(const ChunkPool& pool, std::uint64_t from) const noexcept;
  [[nodiscard]] std::uint64_t next_present(const ChunkPool& pool, std::uint64_t from) const noexcept;
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  // All of [from, to), which must be there: straight from the chunk, or put together in `scratch` (large enough).
  [[nodiscard]] Bytes view(const ChunkPool& pool, std::uint64_t from, std::uint64_t to,
                           std::span<std::uint8_t> scratch) const noexcept;
  void erase(ChunkPool& pool, std::uint64_t from, std::uint64_t to) noexcept;
  void release_before(ChunkPool& pool, std::uint64_t offset) noexcept;  // whole chunks only
  void clear(ChunkPool& pool) noexcept;
  // Makes this buffer hold what `other` holds from `from` on, as far as the window goes.
  [[nodiscard]] Stored copy_from(ChunkPool& pool, const StreamBuffer& other, std::uint64_t from) noexcept;
  [[nodiscard]] bool empty() const noexcept { return held_ == 0; }
  [[nodiscard]] int chunks() const noexcept { return held_; }
  [[nodiscard]] std::uint64_t window_end() const noexcept {
    return base_ + static_cast<std::uint64_t>(limit_) * StreamChunk::kSize;
  }

 private:
  [[nodiscard]] const StreamChunk* chunk_at(const ChunkPool& pool, std::uint64_t offset) const noexcept;

  std::array<ChunkPool::Index, kMaxChunks> slots_;
  std::uint64_t base_ = 0;  // of slot 0; a multiple of the chunk size
  int limit_;
  int held_ = 0;
};

}  // namespace gatehouse::flow
