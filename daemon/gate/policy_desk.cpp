#include "gate/policy_desk.h"

#include <fmt/format.h>

#include <set>

#include "lists/names.h"

namespace gatehouse::gate {
namespace {

policy::Permission permission_from(const control::Exemption& one) {
  policy::Permission out;
  out.reason = one.reason;
  out.groups = one.groups;
  out.addresses = one.addresses;
  out.macs = one.macs;
  out.lists = one.lists;
  out.categories = one.categories;
  out.until = one.until;
  return out;
}

}  // namespace

PolicyDesk::PolicyDesk(std::shared_ptr<const policy::PolicySnapshot> configured, const Clock& clock, Publish publish)
    : configured_(std::move(configured)), clock_(clock), publish_(std::move(publish)) {
  make_policy();
}

void PolicyDesk::set_policy(std::shared_ptr<const policy::PolicySnapshot> configured) {
  configured_ = std::move(configured);
  make_policy();
}

Result<nlohmann::json> PolicyDesk::update(const control::GroupsUpdate& update) {
  if (update.replace) groups_.clear();
  for (const IpAddress& address : update.remove) groups_.remove(address);
  std::set<std::string> unknown;
  for (const control::GroupEntry& entry : update.set) {
    if (orders_.policy->find_group(entry.group)) {
      groups_.set(entry.address, entry.group, entry.until);
    } else {
      groups_.remove(entry.address);  // what it was is over; its network's group counts
      unknown.insert(entry.group);
    }
  }
  make_groups();
  publish_(orders_);
  nlohmann::json answer = nlohmann::json::object();
  if (!unknown.empty()) answer["unknown"] = unknown;
  return answer;
}

Result<void> PolicyDesk::update(const control::ExemptionsUpdate& update) {
  std::vector<policy::Permission> read;
  for (const control::Exemption& one : update.all) {
    policy::Permission permission = permission_from(one);
    for (const std::string& host : one.hosts) {
      const auto canonical = lists::canonical_host(host);
      if (!canonical) return failure(fmt::format("`{}` is no host", host), "write it as site.example");
      permission.hosts.emplace_back(canonical->text.view());
    }
    read.push_back(std::move(permission));
  }
  exemptions_ = std::move(read);
  make_policy();
  return {};
}

void PolicyDesk::make_policy() {
  std::erase_if(exemptions_, [now = clock_.now()](const policy::Permission& one) { return one.until && now >= *one.until; });
  if (exemptions_.empty()) {
    orders_.policy = configured_;
  } else {
    policy::PolicySettings settings = configured_->settings();
    settings.permissions.insert(settings.permissions.end(), exemptions_.begin(), exemptions_.end());
    orders_.policy = std::make_shared<const policy::PolicySnapshot>(std::move(settings), configured_->shared_pack());
  }
  ++version_;
  make_groups();
  publish_(orders_);
}

void PolicyDesk::make_groups() {
  groups_.forget_ended(clock_.now());
  orders_.groups = groups_.table_for(*orders_.policy);
}

}  // namespace gatehouse::gate
