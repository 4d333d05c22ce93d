// A fixed number of objects, reserved once at set-up and handed out by index: no allocation afterwards, and a
// bound that holds whatever the traffic does. Memory that was never used is never touched, so a large bound
// costs address space, not memory. One thread.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace gatehouse {

template <typename T>
class BoundedPool {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};

  explicit BoundedPool(std::size_t capacity)
      : capacity_(static_cast<Index>(capacity)),
        slots_(static_cast<Slot*>(::operator new[](capacity * sizeof(Slot), std::align_val_t{alignof(Slot)}))) {}
  BoundedPool(const BoundedPool&) = delete;
  BoundedPool& operator=(const BoundedPool&) = delete;
  ~BoundedPool() {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      std::vector<bool> free(touched_, false);
      for (Index i = free_head_; i != kNone; i = slots_[i].next_free) free[i] = true;
      for (Index i = 0; i < touched_; ++i) {
        if (!free[i]) std::destroy_at(&slots_[i].value);
      }
    }
    ::operator delete[](slots_, std::align_val_t{alignof(Slot)});
  }

  // Makes a T; kNone when the bound is reached.
  template <typename... Args>
  Index acquire(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>) {
    Index index = free_head_;
    if (index != kNone) {
      free_head_ = slots_[index].next_free;
    } else if (touched_ < capacity_) {
      index = touched_++;
    } else {
      return kNone;
    }
    std::construct_at(&slots_[index].value, std::forward<Args>(args)...);
    ++in_use_;
    return index;
  }

  void release(Index index) noexcept {
    assert(index < touched_);
    std::destroy_at(&slots_[index].value);
    slots_[index].next_free = free_head_;
    free_head_ = index;
    --in_use_;
  }

  [[nodiscard]] T& operator[](Index index) noexcept { return slots_[index].value; }
  [[nodiscard]] const T& operator[](Index index) const noexcept { return slots_[index].value; }
  [[nodiscard]] std::size_t in_use() const noexcept { return in_use_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  union Slot {
    Slot() {}
    ~Slot() {}
    T value;
    Index next_free;
  };

  Index capacity_;
  Index touched_ = 0;
  Index free_head_ = kNone;
  std::size_t in_use_ = 0;
  Slot* slots_;
};

}  // namespace gatehouse
