// A folder of attempts whose answers are kept as the store keeps them: the latest of each attempt.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lodge/visits/attempt_folder.h"

namespace gatehouse::lodge {

class WithFolder : public ::testing::Test {
 protected:
  std::vector<Attempt> attempts() {  // by their beginning
    for (Attempt& one : folder_->take().attempts) kept_[one.id] = one;
    std::vector<Attempt> all;
    for (const auto& [id, one] : kept_) all.push_back(one);
    std::sort(all.begin(), all.end(), [](const Attempt& a, const Attempt& b) { return a.first < b.first; });
    return all;
  }

  std::unique_ptr<AttemptFolder> folder_ = make_fold_by_gap();
  std::map<std::string, Attempt> kept_;
};

}  // namespace gatehouse::lodge
