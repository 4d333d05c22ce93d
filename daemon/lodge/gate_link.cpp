#include "lodge/gate_link.h"

#include <algorithm>
#include <utility>

namespace gatehouse::lodge {
namespace {

constexpr Milliseconds kGather{100};        // changes of a moment go together
constexpr Milliseconds kTryAgain{1000};
constexpr std::chrono::minutes kBelieved{10};
constexpr std::chrono::minutes kTellAgain{4};  // twice within kBelieved

}  // namespace

GateLink::GateLink(LodgeContext& context)
    : context_(context), client_(context.io, context.settings.control.socket), timer_(context.io) {}

void GateLink::start() {
  client_.on_lost([this] {
    everything_ = true;
    trouble("the gate went away");
    look_after(kTryAgain);
  });
  look_after(Milliseconds{0});
}

void GateLink::stop() noexcept {
  timer_.cancel();
  client_.stop();
}

void GateLink::set_group(const IpAddress& address, const std::string& group, Timestamp until) {
  Held& held = groups_[address];
  if (held.group == group && held.until == until) return;
  held = {group, until};
  changed_[address] = true;
  if (!everything_) look_after(kGather);
}

void GateLink::forget_group(const IpAddress& address) {
  if (groups_.erase(address) == 0) return;
  changed_[address] = false;
  if (!everything_) look_after(kGather);
}

void GateLink::set_groups(const GroupTable& table) {
  std::vector<IpAddress> gone;
  for (const auto& [address, held] : groups_) {
    if (table.count(address) == 0) gone.push_back(address);
  }
  for (const IpAddress& address : gone) forget_group(address);
  for (const auto& [address, group] : table) set_group(address, group, kStillOpen);
}

void GateLink::set_exemptions(std::vector<control::Exemption> exemptions) {
  exemptions_ = std::move(exemptions);
  everything_ = true;
  look_after(kGather);
}

void GateLink::look_after(Milliseconds time) {
  timer_.expires_after(time);
  timer_.async_wait([this](const boost::system::error_code& stopped) {
    if (!stopped) look();
  });
}

void GateLink::look() {
  const auto now = std::chrono::steady_clock::now();
  if (everything_ || now - told_all_ >= kTellAgain) {
    told_all_ = now;
    tell_everything();
  } else if (!changed_.empty()) {
    tell_changes();
  }
  look_after(std::chrono::duration_cast<Milliseconds>(kTellAgain));
}

void GateLink::tell_everything() {
  const Timestamp now = context_.clock.now();
  std::erase_if(groups_, [&](const auto& one) { return now >= one.second.until; });
  std::erase_if(exemptions_, [&](const control::Exemption& one) { return now >= one.until; });
  control::GroupsUpdate update;
  update.replace = true;
  for (const auto& [address, held] : groups_) update.set.push_back(entry(address, held));
  everything_ = false;
  changed_.clear();
  client_.ask(control::ExemptionsUpdate{exemptions_}, [this](const Result<nlohmann::json>& answer) {
    // Without a gate the question about groups fails too, and says so once.
    if (!answer) context_.log->debug("exemptions: {}", answer.error().message);
  });
  send_groups(std::move(update));
}

void GateLink::tell_changes() {
  control::GroupsUpdate update;
  for (const auto& [address, set] : changed_) {
    const auto held = groups_.find(address);
    if (set && held != groups_.end()) {
      update.set.push_back(entry(address, held->second));
    } else {
      update.remove.push_back(address);
    }
  }
  changed_.clear();
  send_groups(std::move(update));
}

void GateLink::send_groups(control::GroupsUpdate update) {
  client_.ask(update, [this](const Result<nlohmann::json>& answer) {
    if (!answer) {
      everything_ = true;
      trouble(answer.error().to_string());
      look_after(kTryAgain);
      return;
    }
    if (std::exchange(told_trouble_, false)) context_.log->info("the gate is told again who belongs to which group");
    if (answer->contains("unknown")) {
      context_.log->warn("the gate's configuration does not have these groups: {}", (*answer)["unknown"].dump());
    }
  });
}

control::GroupEntry GateLink::entry(const IpAddress& address, const Held& held) const {
  return {address, held.group, std::min(held.until, context_.clock.now() + kBelieved)};
}

void GateLink::trouble(const std::string& what) {
  if (std::exchange(told_trouble_, true)) return;
  context_.log->warn("groups and exemptions cannot be told to the gate: {}", what);
}

}  // namespace gatehouse::lodge
