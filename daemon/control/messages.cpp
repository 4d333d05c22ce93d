#include "control/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::control {
namespace {

using nlohmann::json;

constexpr const char* kGroups = "groups";
constexpr const char* kExemptions = "exemptions";
constexpr const char* kReload = "reload";
constexpr const char* kStatus = "status";
constexpr std::size_t kLongestWord = 256;

// Reads the fields of one object and remembers the first that is wrong.
class Fields {
 public:
  Fields(const json& object, std::string what) : object_(object), what_(std::move(what)) {
    if (!object.is_object()) wrong("is no object");
  }

  std::string text(const char* key) {
    const json* value = find(key);
    if (value == nullptr) return {};
    if (!value->is_string() || value->get_ref<const std::string&>().size() > kLongestWord) {
      wrong(fmt::format("has no short text as `{}`", key));
      return {};
    }
    return value->get<std::string>();
  }
  bool flag(const char* key) {
    const json* value = find(key);
    if (value != nullptr && !value->is_boolean()) wrong(fmt::format("has neither true nor false as `{}`", key));
    return value != nullptr && value->is_boolean() && value->get<bool>();
  }
  Timestamp time(const char* key) {
    const auto at = parse_time(text(key));
    if (!at) wrong(fmt::format("has no time as `{}`", key));
    return at.value_or(Timestamp{});
  }
  // A list of at most `most` values that `read` understands; an absent one is empty.
  template <typename T, typename Read>
  std::vector<T> list(const char* key, std::size_t most, Read read) {
    std::vector<T> out;
    const json* value = find(key);
    if (value == nullptr) return out;
    if (!value->is_array() || value->size() > most) {
      wrong(fmt::format("has no list of at most {} as `{}`", most, key));
      return out;
    }
    for (const json& one : *value) {
      auto read_one = read(one);
      if (!read_one) {
        wrong(fmt::format("has something in `{}` that is not understood", key));
        break;
      }
      out.push_back(std::move(*read_one));
    }
    return out;
  }
  template <typename T>
  std::vector<T> parsed(const char* key) {
    return list<T>(key, kMostGroupEntries, [](const json& one) -> std::optional<T> {
      return one.is_string() ? T::parse(one.get_ref<const std::string&>()) : std::nullopt;
    });
  }
  std::vector<std::string> words(const char* key) {
    return list<std::string>(key, kMostExemptions, [](const json& one) -> std::optional<std::string> {
      if (!one.is_string() || one.get_ref<const std::string&>().size() > kLongestWord) return std::nullopt;
      return one.get<std::string>();
    });
  }

