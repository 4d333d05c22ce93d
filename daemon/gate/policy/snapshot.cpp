// A snapshot's set-up: names of groups, categories and lists become indices and bits, so that answering
// compares numbers only.
#include <algorithm>

#include "gate/policy/policy.h"

namespace gatehouse::policy {

PolicySnapshot::PolicySnapshot(PolicySettings settings, std::shared_ptr<const lists::Pack> pack)
    : settings_(std::move(settings)), pack_(std::move(pack)) {
  groups_.push_back({std::string(kDefaultGroup), "Devices of no known network", AgeBand::Unknown, 0});
  for (const Group& group : settings_.groups) {
    if (group.id == kDefaultGroup) {
      groups_.front() = group;
    } else {
      groups_.push_back(group);
    }
  }
  // A group that only a network or a rule names exists too, so that a small configuration need not list it.
  for (const Network& network : settings_.networks) {
    if (!find_group(network.group))
      groups_.push_back({network.group, network.group, AgeBand::Unknown, network.line});
  }
  circumvention_ =
      pack_->find_category(kCircumvention).value_or(static_cast<std::uint16_t>(pack_->category_count()));
  category_defaults_.assign(pack_->category_count() + 1, settings_.default_action);
  for (const auto& [id, action] : settings_.category_actions) {
    const std::vector<bool> bits = category_bits({id});
    for (std::size_t i = 0; i < bits.size(); ++i) {
      if (bits[i]) category_defaults_[i] = action;
    }
  }
  index_networks();
  compile_rules();
  compile_permissions();
}

std::optional<std::uint16_t> PolicySnapshot::find_group(std::string_view id) const noexcept {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].id == id) return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

std::vector<bool> PolicySnapshot::group_bits(const std::vector<std::string>& ids) const {
  std::vector<bool> out(groups_.size(), ids.empty());
  for (const std::string& id : ids) {
    if (const auto index = find_group(id)) out[*index] = true;
  }
  return out;
}

std::vector<bool> PolicySnapshot::category_bits(const std::vector<std::string>& ids) const {
  std::vector<bool> out(pack_->category_count() + 1, ids.empty());
  for (const std::string& id : ids) {
    if (const auto index = pack_->find_category(id)) {
      out[*index] = true;
    } else if (id == kCircumvention) {
      out[circumvention_] = true;
    }
  }
  return out;
}

void PolicySnapshot::index_networks() {
  for (std::size_t i = 0; i < settings_.networks.size(); ++i) {
    const Network& network = settings_.networks[i];
    const auto index = static_cast<std::uint16_t>(i);
    network_groups_.push_back(find_group(network.group).value_or(std::uint16_t{0}));
    for (const MacAddress& mac : network.macs) macs_.emplace_back(mac, index);
    for (const std::uint16_t vlan : network.vlans) vlans_.emplace_back(vlan, index);
    for (const IpPrefix& prefix : network.addresses) prefixes_.push_back({prefix, index});
  }
  std::stable_sort(macs_.begin(), macs_.end());
  std::stable_sort(vlans_.begin(), vlans_.end());
  std::stable_sort(prefixes_.begin(), prefixes_.end(), [](const auto& a, const auto& b) {
    return a.prefix.length() != b.prefix.length() ? a.prefix.length() > b.prefix.length()
                                                  : a.prefix < b.prefix;
  });
  for (std::size_t i = 0; i < prefixes_.size(); ++i) {
    const int length = prefixes_[i].prefix.length();
    if (prefix_runs_.empty() || prefix_runs_.back().length != length) prefix_runs_.push_back({length, i, i});
    prefix_runs_.back().end = i + 1;
  }
}

void PolicySnapshot::compile_rules() {
  for (const Rule& rule : settings_.rules) {
    CompiledRule compiled{group_bits(rule.groups), category_bits(rule.categories)};
    // Who is unknown may be anyone, so what any group is refused is refused to the unknown.
    if (rule.action == Action::Block) compiled.groups[0] = true;
    rules_.push_back(std::move(compiled));
  }
}

void PolicySnapshot::compile_permissions() {
  scoped_lists_.assign(pack_->list_count(), false);
  for (const Permission& permission : settings_.permissions) {
    CompiledPermission compiled;
    compiled.everyone = permission.groups.empty() && permission.addresses.empty() && permission.macs.empty();
    compiled.groups =
        permission.groups.empty() ? std::vector<bool>(groups_.size()) : group_bits(permission.groups);
    compiled.lists.assign(pack_->list_count(), false);
    for (const std::string& id : permission.lists) {
      const auto index = pack_->find_list(id);
      if (!index) continue;
      compiled.lists[*index] = true;
      scoped_lists_[*index] = pack_->list(*index).allow;
    }
    compiled.categories = permission.categories.empty() ? std::vector<bool>(pack_->category_count() + 1)
                                                        : category_bits(permission.categories);
    permissions_.push_back(std::move(compiled));
  }
}

}  // namespace gatehouse::policy
