#include "lodge/identity/groups.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kMostProblems = 100;

bool fits(const GroupRule& rule, const GroupFacts& facts) {
  const auto is = [&](const std::string& text) { return equals_ignoring_case(rule.value, text); };
  switch (rule.by) {
    case GroupBy::Class:
      return std::any_of(facts.classes.begin(), facts.classes.end(), is);
    case GroupBy::FilterId:
      return is(facts.filter_id);
    case GroupBy::Ssid:
      return is(facts.ssid);
    case GroupBy::Realm:
      return is(facts.realm);
    case GroupBy::Source:
      return is(facts.source);
    case GroupBy::Network:
      return facts.address && rule.network.contains(*facts.address);
  }
  return false;
}

}  // namespace

std::vector<Error> GroupRules::read_file_text(std::string_view text, const std::string& file) {
  std::vector<Error> problems;
  by_login_.clear();
  int number = 0;
  for (const std::string_view whole : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(whole.substr(0, whole.find('#')));
    if (line.empty()) continue;
    const auto at = line.find_first_of(", \t;");
    const std::string_view group = at == std::string_view::npos ? std::string_view() : trim(line.substr(at + 1));
    if (group.empty() || group.find_first_of(", \t;") != std::string_view::npos) {
      if (problems.size() < kMostProblems) {
        problems.push_back({"this line is not a login and a group", "write it as a.learner,students", file, number});
      }
      continue;
    }
    by_login_[to_lower(line.substr(0, at))] = std::string(group);
  }
  return problems;
}

std::string GroupRules::group_of(const GroupFacts& facts) const {
  if (const auto found = by_login_.find(to_lower(facts.login)); found != by_login_.end()) return found->second;
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const GroupRule& one) { return fits(one, facts); });
  return rule == rules_.end() ? std::string() : rule->group;
}

GroupTable group_table(const SessionTimeline& timeline, Timestamp at) {
  GroupTable table;
  for (const IpAddress& address : timeline.addresses_at(at)) {
    if (std::string group = group_at(timeline, address, at); !group.empty()) table.emplace(address, std::move(group));
  }
  return table;
}

}  // namespace gatehouse::lodge
