#include "gate/flow/stream_buffer.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gatehouse::flow {
namespace {

constexpr std::uint64_t kSize = StreamChunk::kSize;

bool is_present(const StreamChunk& chunk, std::size_t at) noexcept {
  return ((chunk.present[at / 64] >> (at % 64)) & 1) != 0;
}

// The bits of word `word` that belong to [from, to).
std::uint64_t mask_for(std::size_t word, std::size_t from, std::size_t to) noexcept {
  const std::size_t begin = word * 64;
  std::uint64_t mask = ~std::uint64_t{0};
  if (from > begin) mask &= ~std::uint64_t{0} << (from - begin);
  if (to < begin + 64) mask &= ~std::uint64_t{0} >> (begin + 64 - to);
  return mask;
}

bool any_present(const StreamChunk& chunk, std::size_t from, std::size_t to) noexcept {
  for (std::size_t word = from / 64; word * 64 < to; ++word) {
    if ((chunk.present[word] & mask_for(word, from, to)) != 0) return true;
  }
  return false;
}

void mark(StreamChunk& chunk, std::size_t from, std::size_t to, bool present) noexcept {
  for (std::size_t word = from / 64; word * 64 < to; ++word) {
    const std::uint64_t mask = mask_for(word, from, to);
    chunk.present[word] = present ? chunk.present[word] | mask : chunk.present[word] & ~mask;
  }
}

// First place in [from, kSize) whose bit is `present`; kSize when there is none.
std::size_t find_bit(const StreamChunk& chunk, std::size_t from, bool present) noexcept {
  for (std::size_t word = from / 64; word < kSize / 64; ++word) {
    std::uint64_t bits = present ? chunk.present[word] : ~chunk.present[word];
    bits &= mask_for(word, from, kSize);
    if (bits != 0) return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
  }
  return kSize;
}

}  // namespace

const StreamChunk* StreamBuffer::chunk_at(const ChunkPool& pool, std::uint64_t offset) const noexcept {
  if (offset < base_ || offset >= window_end()) return nullptr;
  const ChunkPool::Index index = slots_[(offset - base_) / kSize];
  return index == ChunkPool::kNone ? nullptr : &pool[index];
}

Stored StreamBuffer::insert(ChunkPool& pool, std::uint64_t offset, Bytes bytes, Keep keep) noexcept {
  if (offset < base_ || offset + bytes.size() > window_end()) return Stored::OutsideWindow;
  while (!bytes.empty()) {
    ChunkPool::Index& slot = slots_[(offset - base_) / kSize];
    if (slot == ChunkPool::kNone) {
      slot = pool.acquire();
      if (slot == ChunkPool::kNone) return Stored::NoMemory;
      ++held_;
    }
    StreamChunk& chunk = pool[slot];
    const std::size_t at = offset % kSize;
    const std::size_t count = std::min<std::size_t>(kSize - at, bytes.size());
    if (keep == Keep::New || !any_present(chunk, at, at + count)) {
      std::memcpy(chunk.bytes.data() + at, bytes.data(), count);
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        if (!is_present(chunk, at + i)) chunk.bytes[at + i] = bytes[i];
      }
    }
    mark(chunk, at, at + count, true);
    bytes = bytes.subspan(count);
    offset += count;
  }
  return Stored::Yes;
}

bool StreamBuffer::differs(const ChunkPool& pool, std::uint64_t offset, Bytes bytes) const noexcept {
  while (!bytes.empty()) {
    const std::size_t at = offset % kSize;
    const std::size_t count = std::min<std::size_t>(kSize - at, bytes.size());
    if (const StreamChunk* chunk = chunk_at(pool, offset); chunk != nullptr && any_present(*chunk, at, at + count)) {
      for (std::size_t i = 0; i < count; ++i) {
        if (is_present(*chunk, at + i) && chunk->bytes[at + i] != bytes[i]) return true;
      }
    }
    bytes = bytes.subspan(count);
    offset += count;
  }
  return false;
}

