#include "gate/policy/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace gatehouse::policy {
namespace {

std::string_view words_for(lists::MatchKind kind) {
  switch (kind) {
    case lists::MatchKind::Domain:
      return "domain";
    case lists::MatchKind::Host:
      return "host";
    case lists::MatchKind::UrlPrefix:
      return "address of a page";
    case lists::MatchKind::Pattern:
      return "pattern";
    case lists::MatchKind::Keyword:
      return "keyword";
    case lists::MatchKind::Homoglyph:
      return "look-alike of";
    case lists::MatchKind::Address:
      return "network address";
  }
  return "entry";
}

class Notes final : public Trace {
 public:
  Notes(const PolicySnapshot& snapshot, const Client& client) : snapshot_(snapshot), client_(client) {}

  void match(const lists::Match& match) override { matches_.push_back(entry_words(match)); }

  void permission(const Permission& permission, Verdict verdict) override {
    if (verdict == Verdict::NotAbout)
      return;  // most are about something else; naming them would hide the one
    std::string line = fmt::format("'{}' (line {}){}: ", permission.reason, permission.line,
                                   permission.by.empty() ? "" : ", granted by " + permission.by);
    if (verdict == Verdict::Expired) {
      line += fmt::format("expired on {}", format_date_clock(*permission.until));
    } else if (verdict == Verdict::OtherGroup) {
      line += not_for_group();
    } else {
      line += permission.until ? fmt::format("allows it until {}", format_date_clock(*permission.until))
                               : "allows it";
    }
    add(permissions_, std::move(line));
  }

  void allow_list(const lists::Match& allow, const lists::Match& listed, Verdict verdict) override {
    std::string line = entry_words(allow);
    if (verdict == Verdict::OtherGroup) {
      line += ": " + not_for_group();
    } else if (verdict == Verdict::LessSpecific) {
      line += fmt::format(": too wide to stand against {}", entry_words(listed));
    } else {
      line += fmt::format(": stands against {}", entry_words(listed));
    }
    add(permissions_, std::move(line));
  }

  void rule(const Rule& rule, std::string_view category, Verdict verdict) override {
    std::string line = fmt::format("'{}' (line {}): ", rule.name, rule.line);
    switch (verdict) {
      case Verdict::OtherGroup:
        line += not_for_group();
        break;
      case Verdict::OtherCategory:
        line += fmt::format("not about category {}", category);
        break;
      case Verdict::OutsideHours:
        line += fmt::format("holds only {}", rule.hours->to_string());
        break;
      default:
        line += fmt::format("decides for category {}: {}", category, name_of(rule.action));
        break;
    }
    add(rules_, std::move(line));
  }

  std::vector<WhyStep> steps() && {
    std::vector<WhyStep> out;
    if (matches_.empty()) matches_.push_back("none");
    out.push_back({"Which lists hold it", std::move(matches_)});
    if (!permissions_.empty()) out.push_back({"Exemptions and allow lists", std::move(permissions_)});
    if (!rules_.empty()) out.push_back({"Rules, in their order", std::move(rules_)});
    return out;
  }

 private:
  [[nodiscard]] std::string not_for_group() const {
    return fmt::format("not for group {}", snapshot_.groups()[client_.group].id);
  }

  [[nodiscard]] std::string entry_words(const lists::Match& match) const {
    const lists::Pack& pack = snapshot_.pack();
    const lists::ListInfo& list = pack.list(match.list);
    if (list.sealed || pack.category(match.category).sealed)
      return "a sealed list, whose entries are not shown";
    const lists::EntryInfo entry = pack.entry(match.entry);
    return fmt::format("{}{} '{}', {} line {}, list {}, category {}", list.allow ? "allowed " : "",
                       words_for(match.kind), entry.text, entry.file, entry.line, list.id,
                       snapshot_.category_id(match.category));
  }

  static void add(std::vector<std::string>& lines, std::string line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  }

