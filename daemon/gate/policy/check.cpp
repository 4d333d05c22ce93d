#include "gate/policy/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "lists/compiler.h"

namespace gatehouse::policy {
namespace {

constexpr std::size_t kLineProblemsShown = 20;  // of each list; 'gatehouse lists check' shows all
constexpr std::string_view kSections[] = {"college", "groups",  "networks", "lists", "policy",
                                          "respond", "gate",    "journal",  "identity", "store",
                                          "report",  "control", "pages",    "mail",  "alerts"};

class Checker {
 public:
  Checker(const PolicySettings& settings, const lists::Pack* pack, Timestamp now)
      : settings_(settings), pack_(pack), now_(now) {}

  std::vector<ConfigProblem> run() {
    collect_groups();
    check_networks();
    for (std::size_t i = 0; i < settings_.rules.size(); ++i) check_rule(i);
    for (const Permission& permission : settings_.permissions) check_permission(permission);
    for (const auto& [category, action] : settings_.category_actions)
      check_category(category, 0, "policy.categories");
    if (pack_ != nullptr) check_lists();
    return std::move(out_);
  }

 private:
  void say(Severity severity, int line, std::string message, std::string remedy) {
    out_.push_back({severity, {std::move(message), std::move(remedy), settings_.file, line}, 0});
  }

  void collect_groups() {
    groups_.emplace_back(kDefaultGroup);
    for (const Group& group : settings_.groups) groups_.emplace_back(group.id);
    if (!settings_.groups.empty()) return;  // otherwise the networks make their groups themselves
    for (const Network& network : settings_.networks) groups_.emplace_back(network.group);
  }

  void check_group(const std::string& id, int line, const std::string& who) {
    if (std::find(groups_.begin(), groups_.end(), id) != groups_.end()) return;
    const std::string_view near = nearest_word(id, groups_);
    say(Severity::Error, line, fmt::format("{} names the group '{}', which does not exist", who, id),
        near.empty() ? "Add it under 'groups:'."
                     : fmt::format("Did you mean '{}'? Otherwise add it under 'groups:'.", near));
  }

  void check_category(const std::string& id, int line, const std::string& who) {
    if (pack_ == nullptr || id == kCircumvention) return;
    const auto index = pack_->find_category(id);
    if (!index) {
      std::vector<std::string_view> known;
      for (std::size_t i = 0; i < pack_->category_count(); ++i) known.push_back(pack_->category(i).id);
      const std::string_view near = nearest_word(id, known);
      say(Severity::Error, line, fmt::format("{} names the category '{}', which no list has", who, id),
          near.empty() ? fmt::format("Known: {}.", fmt::join(known, ", "))
                       : fmt::format("Did you mean '{}'?", near));
      return;
    }
    for (std::size_t i = 0; i < pack_->list_count(); ++i) {
      const lists::ListInfo& list = pack_->list(i);
      if (list.category == *index && list.entries > 0) return;
    }
    say(Severity::Warning, line,
        fmt::format("{} is about the category '{}', but no list holds an entry of it", who, id),
        "Add a list of that category, or remove it from the rule.");
  }

  void check_networks() {
    std::map<MacAddress, const Network*> macs;
    std::map<std::uint16_t, const Network*> vlans;
    std::vector<std::pair<IpPrefix, const Network*>> prefixes;
    std::set<std::string_view> names;
    for (const Network& network : settings_.networks) {
      const std::string who = fmt::format("network '{}'", network.name);
      check_group(network.group, network.line, who);
      if (!names.insert(network.name).second) {
        say(Severity::Warning, network.line, fmt::format("there are two networks called '{}'", network.name),
            "Give each its own name, so that the report can tell them apart.");
      }
      const auto clash = [&](const std::string& what, const Network& other) {
        say(Severity::Error, network.line,
            fmt::format("{} and network '{}' (line {}) both have {}", who, other.name, other.line, what),
            "Leave it in one of them; now the first counts.");
      };
      for (const MacAddress& mac : network.macs) {
        const auto [at, fresh] = macs.emplace(mac, &network);
        if (!fresh) clash("the MAC address " + mac.to_string(), *at->second);
      }
      for (const std::uint16_t vlan : network.vlans) {
        const auto [at, fresh] = vlans.emplace(vlan, &network);
        if (!fresh) clash(fmt::format("VLAN {}", vlan), *at->second);
      }
      for (const IpPrefix& prefix : network.addresses) {
        check_prefix(prefix, network, prefixes, clash);
        prefixes.emplace_back(prefix, &network);
      }
    }
  }

