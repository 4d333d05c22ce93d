// Why a site is blocked, or is not: one name or URL walked through the policy, each step in words. Used by
// `gatehouse why` and, later, by the block page's helpers. It asks the same Decider that the packet path
// asks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gate/policy/policy.h"

namespace gatehouse::policy {

struct WhyStep {
  std::string title;               // "Who asks"
  std::vector<std::string> lines;  // what was found there
};

struct WhyReport {
  std::string asked;  // host, or host and path
  std::vector<WhyStep> steps;
  Decision decision;  // borrows from the snapshot
  std::shared_ptr<const PolicySnapshot> snapshot;
};

// `host_or_url` as a person types it, with or without "https://". Throws SetupError when it is neither.
WhyReport why(std::shared_ptr<const PolicySnapshot> snapshot, std::string_view host_or_url,
              const Subject& subject, Timestamp at);
// The same for a member of a group, wherever the device is (a login whose group the caller knows).
WhyReport why_as_group(std::shared_ptr<const PolicySnapshot> snapshot, std::string_view host_or_url,
                       std::string_view group, Timestamp at);

// Plain text for a terminal.
std::string to_text(const WhyReport& report);

}  // namespace gatehouse::policy