  const PolicySnapshot& snapshot_;
  Client client_;
  std::vector<std::string> matches_;
  std::vector<std::string> permissions_;
  std::vector<std::string> rules_;
};

WhyStep who_step(const PolicySnapshot& snapshot, const Subject& subject, const Client& client) {
  WhyStep step{"Who asks", {}};
  const Group& group = snapshot.groups()[client.group];
  if (client.by == KnownBy::Nothing) {
    if (subject.address == IpAddress{} && subject.mac.is_zero() && subject.vlan == 0) {
      step.lines.emplace_back("nobody in particular: every group's blocks hold, no group's allowances (say --from or --as)");
      return step;
    }
    step.lines.push_back(
        fmt::format("{} is in no network of {}, so group {}: every group's blocks hold, no group's "
                    "allowances",
                    subject.address.to_string(), snapshot.settings().file, group.id));
    return step;
  }
  if (client.network == Client::kNone) {
    step.lines.push_back(fmt::format("a member of group {} ({})", group.id, group.title));
    return step;
  }
  const Network& network = snapshot.settings().networks[client.network];
  std::string known = subject.address.to_string();
  if (client.by == KnownBy::Mac) known = "device " + subject.mac.to_string();
  if (client.by == KnownBy::Vlan) known = fmt::format("VLAN {}", subject.vlan);
  step.lines.push_back(fmt::format("{} is in network '{}' (line {}), group {} ({})", known, network.name,
                                   network.line, group.id, group.title));
  return step;
}

struct Target {
  std::string host;
  std::string path;
};

Target split_target(std::string_view typed) {
  std::string_view rest = trim(typed);
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
  const auto slash = rest.find_first_of("/?#");
  Target out;
  out.host = std::string(rest.substr(0, slash));
  if (slash != std::string_view::npos) {
    out.path = std::string(rest.substr(slash));
    if (out.path.front() != '/') out.path.insert(0, "/");
  }
  if (!lists::canonical_host(out.host)) {
    throw SetupError({fmt::format("'{}' is neither the name of a site nor an address of a page", typed),
                      "Write something like www.example.test or https://www.example.test/page.", "", 0});
  }
  return out;
}

}  // namespace

WhyReport why(std::shared_ptr<const PolicySnapshot> snapshot, std::string_view host_or_url,
              const Subject& subject, Timestamp at) {
  const Target target = split_target(host_or_url);
  const Client client = snapshot->client_of(subject);
  Notes notes(*snapshot, client);
  inspect::Observation seen;
  seen.host = target.host;
  seen.url = target.path;
  WhyReport report;
  report.asked = target.host + target.path;
  report.snapshot = snapshot;
  report.steps.push_back(who_step(*snapshot, subject, client));
  report.steps.push_back({"When", {format_date_clock(at)}});
  Decider decider(snapshot);
  report.decision = decider.decide(subject, seen, at, nullptr, &notes);
  for (WhyStep& step : std::move(notes).steps()) report.steps.push_back(std::move(step));
  report.steps.push_back({"So it is", {explain(report.decision)}});
  return report;
}

WhyReport why_as_group(std::shared_ptr<const PolicySnapshot> snapshot, std::string_view host_or_url,
                       std::string_view group, Timestamp at) {
  if (!snapshot->find_group(group)) {
    std::vector<std::string_view> known;
    for (const Group& one : snapshot->groups()) known.push_back(one.id);
    throw SetupError({fmt::format("there is no group '{}'", group),
                      fmt::format("Known: {}.", fmt::join(known, ", ")), snapshot->settings().file, 0});
  }
  // Ask as a device that is known to be in that group: one network more, found by an address kept for
  // documents.
  PolicySettings settings = snapshot->settings();
  Network anywhere;
  anywhere.name = "wherever the device is";
  anywhere.group = std::string(group);
  anywhere.addresses.push_back(*IpPrefix::parse("2001:db8:ffff:ffff::1"));
  Subject subject;
  subject.address = anywhere.addresses.front().base();
  settings.networks.push_back(std::move(anywhere));
  auto wider = std::make_shared<const PolicySnapshot>(std::move(settings), snapshot->shared_pack());
  WhyReport report = why(std::move(wider), host_or_url, subject, at);
  report.steps.front().lines = {fmt::format("a member of group {}", group)};
  return report;
}

std::string to_text(const WhyReport& report) {
  std::string out = report.asked + "\n";
  for (const WhyStep& step : report.steps) {
    out += fmt::format("\n{}\n", step.title);
    for (const std::string& line : step.lines) out += fmt::format("  {}\n", line);
  }
  return out;
}

}  // namespace gatehouse::policy
