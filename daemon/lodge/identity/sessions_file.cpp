#include "lodge/identity/sessions_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <sstream>
#include <tuple>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

// A college of 5,000 devices with a month of intervals is about 40 MiB; more belongs into a feed.
constexpr std::size_t kLargestFile = 64 * 1024 * 1024;
// A file that is no sessions file at all should not answer with a thousand messages.
constexpr std::size_t kMostProblems = 100;

// One entry being read: takes known keys, remembers what was wrong, and says it with the line.
class Entry {
 public:
  Entry(const YAML::Node& node, std::string kind, const std::string& file, std::vector<Error>& problems)
      : node_(node), kind_(std::move(kind)), file_(file), problems_(problems) {}

  bool is_map_of(std::initializer_list<std::string_view> keys) {
    if (!node_.IsMap()) {
      wrong(node_, fmt::format("this {} is not a set of `key: value` pairs", kind_),
            "write it as {key: value, key: value}");
      return false;
    }
    for (const auto& pair : node_) {
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : std::string();
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      wrong(pair.first, fmt::format("a {} has no key `{}`", kind_, key),
            fmt::format("its keys are: {}", fmt::join(keys, ", ")));
    }
    return good_;
  }

  std::string text(const char* key, bool needed = false) {
    const YAML::Node value = node_[key];
    if (!value || value.IsNull()) {
      if (needed)
        wrong(node_, fmt::format("this {} has no `{}`", kind_, key), "add it, or take the entry out");
      return {};
    }
    if (!value.IsScalar()) {
      wrong(value, fmt::format("`{}` is not a plain value", key), "write one word or a text in quotes");
      return {};
    }
    std::string out(trim(value.Scalar()));
    if (needed && out.empty()) wrong(value, fmt::format("`{}` is empty", key), "fill it in");
    return out;
  }

  bool flag(const char* key) {
    const std::string value = to_lower(text(key));
    if (value.empty() || value == "false" || value == "no") return false;
    if (value != "true" && value != "yes") {
      wrong(node_[key], fmt::format("`{}` is `{}`", key, value), "write true or false");
    }
    return true;
  }

  MacAddress mac(bool needed) {
    const std::string value = text("mac", needed);
    if (value.empty()) return {};
    const auto mac = MacAddress::parse(value);
    if (!mac || mac->is_zero()) {
      wrong(node_["mac"], fmt::format("`{}` is not a MAC address", value),
            "write it as \"02:00:5e:10:00:01\", in quotes");
    }
    return mac.value_or(MacAddress{});
  }

  std::optional<IpAddress> address(bool needed) {
    const std::string value = text("address", needed);
    if (value.empty()) return std::nullopt;
    const auto address = IpAddress::parse(value);
    if (!address) {
      wrong(node_["address"], fmt::format("`{}` is not an IP address", value),
            "write it as 10.10.4.7 or 2001:db8::7");
    }
    return address;
  }

  // `from` and `to` of an interval; `to` may be left out.
  std::pair<Timestamp, Timestamp> interval() {
    const Timestamp from = time("from", true);
    const Timestamp to = has("to") ? time("to", true) : kStillOpen;
    if (good_ && to <= from) {
      wrong(node_["to"] ? node_["to"] : node_, "it ends before it begins", "`to` must be later than `from`");
    }
    return {from, to};
  }

  [[nodiscard]] bool has(const char* key) const {
    const YAML::Node value = node_[key];
    return value && !value.IsNull() && !(value.IsScalar() && value.Scalar().empty());
  }
  [[nodiscard]] bool good() const noexcept { return good_; }
  // Where the entry stands: the raw evidence of what it says.
  [[nodiscard]] std::string origin() const { return fmt::format("{}:{}", file_, node_.Mark().line + 1); }

  void wrong_here(std::string message, std::string remedy) {
    wrong(node_, std::move(message), std::move(remedy));
  }
  void wrong(const YAML::Node& where, std::string message, std::string remedy) {
    good_ = false;
    if (problems_.size() < kMostProblems) {
      problems_.push_back({std::move(message), std::move(remedy), file_, where.Mark().line + 1});
    }
  }

 private:
  Timestamp time(const char* key, bool needed) {
    const std::string value = text(key, needed);
    const auto at = parse_time(value);
    if (!at && !value.empty()) {
      wrong(node_[key], fmt::format("`{}` is `{}`, which is not a time", key, value),
            "write it as 2026-11-10T08:50:00Z, with Z or an offset");
    }
    return at.value_or(Timestamp{});
  }

  YAML::Node node_;
  std::string kind_;
  const std::string& file_;
  std::vector<Error>& problems_;
  bool good_ = true;
};

void read_device(Entry& entry, TimelineBuilder& timeline) {
  if (!entry.is_map_of({"mac", "name", "place", "shared", "owner", "router"})) return;
  Seat seat{entry.mac(true),     entry.text("name"),   entry.text("place"),
            entry.text("owner"), entry.flag("shared"), entry.flag("router")};
  if (entry.good()) timeline.add(std::move(seat));
}

std::string span_words(Timestamp from, Timestamp to) {
  return fmt::format("{} to {}", format_utc(from), to == kStillOpen ? "(no end)" : format_utc(to));
}

void read_lease(Entry& entry, TimelineBuilder& timeline) {
  if (!entry.is_map_of({"address", "mac", "from", "to", "source"})) return;
  Lease lease;
  lease.address = entry.address(true).value_or(IpAddress{});
  lease.mac = entry.mac(true);
  std::tie(lease.from, lease.to) = entry.interval();
  lease.source = entry.text("source", true);
  lease.session = kFromFile;
  if (!entry.good()) return;
  lease.evidence =
      fmt::format("{}: {} lease {} {} {}", entry.origin(), lease.source, lease.address.to_string(),
                  lease.mac.to_string(), span_words(lease.from, lease.to));
  timeline.add(std::move(lease));
}

