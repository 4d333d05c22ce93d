#include "lists/pack_format.h"

#include <sys/mman.h>

namespace gatehouse::lists {

namespace {
constexpr std::uint64_t kLaneFactor = 0x9e3779b185ebca87;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
}  // namespace

void Checksum::block(const std::uint8_t* at) noexcept {
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    std::uint64_t word;
    std::memcpy(&word, at + 8 * lane, 8);
    lanes_[lane] = std::rotl((lanes_[lane] ^ word) * kLaneFactor, 29);
  }
}

void Checksum::add(Bytes bytes) noexcept {
  total_ += bytes.size();
  std::size_t at = 0;
  if (pending_size_ > 0) {
    const std::size_t take = std::min(pending_.size() - pending_size_, bytes.size());
    if (take > 0) std::memcpy(pending_.data() + pending_size_, bytes.data(), take);
    pending_size_ += take;
    at = take;
    if (pending_size_ < pending_.size()) return;
    block(pending_.data());
    pending_size_ = 0;
  }
  for (; at + pending_.size() <= bytes.size(); at += pending_.size()) block(bytes.data() + at);
  pending_size_ = bytes.size() - at;
  if (pending_size_ > 0) std::memcpy(pending_.data(), bytes.data() + at, pending_size_);
}

std::uint64_t Checksum::value() const noexcept {
  std::uint64_t out = total_ * kLaneFactor;
  for (const std::uint64_t lane : lanes_) out = std::rotl((out ^ lane) * kLaneFactor, 31);
  for (std::size_t i = 0; i < pending_size_; ++i) out = std::rotl((out ^ pending_[i]) * kLaneFactor, 11);
  return out ^ (out >> 32);
}

PackBuffer::PackBuffer(std::size_t size) {
  if (size == 0) return;
  const std::size_t mapped = (size + kHugePage - 1) / kHugePage * kHugePage;
  void* const at = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return;
  (void)::madvise(at, mapped, MADV_HUGEPAGE);  // a wish: where it is refused, look-ups are a little slower
  data_ = static_cast<std::uint8_t*>(at);
  size_ = size;
}

PackBuffer::~PackBuffer() {
  if (data_ != nullptr) ::munmap(data_, (size_ + kHugePage - 1) / kHugePage * kHugePage);
}

}  // namespace gatehouse::lists