  void wrong(const std::string& how) {
    if (problem_.empty()) problem_ = what_ + " " + how;
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const json* find(const char* key) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  const json& object_;
  std::string what_;
  std::string problem_;
};

Result<Request> read_groups(const json& object) {
  Fields fields(object, "the request");
  GroupsUpdate out;
  out.replace = fields.flag("replace");
  std::string problem;
  out.set = fields.list<GroupEntry>("set", kMostGroupEntries, [&](const json& one) -> std::optional<GroupEntry> {
    Fields entry(one, "an entry");
    const auto address = IpAddress::parse(entry.text("address"));
    if (!address) entry.wrong("has no address");
    GroupEntry read{address.value_or(IpAddress{}), entry.text("group"), entry.time("until")};
    if (read.group.empty()) entry.wrong("has no group");
    problem = entry.problem();
    return problem.empty() ? std::optional(std::move(read)) : std::nullopt;
  });
  out.remove = fields.parsed<IpAddress>("remove");
  if (!problem.empty()) return failure(problem);
  if (!fields.problem().empty()) return failure(fields.problem());
  return out;
}

Result<Request> read_exemptions(const json& object) {
  Fields fields(object, "the request");
  ExemptionsUpdate out;
  std::string problem;
  out.all = fields.list<Exemption>("all", kMostExemptions, [&](const json& one) -> std::optional<Exemption> {
    Fields entry(one, "an exemption");
    Exemption read;
    read.reason = entry.text("reason");
    read.groups = entry.words("groups");
    read.addresses = entry.parsed<IpPrefix>("addresses");
    read.macs = entry.parsed<MacAddress>("macs");
    read.hosts = entry.words("hosts");
    read.lists = entry.words("lists");
    read.categories = entry.words("categories");
    read.until = entry.time("until");
    if (read.hosts.empty() && read.lists.empty() && read.categories.empty()) {
      entry.wrong("names no host, list or category, so it would allow nothing");
    }
    problem = entry.problem();
    return problem.empty() ? std::optional(std::move(read)) : std::nullopt;
  });
  if (!problem.empty()) return failure(problem);
  if (!fields.problem().empty()) return failure(fields.problem());
  return out;
}

json to_json(const GroupEntry& entry) {
  return {{"address", entry.address.to_string()}, {"group", entry.group}, {"until", format_utc(entry.until)}};
}

template <typename T>
json texts_of(const std::vector<T>& values) {
  json out = json::array();
  for (const T& value : values) out.push_back(value.to_string());
  return out;
}

json to_json(const Exemption& one) {
  json out{{"reason", one.reason}, {"until", format_utc(one.until)}};
  if (!one.groups.empty()) out["groups"] = one.groups;
  if (!one.addresses.empty()) out["addresses"] = texts_of(one.addresses);
  if (!one.macs.empty()) out["macs"] = texts_of(one.macs);
  if (!one.hosts.empty()) out["hosts"] = one.hosts;
  if (!one.lists.empty()) out["lists"] = one.lists;
  if (!one.categories.empty()) out["categories"] = one.categories;
  return out;
}

// Bytes that are no UTF-8 (a host as a client spelt it) are replaced, not thrown over.
std::string dump(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace) + '\n'; }

template <typename T>
json array_of(const std::vector<T>& values) {
  json out = json::array();
  for (const T& value : values) out.push_back(to_json(value));
  return out;
}

}  // namespace

Result<Request> read_request(std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return failure("the request is no JSON object", "send one object on one line");
  Fields fields(object, "the request");
  const std::string ask = fields.text("ask");
  if (ask == kGroups) return read_groups(object);
  if (ask == kExemptions) return read_exemptions(object);
  if (ask == kReload) return ReloadRequest{};
  if (ask == kStatus) return StatusRequest{};
  return failure("the request asks for nothing that is known", "`ask` is groups, exemptions, reload or status");
}

std::string to_line(const Request& request) {
  struct Visitor {
    json operator()(const GroupsUpdate& update) const {
      json out{{"ask", kGroups}, {"set", array_of(update.set)}};
      if (update.replace) out["replace"] = true;
      if (!update.remove.empty()) out["remove"] = texts_of(update.remove);
      return out;
    }
    json operator()(const ExemptionsUpdate& update) const {
      return {{"ask", kExemptions}, {"all", array_of(update.all)}};
    }
    json operator()(const ReloadRequest&) const { return {{"ask", kReload}}; }
    json operator()(const StatusRequest&) const { return {{"ask", kStatus}}; }
  };
  return dump(std::visit(Visitor{}, request));
}

std::string to_line(const Result<json>& answer) {
  if (!answer) {
    const Error& error = answer.error();
    json out{{"ok", false}, {"error", error.message}};
    if (!error.remedy.empty()) out["remedy"] = error.remedy;
    if (!error.file.empty()) out["file"] = error.file;
    if (error.line > 0) out["line"] = error.line;
    return dump(out);
  }
  json out = answer->is_object() ? *answer : json::object();
  out["ok"] = true;
  return dump(out);
}

Result<json> read_answer(std::string_view line) {
  json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return failure("the gate's answer is no JSON object");
  Fields fields(object, "the answer");
  if (fields.flag("ok")) return object;
  Error error;
  const auto text = [&](const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  error.message = text("error");
  error.remedy = text("remedy");
  error.file = text("file");
  const auto at = object.find("line");
  if (at != object.end() && at->is_number_unsigned()) error.line = at->get<int>();
  if (error.message.empty()) error.message = "the gate refused without saying why";
  return tl::make_unexpected(error);
}

}  // namespace gatehouse::control
