// Which group an address belongs to for now, as the lodge tells while the gate runs: no names, each with an end. A
// GroupTable never changes and is read by the workers without a lock; GroupBook is where the next one is made, on the
// thread of the control socket.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace gatehouse::policy {

class PolicySnapshot;

class GroupTable {
 public:
  struct Entry {
    IpAddress address;
    std::uint16_t group;  // index into the groups of the snapshot that it was made for
    Timestamp until;
  };
  GroupTable(std::vector<Entry> entries, const PolicySnapshot* made_for);

  [[nodiscard]] std::optional<std::uint16_t> find(const IpAddress& address, Timestamp at) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  // Whose group numbers these are; to be compared only.
  [[nodiscard]] const PolicySnapshot* made_for() const noexcept { return made_for_; }

 private:
  std::vector<Entry> entries_;  // sorted by address
  const PolicySnapshot* made_for_;
};

class GroupBook {
 public:
  void clear() noexcept { entries_.clear(); }
  void set(const IpAddress& address, std::string group, Timestamp until);
  void remove(const IpAddress& address) { entries_.erase(address); }
  void forget_ended(Timestamp now);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  // For the groups of this snapshot; entries of groups that it does not have are left out.
  [[nodiscard]] std::shared_ptr<const GroupTable> table_for(const PolicySnapshot& snapshot) const;

 private:
  struct Hash {
    std::size_t operator()(const IpAddress& address) const noexcept;
  };
  struct Held {
    std::string group;
    Timestamp until;
  };
  std::unordered_map<IpAddress, Held, Hash> entries_;
};

}  // namespace gatehouse::policy
