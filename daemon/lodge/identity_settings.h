// Section `identity` of gatehouse.yaml: which sources tell who it was, and how long that is kept. Plain data.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/config_file.h"
#include "gate/policy/settings.h"
#include "lodge/feed_watch.h"
#include "lodge/identity/dhcp/lease_files.h"
#include "lodge/identity/groups.h"
#include "lodge/identity/listen/endpoint.h"
#include "lodge/identity/logon/logons.h"
#include "lodge/identity/portal/portal.h"
#include "lodge/identity/radius/accounting.h"
#include "lodge/report/settings.h"

namespace gatehouse::lodge {

struct LeaseFileSettings {
  std::string name;
  dhcp::Format format = dhcp::Format::Dnsmasq;
  std::filesystem::path file;
};

struct IdentitySettings {
  std::filesystem::path sessions;  // empty: none is named
  std::filesystem::path vendors;
  std::filesystem::path group_file;
  Seconds keep{std::chrono::hours{24 * 90}};
  FeedWatchSettings silence;
  GroupRules groups;

  std::vector<Endpoint> radius_listen;
  radius::Settings radius;
  std::vector<LeaseFileSettings> lease_files;
  policy::DhcpSeenSettings dhcp_seen;
  std::vector<Endpoint> syslog_udp;
  std::vector<Endpoint> syslog_tcp;
  logon::Settings logons;

  struct Https {
    std::optional<Endpoint> listen;
    std::filesystem::path certificate;
    std::filesystem::path key;
  };
  struct ScriptToken {
    std::string token;
    std::vector<IpPrefix> from;
  };
  Https script;
  std::vector<ScriptToken> script_tokens;

  Https portal;
  std::optional<Endpoint> portal_http;
  Https sponsors;  // where sponsors decide about guests
  portal::Settings guests;

  // Whether any source runs while the lodge does.
  [[nodiscard]] bool any() const;
};

// Mistakes are noted in the file.
IdentitySettings read_identity_settings(const ConfigFile& file, const ReportSettings& report);

}  // namespace gatehouse::lodge