  // Equal networks contradict each other; one within the other is usual, and worth a word only across groups.
  template <typename Clash>
  void check_prefix(const IpPrefix& prefix, const Network& network,
                    const std::vector<std::pair<IpPrefix, const Network*>>& others, const Clash& clash) {
    for (const auto& [other, owner] : others) {
      if (other == prefix) {
        clash("the addresses " + prefix.to_string(), *owner);
      } else if (owner->group != network.group &&
                 (other.contains(prefix.base()) || prefix.contains(other.base()))) {
        const bool inner = prefix.length() > other.length();
        say(Severity::Warning, network.line,
            fmt::format("the addresses {} of '{}' overlap with {} of '{}' (line {})", prefix.to_string(),
                        network.name, other.to_string(), owner->name, owner->line),
            fmt::format(
                "Where they overlap, '{}' counts, because it is the smaller. If that is meant, nothing is to "
                "be done.",
                inner ? network.name : owner->name));
      }
    }
  }

  void check_rule(std::size_t index) {
    const Rule& rule = settings_.rules[index];
    const std::string who = fmt::format("rule '{}'", rule.name);
    for (const std::string& id : rule.groups) check_group(id, rule.line, who);
    for (const std::string& id : rule.categories) check_category(id, rule.line, who);
    for (std::size_t i = 0; i < index; ++i) {
      const Rule& earlier = settings_.rules[i];
      if (earlier.hours || !covers(earlier.groups, rule.groups) ||
          !covers(earlier.categories, rule.categories))
        continue;
      say(Severity::Warning, rule.line,
          fmt::format("{} never decides: '{}' in line {} always comes first", who, earlier.name,
                      earlier.line),
          "Put the rule for fewer people or categories before the one for more.");
      return;
    }
  }

  static bool covers(const std::vector<std::string>& wide, const std::vector<std::string>& narrow) {
    if (wide.empty()) return true;
    return !narrow.empty() && std::all_of(narrow.begin(), narrow.end(), [&](const std::string& one) {
      return std::find(wide.begin(), wide.end(), one) != wide.end();
    });
  }

  void check_permission(const Permission& permission) {
    const std::string who = fmt::format("the permission '{}'", permission.reason);
    for (const std::string& id : permission.groups) check_group(id, permission.line, who);
    for (const std::string& id : permission.categories) {
      check_category(id, permission.line, who);
      if (pack_ == nullptr) continue;
      const auto index = pack_->find_category(id);
      if (index && pack_->category(*index).sealed) never_holds(permission, who, "category", id);
    }
    if (pack_ != nullptr) {
      for (const std::string& id : permission.lists) check_list_name(permission, who, id);
    }
    if (permission.until && now_ >= *permission.until) {
      say(Severity::Warning, permission.line,
          fmt::format("{} ended on {}", who, format_date_clock(*permission.until)),
          "Remove it, or give it a new date if it was renewed.");
    }
  }

  void check_list_name(const Permission& permission, const std::string& who, const std::string& id) {
    const auto index = pack_->find_list(id);
    if (index) {
      if (pack_->list(*index).sealed) never_holds(permission, who, "list", id);
      return;
    }
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < pack_->list_count(); ++i) known.push_back(pack_->list(i).id);
    const std::string_view near = nearest_word(id, known);
    say(Severity::Error, permission.line, fmt::format("{} names the list '{}', which is not loaded", who, id),
        near.empty() ? fmt::format("Loaded: {}.", fmt::join(known, ", "))
                     : fmt::format("Did you mean '{}'?", near));
  }

  void never_holds(const Permission& permission, const std::string& who, std::string_view what,
                   const std::string& id) {
    say(Severity::Error, permission.line,
        fmt::format("{} is about the {} '{}', which is sealed", who, what, id),
        "Nothing overrides a sealed list; remove it from the permission.");
  }

