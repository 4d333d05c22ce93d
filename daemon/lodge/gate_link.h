// The lodge's line to the gate: which address belongs to which group now, and the exemptions in force. Services say
// what is so; this tells the gate within a second, all of it again when the gate was away. The gate believes a group
// for ten minutes only and is told again before, so groups end by themselves when the lodge is gone.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/service.h"
#include "control/client.h"
#include "lodge/context.h"

namespace gatehouse::lodge {

class GateLink final : public Service {
 public:
  explicit GateLink(LodgeContext& context);
  [[nodiscard]] std::string_view name() const noexcept override { return "line to the gate"; }
  void start() override;
  void stop() noexcept override;

  // Whoever has this address is of this group until then. Never a name.
  void set_group(const IpAddress& address, const std::string& group, Timestamp until);
  void forget_group(const IpAddress& address);
  // All there are, in place of those before; each until it is changed.
  void set_groups(const GroupTable& table);
  // In place of those given before; ended ones are left out.
  void set_exemptions(std::vector<control::Exemption> exemptions);

 private:
  struct Held {
    std::string group;
    Timestamp until;
  };
  void look_after(Milliseconds time);
  void look();
  void tell_everything();
  void tell_changes();
  void send_groups(control::GroupsUpdate update);
  [[nodiscard]] control::GroupEntry entry(const IpAddress& address, const Held& held) const;
  void trouble(const std::string& what);

  LodgeContext& context_;
  control::Client client_;
  boost::asio::steady_timer timer_;
  std::map<IpAddress, Held> groups_;
  std::vector<control::Exemption> exemptions_;
  std::map<IpAddress, bool> changed_;  // true: set, false: forgotten; since the gate was told
  bool everything_ = true;             // the gate knows nothing yet
  bool told_trouble_ = false;
  std::chrono::steady_clock::time_point told_all_{};
};

}  // namespace gatehouse::lodge
