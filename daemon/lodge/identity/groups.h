// Which group a sign-in belongs to: by what RADIUS said (Class, Filter-Id, network name), by the realm, by the
// network, or by a mapping file of logins. And the group table that the gate is given: addresses and groups, no
// names. One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge {

enum class GroupBy : std::uint8_t { Class, FilterId, Ssid, Realm, Network, Source };

struct GroupRule {
  GroupBy by = GroupBy::Realm;
  std::string value;  // compared in any case of letters; of a network: 10.30.0.0/16
  IpPrefix network;   // of GroupBy::Network
  std::string group;
};

// What is known of a sign-in when its group is asked.
struct GroupFacts {
  std::string login;
  std::string realm;
  std::vector<std::string> classes;
  std::string filter_id;
  std::string ssid;
  std::optional<IpAddress> address;
  std::string source;
};

class GroupRules {
 public:
  void add(GroupRule rule) { rules_.push_back(std::move(rule)); }
  // The mapping file: "login,group" or "login group" a line, "#" begins a remark. Replaces what was read earlier;
  // lines that are neither come back, and the others count.
  std::vector<Error> read_file_text(std::string_view text, const std::string& file);
  // The mapping file first, then the first rule that fits; empty: none.
  [[nodiscard]] std::string group_of(const GroupFacts& facts) const;

 private:
  std::vector<GroupRule> rules_;
  std::unordered_map<std::string, std::string> by_login_;
};

using GroupTable = std::map<IpAddress, std::string>;

// Who may be where at that moment: the group of every address that has one (see group_at).
GroupTable group_table(const SessionTimeline& timeline, Timestamp at);

}  // namespace gatehouse::lodge
