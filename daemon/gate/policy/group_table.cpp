#include "gate/policy/group_table.h"

#include <algorithm>

#include "base/hash.h"
#include "gate/policy/policy.h"

namespace gatehouse::policy {

GroupTable::GroupTable(std::vector<Entry> entries, const PolicySnapshot* made_for)
    : entries_(std::move(entries)), made_for_(made_for) {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.address < b.address; });
}

std::optional<std::uint16_t> GroupTable::find(const IpAddress& address, Timestamp at) const noexcept {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), address,
                                      [](const Entry& entry, const IpAddress& wanted) { return entry.address < wanted; });
  if (found == entries_.end() || found->address != address || at >= found->until) return std::nullopt;
  return found->group;
}

std::size_t GroupBook::Hash::operator()(const IpAddress& address) const noexcept {
  return siphash13({}, address.bytes());
}

void GroupBook::set(const IpAddress& address, std::string group, Timestamp until) {
  entries_[address] = {std::move(group), until};
}

void GroupBook::forget_ended(Timestamp now) {
  std::erase_if(entries_, [&](const auto& entry) { return now >= entry.second.until; });
}

std::shared_ptr<const GroupTable> GroupBook::table_for(const PolicySnapshot& snapshot) const {
  std::vector<GroupTable::Entry> entries;
  entries.reserve(entries_.size());
  for (const auto& [address, held] : entries_) {
    if (const auto group = snapshot.find_group(held.group)) entries.push_back({address, *group, held.until});
  }
  return std::make_shared<const GroupTable>(std::move(entries), &snapshot);
}

}  // namespace gatehouse::policy