void read_login(Entry& entry, TimelineBuilder& timeline) {
  if (!entry.is_map_of({"login", "group", "mac", "address", "from", "to", "source", "sponsor"})) return;
  Login login;
  login.login = entry.text("login", true);
  login.group = entry.text("group");
  login.sponsor = entry.text("sponsor");
  login.mac = entry.mac(false);
  login.address = entry.address(false);
  std::tie(login.from, login.to) = entry.interval();
  login.source = entry.text("source", true);
  login.session = kFromFile;
  if (entry.good() && login.mac.is_zero() && !login.address) {
    entry.wrong_here("this login has neither `mac` nor `address`", "say on which device or address it was");
  }
  if (!entry.good()) return;
  login.evidence =
      fmt::format("{}: {} login {} {} {} {}", entry.origin(), login.source, login.login,
                  login.mac.is_zero() ? "-" : login.mac.to_string(),
                  login.address ? login.address->to_string() : "-", span_words(login.from, login.to));
  timeline.add(std::move(login));
}

// Rooms and seats by network (or one address), or by switch and port, or by access point.
void read_place(Entry& entry, TimelineBuilder& timeline) {
  if (!entry.is_map_of({"addresses", "switch", "port", "place", "name", "shared"})) return;
  const std::string place = entry.text("place", true);
  const std::string network_device = entry.text("switch");
  const std::string addresses = entry.text("addresses");
  if (entry.good() && addresses.empty() == network_device.empty()) {
    entry.wrong_here("a place needs `addresses` or `switch`, and not both",
                     "write {addresses: 10.10.4.0/24, place: LRC-2} or {switch: sw-library-1, port: Gi1/0/7, place: LRC-2}");
  }
  if (!entry.good()) return;
  if (!network_device.empty()) {
    timeline.timeline().places().add_port(network_device, entry.text("port"), place);
    return;
  }
  const auto prefix = IpPrefix::parse(addresses);
  if (!prefix) {
    entry.wrong_here(fmt::format("`addresses` is `{}`, which is not a network", addresses),
                     "write it as 10.10.4.0/24, or as one address");
    return;
  }
  Places::Spot spot{place, entry.text("name"), entry.flag("shared")};
  if (entry.good()) timeline.timeline().places().add(*prefix, std::move(spot));
}

struct Section {
  const char* key;
  const char* kind;
  void (*read)(Entry&, TimelineBuilder&);
};
constexpr std::array<Section, 4> kSections{{{"devices", "device", read_device},
                                            {"places", "place", read_place},
                                            {"leases", "lease", read_lease},
                                            {"logins", "login", read_login}}};

void read_section(const Section& section, const YAML::Node& list, const std::string& file,
                  std::vector<Error>& problems, TimelineBuilder& timeline) {
  if (!list || list.IsNull()) return;
  if (!list.IsSequence()) {
    problems.push_back({fmt::format("`{}` is not a list", section.key),
                        fmt::format("begin each {} with a dash", section.kind), file, list.Mark().line + 1});
    return;
  }
  for (const auto& one : list) {
    Entry entry(one, section.kind, file, problems);
    section.read(entry, timeline);
  }
}

Result<std::vector<Error>> read_document(const YAML::Node& root, const std::string& file,
                                         TimelineBuilder& timeline) {
  std::vector<Error> problems;
  if (!root || root.IsNull()) return problems;
  if (!root.IsMap()) {
    return failure("this is not a sessions file", "it has the sections `devices`, `places`, `leases` and `logins`",
                   file, 1);
  }
  for (const auto& pair : root) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : std::string();
    const bool known =
        std::any_of(kSections.begin(), kSections.end(), [&](const Section& s) { return key == s.key; });
    if (!known && problems.size() < kMostProblems) {
      problems.push_back({fmt::format("there is no section `{}`", key),
                          "the sections are devices, places, leases and logins", file, pair.first.Mark().line + 1});
    }
  }
  for (const auto& section : kSections) read_section(section, root[section.key], file, problems, timeline);
  return problems;
}

}  // namespace

Result<std::vector<Error>> read_sessions(std::string_view text, const std::string& file,
                                         TimelineBuilder& timeline) {
  if (text.size() > kLargestFile) {
    return failure(fmt::format("the sessions file is larger than {} MiB", kLargestFile / 1024 / 1024),
                   "leave out what is older than the journal", file);
  }
  // yaml-cpp tells syntax errors by exceptions; they end here.
  try {
    return read_document(YAML::Load(std::string(text)), file, timeline);
  } catch (const YAML::Exception& wrong) {
    return failure(fmt::format("the sessions file is not YAML: {}", wrong.msg),
                   "check indents and quotes there", file, wrong.mark.line + 1);
  }
}

Result<std::vector<Error>> SessionsFile::feed(TimelineBuilder& timeline) {
  std::ifstream in(path_, std::ios::binary);
  if (!in) {
    return failure(fmt::format("cannot open the sessions file: {}", std::strerror(errno)),
                   "check `identity: {sessions: ...}` in the configuration, or --sessions", path_);
  }
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad() || text.fail()) {
    return failure("cannot read the sessions file", "check that it is a file and that it may be read", path_);
  }
  return read_sessions(text.str(), path_, timeline);
}

}  // namespace gatehouse::lodge
