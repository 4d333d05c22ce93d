// Where the orders of the workers are put together: the policy of the configuration, the exemptions and groups that
// came over the control socket. After each change the workers get a policy and a group table that belong together,
// both immutable. On the thread of the control socket.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/time.h"
#include "control/messages.h"
#include "gate/policy/group_table.h"
#include "gate/policy/policy.h"

namespace gatehouse::gate {

// What a worker decides by.
struct Orders {
  std::shared_ptr<const policy::PolicySnapshot> policy;
  std::shared_ptr<const policy::GroupTable> groups;  // made for that policy; never null
};

class PolicyDesk {
 public:
  // `publish` hands new orders to the workers; it is called at once with the first.
  using Publish = std::function<void(const Orders&)>;
  PolicyDesk(std::shared_ptr<const policy::PolicySnapshot> configured, const Clock& clock, Publish publish);

  // A reload. Groups and exemptions stay, as far as the new configuration knows their groups.
  void set_policy(std::shared_ptr<const policy::PolicySnapshot> configured);
  // Groups that the configuration does not have are left out and named in the answer: {"unknown": [...]}.
  Result<nlohmann::json> update(const control::GroupsUpdate& update);
  Result<void> update(const control::ExemptionsUpdate& update);

  [[nodiscard]] const Orders& orders() const noexcept { return orders_; }
  [[nodiscard]] std::size_t exemptions() const noexcept { return exemptions_.size(); }
  [[nodiscard]] std::size_t addresses() const noexcept { return groups_.size(); }  // with a group for now
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }  // grows with each change of the policy

 private:
  void make_policy();
  void make_groups();

  std::shared_ptr<const policy::PolicySnapshot> configured_;
  const Clock& clock_;
  Publish publish_;
  std::vector<policy::Permission> exemptions_;
  policy::GroupBook groups_;
  Orders orders_;
  std::uint64_t version_ = 0;
};

}  // namespace gatehouse::gate