  void check_lists() {
    bool statutory = false;
    for (std::size_t i = 0; i < pack_->list_count(); ++i) {
      const lists::ListInfo& list = pack_->list(i);
      statutory |= (list.sealed || pack_->category(list.category).sealed) && !list.allow && list.entries > 0;
    }
    if (pack_->entry_count() == 0) {
      say(Severity::Warning, 0, "NO LIST IS LOADED: nothing will be found or blocked",
          "Add sources under 'lists:'.");
    } else if (!statutory) {
      say(Severity::Warning, 0,
          "NO STATUTORY LIST IS LOADED: unlawful material (Internet Watch Foundation, Counter Terrorism "
          "Internet "
          "Referral Unit) is not blocked by this gateway",
          "Ask your provider for both lists and add them under 'lists:' with 'sealed: yes'.");
    }
  }

  const PolicySettings& settings_;
  const lists::Pack* pack_;
  Timestamp now_;
  std::vector<std::string_view> groups_;
  std::vector<ConfigProblem> out_;
};

// The file's lists as one pack, and what was wrong with them; null when nothing could be had.
std::shared_ptr<const lists::Pack> pack_of(const ListSettings& settings, const std::string& file,
                                           Timestamp now, std::vector<ConfigProblem>& out) {
  const auto failed = [&](const Error& error, int line) {
    out.push_back(
        {Severity::Error, {error.to_string(), "Correct the file, or the path in this line.", file, line}, 0});
  };
  if (settings.pack.empty() && settings.sources.empty()) return lists::Pack::empty();
  if (!settings.pack.empty()) {
    auto pack = lists::Pack::load(settings.pack.string());
    if (pack) return *pack;
    failed(pack.error(), 0);
    return nullptr;
  }
  lists::CompileOptions options;
  options.categories_file = settings.categories.string();
  options.keep_problems = kLineProblemsShown;
  options.now = now;
  lists::Compiler compiler(options);
  if (const auto read = compiler.read_categories(); !read) failed(read.error(), 0);
  for (const ListSource& source : settings.sources) {
    lists::ListInput input;
    input.path = source.path.string();
    input.format = source.format;
    input.category = source.category;
    input.title = source.title;
    input.sealed = source.sealed;
    input.allow = source.allow;
    if (const auto added = compiler.add(input); !added) failed(added.error(), source.line);
  }
  for (const lists::ListReport& list : compiler.report().lists) {
    for (const Error& problem : list.problems) out.push_back({Severity::Warning, problem, 0});
  }
  auto pack = compiler.to_pack();
  if (pack) return *pack;
  failed(pack.error(), 0);
  return nullptr;
}

}  // namespace

std::vector<ConfigProblem> check_policy(const PolicySettings& settings, const lists::Pack* pack,
                                        Timestamp now) {
  return Checker(settings, pack, now).run();
}

void refuse_unknown_sections(const ConfigFile& file) {
  for (const std::string_view section : kSections) (void)file.section(section);
  file.root().finish();
}

std::vector<ConfigProblem> check_config(const std::filesystem::path& path, Timestamp now,
                                        const SectionReader& read_other_sections,
                                        const ListSettings& shipped) {
  try {
    const ConfigFile file = ConfigFile::load(path);
    const PolicySettings settings = read_policy_settings(file);
    const ListSettings list_settings = read_list_settings(file);
    (void)read_journal_settings(file);
    if (read_other_sections) read_other_sections(file);
    refuse_unknown_sections(file);
    std::vector<ConfigProblem> out = file.problems();
    const auto pack = pack_of(list_settings.present ? list_settings : shipped, path.string(), now, out);
    for (ConfigProblem& one : check_policy(settings, pack.get(), now)) out.push_back(std::move(one));
    std::stable_sort(out.begin(), out.end(), [&](const ConfigProblem& a, const ConfigProblem& b) {
      const bool a_here = a.error.file == path.string();
      const bool b_here = b.error.file == path.string();
      return a_here != b_here ? a_here : a_here && a.error.line < b.error.line;
    });
    return out;
  } catch (const SetupError& error) {
    return {{Severity::Error, error.error(), 0}};
  }
}

}  // namespace gatehouse::policy
