// What the gate is configured to do, as values read from gatehouse.yaml: who is who (networks, groups), what
// is done (policy), which lists, and what the journal records. Built once at set-up or reload; PolicySnapshot
// is made of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/config_file.h"
#include "base/london.h"

namespace gatehouse::policy {

// In order of strictness.
enum class Action : std::uint8_t { Allow, Log, Block };
std::string_view name_of(Action action) noexcept;  // "allow", "log", "block"

// The group of a client that no network knows. Every group's blocks hold for it, and no group's allowances.
inline constexpr std::string_view kDefaultGroup = "default";
// The category of ways round the filter; tunnels belong to it whether or not a list does.
inline constexpr std::string_view kCircumvention = "circumvention";

// Part of a week by London's clocks. From 21:00 to 06:00 is a night; it belongs to the day on which it
// begins.
struct Hours {
  DaySet days = kEveryDay;
  int from = 0;      // minutes after midnight
  int to = 24 * 60;  // not included
  [[nodiscard]] bool contains(const LondonTime& at) const noexcept;
  [[nodiscard]] std::string to_string() const;
};

struct Network {
  std::string name;
  std::string group;
  std::string place;  // room, building or site, for the report
  std::vector<IpPrefix> addresses;
  std::vector<std::uint16_t> vlans;
  std::vector<MacAddress> macs;
  std::optional<bool> fails_closed;  // none: as the gate's section says
  int line = 0;
};

enum class AgeBand : std::uint8_t { Unknown, Under18, Mixed, Adult };

struct Group {
  std::string id;
  std::string title;
  AgeBand age_band = AgeBand::Unknown;
  int line = 0;
};

struct Rule {
  std::string name;
  std::vector<std::string> groups;      // empty: all
  std::vector<std::string> categories;  // empty: all
  Action action = Action::Block;
  std::optional<Hours> hours;  // none: always
  std::string reason;
  int line = 0;
};

// What some are allowed although a list holds it; with `until`, an exemption. Whoever is named in any of
// groups, addresses, macs has it; with none of them, everybody. Whatever is named in hosts, lists, categories
// is allowed.
struct Permission {
  std::string reason;
  std::string by;
  std::vector<std::string> groups;
  std::vector<IpPrefix> addresses;
  std::vector<MacAddress> macs;
  std::vector<std::string> hosts;  // canonical: lower case; sub-domains included
  std::vector<std::string> lists;
  std::vector<std::string> categories;
  std::optional<Timestamp> until;  // ends at this moment
  int line = 0;
};

struct TunnelSettings {
  int min_confidence = 70;  // below it a tunnel is recorded, not decided on
  // By kind ("openvpn"); allow means it is no way round for this college. Kinds not named: as the category. A kind that
  // the inspection is certain of (ssh) counts when it is named, whatever `min_confidence` says.
  std::vector<std::pair<std::string, Action>> kinds;
};

struct PolicySettings {
  std::string file = "built-in policy";
  std::vector<Network> networks;
  std::vector<Group> groups;
  Action default_action = Action::Block;                         // for a listed category that no rule decides
  std::vector<std::pair<std::string, Action>> category_actions;  // and by category
  std::vector<Rule> rules;
  std::vector<Permission> permissions;
  TunnelSettings tunnels;
};

// Sections `networks`, `groups` and `policy`. Mistakes go to the file's problems; an absent section means the
// built-in settings: everything listed is blocked for everybody.
PolicySettings read_policy_settings(const ConfigFile& file);

struct ListSource {
  std::filesystem::path path;
  std::string format;    // empty: recognised by content
  std::string category;  // empty: what the list says of itself
  std::string title;
  bool allow = false;
  bool sealed = false;
  int line = 0;
};

// Section `lists`: either one compiled pack, or sources that are compiled at start.
struct ListSettings {
  std::filesystem::path pack;        // empty: none
  std::filesystem::path categories;  // categories.yaml; empty: what the lists bring
  std::vector<ListSource> sources;
  bool present = false;  // false: the configuration says nothing about lists
};
ListSettings read_list_settings(const ConfigFile& file);

enum class Record : std::uint8_t { Listed, Everything };

// Section `journal`.
struct JournalSettings {
  Record record = Record::Listed;
  Seconds context{300};  // kept before and after something listed, with Record::Listed
  std::filesystem::path path;
  std::uint64_t rotate_size = 256u << 20;
  std::uint64_t keep = 14;  // rotated files that are kept
};
JournalSettings read_journal_settings(const ConfigFile& file);

// Section `identity`, key `dhcp_seen`: whose DHCP the gate writes down and the lodge takes for leases. Read by both.
struct DhcpSeenSettings {
  std::vector<IpAddress> servers;  // whose replies count; none: nobody's, and nothing is written down
  std::vector<IpPrefix> networks;  // the addresses that count; none: all
  bool guarded = false;            // the switches let nobody else speak as these servers
  [[nodiscard]] bool on() const noexcept { return !servers.empty(); }
  [[nodiscard]] bool is_server(const IpAddress& address) const noexcept;
  [[nodiscard]] bool covers(const IpAddress& address) const noexcept;
};
DhcpSeenSettings read_dhcp_seen_settings(const ConfigFile& file);

}  // namespace gatehouse::policy
