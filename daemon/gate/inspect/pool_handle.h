// Owns one object of a BoundedPool and gives it back at its end; empty when the pool was full. Move-only, so
// an inspector that keeps its big state in a pool stays a small value in the flow table.
#pragma once

#include <utility>

#include "base/bounded_pool.h"

namespace gatehouse::inspect {

template <typename T>
class PoolHandle {
 public:
  PoolHandle() noexcept = default;
  template <typename... Args>
  explicit PoolHandle(BoundedPool<T>& pool, Args&&... args) noexcept
      : pool_(&pool), index_(pool.acquire(std::forward<Args>(args)...)) {}
  PoolHandle(PoolHandle&& other) noexcept
      : pool_(other.pool_), index_(std::exchange(other.index_, BoundedPool<T>::kNone)) {}
  PoolHandle& operator=(PoolHandle&& other) noexcept {
    if (this != &other) {
      reset();
      pool_ = other.pool_;
      index_ = std::exchange(other.index_, BoundedPool<T>::kNone);
    }
    return *this;
  }
  ~PoolHandle() { reset(); }

  [[nodiscard]] explicit operator bool() const noexcept { return index_ != BoundedPool<T>::kNone; }
  [[nodiscard]] T& operator*() const noexcept { return (*pool_)[index_]; }
  [[nodiscard]] T* operator->() const noexcept { return &(*pool_)[index_]; }
  void reset() noexcept {
    if (*this) pool_->release(std::exchange(index_, BoundedPool<T>::kNone));
  }

 private:
  BoundedPool<T>* pool_ = nullptr;
  typename BoundedPool<T>::Index index_ = BoundedPool<T>::kNone;
};

}  // namespace gatehouse::inspect
