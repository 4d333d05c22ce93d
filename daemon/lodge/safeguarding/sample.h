// The daily sample for review (S3): a few of the day's sessions drawn by lot, and a few chosen because a rule
// says so, each written down with its reason and who drew it before anybody looks. The lot is a keyed hash of
// the day: whoever has the key can draw it again and finds the same; nobody else can foresee it. One thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/london.h"
#include "lodge/store/records.h"
#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

// What one holder did on one day, as far as the lodge keeps it: from the first attempt to the last, whatever
// they were judged to be.
struct SampledSession {
  bool targeted = false;
  std::string holder;  // "login:..." or "device:...": internal, never shown
  Timestamp first{};
  Timestamp last{};
  std::string place;
  std::uint32_t attempts = 0;
  std::string reason;
  std::string sampler;
};

struct SampleSize {
  std::size_t random = 3;
  std::size_t targeted = 2;
};

// `attempts` are the day's; `holders` beside them names each one's holder. Random ones first, then targeted.
std::vector<SampledSession> draw_sample(std::span<const Attempt> attempts,
                                        std::span<const std::string> holders, Day day, const HashKey& key,
                                        const SampleSize& size);

// Keeps the day's sample; one that was kept before stays as it was.
Result<void> keep_sample(const Connection& db, Day day, const std::vector<SampledSession>& sample);
Result<std::vector<SampledSession>> sample_of(const Connection& db, Day day);

}  // namespace gatehouse::lodge
