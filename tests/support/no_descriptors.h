// For tests of listeners when this process has no descriptor left.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace gatehouse::test {

// No descriptor can be had while this lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(0);
    ::close(next);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next);  // the lowest that is free
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { give_back(); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  void give_back() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace gatehouse::test