std::uint64_t StreamBuffer::present_until(const ChunkPool& pool, std::uint64_t from) const noexcept {
  while (const StreamChunk* chunk = chunk_at(pool, from)) {
    const std::size_t end = find_bit(*chunk, from % kSize, false);
    from = from / kSize * kSize + end;
    if (end < kSize) break;
  }
  return from;
}

std::uint64_t StreamBuffer::next_present(const ChunkPool& pool, std::uint64_t from) const noexcept {
  if (held_ == 0) return kNowhere;
  for (from = std::max(from, base_); from < window_end(); from = (from / kSize + 1) * kSize) {
    const StreamChunk* chunk = chunk_at(pool, from);
    if (chunk == nullptr) continue;
    const std::size_t at = find_bit(*chunk, from % kSize, true);
    if (at < kSize) return from / kSize * kSize + at;
  }
  return kNowhere;
}

Bytes StreamBuffer::view(const ChunkPool& pool, std::uint64_t from, std::uint64_t to,
                         std::span<std::uint8_t> scratch) const noexcept {
  if (from >= to) return {};
  std::size_t filled = 0;
  const std::size_t wanted = std::min<std::size_t>(to - from, scratch.size());
  while (filled < wanted) {
    const StreamChunk* chunk = chunk_at(pool, from);
    if (chunk == nullptr) break;
    const std::size_t at = from % kSize;
    const std::size_t count = std::min<std::size_t>(kSize - at, wanted - filled);
    if (filled == 0 && count == wanted) return Bytes(chunk->bytes).subspan(at, count);
    std::memcpy(scratch.data() + filled, chunk->bytes.data() + at, count);
    filled += count;
    from += count;
  }
  return scratch.first(filled);
}

void StreamBuffer::erase(ChunkPool& pool, std::uint64_t from, std::uint64_t to) noexcept {
  from = std::max(from, base_);
  to = std::min(to, window_end());
  while (from < to) {
    const std::size_t at = from % kSize;
    const std::size_t count = std::min<std::size_t>(kSize - at, to - from);
    ChunkPool::Index& slot = slots_[(from - base_) / kSize];
    if (slot != ChunkPool::kNone) {
      mark(pool[slot], at, at + count, false);
      if (!any_present(pool[slot], 0, kSize)) {
        pool.release(slot);
        slot = ChunkPool::kNone;
        --held_;
      }
    }
    from += count;
  }
}

void StreamBuffer::release_before(ChunkPool& pool, std::uint64_t offset) noexcept {
  const std::uint64_t base = offset / kSize * kSize;
  if (base <= base_) return;
  const auto gone = static_cast<std::size_t>(std::min<std::uint64_t>((base - base_) / kSize, kMaxChunks));
  for (std::size_t i = 0; i < gone; ++i) {
    if (slots_[i] == ChunkPool::kNone) continue;
    pool.release(slots_[i]);
    --held_;
  }
  std::fill(std::move(slots_.begin() + static_cast<std::ptrdiff_t>(gone), slots_.end(), slots_.begin()), slots_.end(),
            ChunkPool::kNone);
  base_ = base;
}

void StreamBuffer::clear(ChunkPool& pool) noexcept {
  for (ChunkPool::Index& slot : slots_) {
    if (slot != ChunkPool::kNone) pool.release(slot);
    slot = ChunkPool::kNone;
  }
  held_ = 0;
}

Stored StreamBuffer::copy_from(ChunkPool& pool, const StreamBuffer& other, std::uint64_t from) noexcept {
  clear(pool);
  base_ = from / kSize * kSize;
  for (std::uint64_t at = base_; at < window_end(); at += kSize) {
    const StreamChunk* source = other.chunk_at(pool, at);
    if (source == nullptr) continue;
    const ChunkPool::Index index = pool.acquire();
    if (index == ChunkPool::kNone) return Stored::NoMemory;
    pool[index] = *source;
    slots_[(at - base_) / kSize] = index;
    ++held_;
  }
  return Stored::Yes;
}

}  // namespace gatehouse::flow
