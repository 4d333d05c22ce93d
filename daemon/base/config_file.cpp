#include "base/config_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text.h"

namespace gatehouse {

struct ConfigValue {
  enum class Kind : std::uint8_t { Empty, Text, List, Map };
  Kind kind = Kind::Empty;
  int line = 0;
  int column = 0;
  std::string text;                 // Text
  std::string where;                // "networks[2].vlan"
  std::vector<ConfigValue*> items;  // List
  std::vector<std::pair<std::string, ConfigValue*>>
      map;                                           // Map, in the file's order; the value has the key's line
  mutable std::set<std::string, std::less<>> known;  // Map: keys that were asked for
};

struct ConfigTree {
  std::filesystem::path name;
  std::string file;
  std::deque<ConfigValue> values;  // addresses stay as it grows
  ConfigValue* root = nullptr;
  std::vector<ConfigProblem> problems;
  std::set<const ConfigValue*> finished;  // sections whose unknown keys are still to be reported

  void report_unknown_keys();
  void report(Severity severity, int line, int column, std::string message, std::string remedy) {
    problems.push_back({severity, {std::move(message), std::move(remedy), file, line}, column});
  }
};

namespace {

constexpr std::string_view kSpacesRemedy =
    "Indent with spaces, two for each level, and line up the keys that belong together.";

// Builds the tree; the recursion is bounded by kDeepest and the whole by kMostValues, aliases included.
class TreeBuilder {
 public:
  explicit TreeBuilder(ConfigTree& tree) : tree_(tree) {}

  ConfigValue* build(const YAML::Node& node, std::string where, int depth) {
    const YAML::Mark mark = node.Mark();
    if (depth > ConfigFile::kDeepest || tree_.values.size() >= ConfigFile::kMostValues) {
      throw SetupError(
          {depth > ConfigFile::kDeepest ? "the sections are nested too deeply" : "there are too many values",
           "Remove anchors (&name) and aliases (*name) that repeat themselves.", tree_.file,
           std::max(0, mark.line + 1)});
    }
    ConfigValue& value = tree_.values.emplace_back();
    value.line = mark.line + 1;
    value.column = mark.column + 1;
    value.where = std::move(where);
    if (node.IsScalar()) {
      value.kind = ConfigValue::Kind::Text;
      value.text = node.Scalar();
    } else if (node.IsSequence()) {
      value.kind = ConfigValue::Kind::List;
      for (const auto& item : node) {
        value.items.push_back(
            build(item, fmt::format("{}[{}]", value.where, value.items.size() + 1), depth + 1));
      }
    } else if (node.IsMap()) {
      value.kind = ConfigValue::Kind::Map;
      for (const auto& pair : node) add_pair(value, pair.first, pair.second, depth);
    }
    return &value;
  }

 private:
  void add_pair(ConfigValue& map, const YAML::Node& key, const YAML::Node& node, int depth) {
    const int line = key.Mark().line + 1;
    const int column = key.Mark().column + 1;
    if (!key.IsScalar()) {
      tree_.report(Severity::Error, line, column, "a key must be a single word", "Write it as 'key: value'.");
      return;
    }
    const std::string& name = key.Scalar();
    for (const auto& [other, value] : map.map) {
      if (other == name) {
        tree_.report(Severity::Error, line, column,
                     fmt::format("'{}' stands here twice; the first is in line {}", name, value->line),
                     "Keep one of the two, or join their contents under one.");
        return;
      }
    }
    ConfigValue* value = build(node, map.where.empty() ? name : map.where + "." + name, depth + 1);
    value->line = line;
    value->column = column;
    map.map.emplace_back(name, value);
  }

  ConfigTree& tree_;
};

// yaml-cpp's messages are about YAML's grammar; most people need to hear about spaces, colons and quotes.
Error explain_syntax(const YAML::Exception& problem, std::string_view text, const std::string& file) {
  const int line = problem.mark.is_null() ? 0 : problem.mark.line + 1;
  const std::vector<std::string_view> lines = split(text, '\n');
  const int last = std::min<int>(line, static_cast<int>(lines.size()));
  for (int at = 1; at <= last; ++at) {
    const std::string_view one = lines[static_cast<std::size_t>(at - 1)];
    const auto word = one.find_first_not_of(" \t\r");
    if (word != std::string_view::npos && one.substr(0, word).find('\t') != std::string::npos) {
      return {"a tab is used to indent this line", std::string(kSpacesRemedy), file, at};
    }
  }
  const std::string_view what = problem.msg;
  const auto says = [&](std::string_view part) { return what.find(part) != std::string_view::npos; };
  if (says("EOF in scalar")) {
    // The parser notices at the end of the file; the quote was opened in the last line with an odd number of
    // them.
    for (int at = last; at > 0; --at) {
      const std::string_view one = lines[static_cast<std::size_t>(at - 1)];
      for (const char quote : {'"', '\''}) {
        if (std::count(one.begin(), one.end(), quote) % 2 == 0) continue;
        return {"a quote is opened here and never closed", "Close it at the end of the value.", file, at};
      }
    }
  }
  if (says("flow")) {
    return {"a '[' or '{' before this line is not closed",
            "Close it, or write the list as lines that begin with '- '.", file, line};
  }
  if (says("end of map") || says("illegal map value") || says("end of sequence") || says("block entry")) {
    return {
        "this line is indented differently from its neighbours, or the line before lacks a colon or a quote",
        std::string(kSpacesRemedy), file, line};
  }
  if (says("unknown token") || says("EOF") || says("quote") || says("escape")) {
    return {"a quote is not closed, or a special character stands where a value begins",
            "Put values that begin with one of @ ` % & * ! or hold ': ' or ' #' in single quotes.", file,
            line};
  }
  if (says("alias") || says("anchor") || says("tag")) {
    return {"a word that begins with '*', '&' or '!' has a special meaning in YAML",
            "Put it in single quotes, such as '*.example'.", file, line};
  }
  return {fmt::format("this is not valid YAML ({})", problem.msg), std::string(kSpacesRemedy), file, line};
}

}  // namespace

std::string ConfigProblem::to_string() const {
  std::string out = error.file;
  if (error.line > 0) out += fmt::format(":{}", error.line);
  if (error.line > 0 && column > 0) out += fmt::format(":{}", column);
  out += fmt::format("{}{}: {}", out.empty() ? "" : ": ", severity == Severity::Error ? "error" : "warning",
                     error.message);
  if (!error.remedy.empty()) out += fmt::format("\n  remedy: {}", error.remedy);
  return out;
}

ConfigFile ConfigFile::load(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw SetupError({"this is a folder, not a configuration file",
                      "Name the file, such as gatehouse.yaml in it.", path.string(), 0});
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.is_open() || in.bad()) {
    throw SetupError({"the configuration cannot be read",
                      "Check the name, and that the user who runs gatehouse may read it.", path.string(), 0});
  }
  return parse(text.str(), path);
}

ConfigFile ConfigFile::parse(std::string_view text, const std::filesystem::path& name) {
  auto tree = std::make_shared<ConfigTree>();
  tree->name = name;
  tree->file = name.string();
  if (text.size() > kMostBytes) {
    throw SetupError({fmt::format("the file is larger than {} MB", kMostBytes >> 20),
                      "This is probably not a configuration; long lists go into files of their own.",
                      tree->file, 0});
  }
  if (text.find('\0') != std::string_view::npos) {
    throw SetupError(
        {"the file holds binary data", "A configuration is plain text in UTF-8.", tree->file, 0});
  }
  try {
    // Without the line ends at its end: yaml-cpp 0.7 misses a quote that is not closed when one follows.
    const auto end = text.find_last_not_of("\r\n");
    const YAML::Node root =
        YAML::Load(std::string(text.substr(0, end == std::string_view::npos ? 0 : end + 1)));
    tree->root = TreeBuilder(*tree).build(root, "", 0);
  } catch (const YAML::Exception& problem) {
    throw SetupError(explain_syntax(problem, text, tree->file));
  }
  if (tree->root->kind == ConfigValue::Kind::Text || tree->root->kind == ConfigValue::Kind::List) {
    throw SetupError({"the file has no sections",
                      "A configuration is lines such as 'lists:' with what belongs to "
                      "them indented below.",
                      tree->file, tree->root->line});
  }
  return ConfigFile(std::move(tree));
}

ConfigNode ConfigFile::root() const {
  const bool empty = tree_->root->kind == ConfigValue::Kind::Empty;
  return {tree_, empty ? nullptr : tree_->root, tree_->root, ""};
}

const std::vector<ConfigProblem>& ConfigFile::problems() const {
  tree_->report_unknown_keys();
  return tree_->problems;
}

std::size_t ConfigFile::error_count() const {
  tree_->report_unknown_keys();
  return static_cast<std::size_t>(
      std::count_if(tree_->problems.begin(), tree_->problems.end(),
                    [](const auto& one) { return one.severity == Severity::Error; }));
}

void ConfigFile::throw_if_errors() const {
  const std::size_t count = error_count();
  if (count == 0) return;
  const auto first = std::find_if(tree_->problems.begin(), tree_->problems.end(),
                                  [](const auto& one) { return one.severity == Severity::Error; });
  Error error = first->error;
  if (count > 1) {
    error.remedy += fmt::format(" ({} more error{}: 'gatehouse check-config' lists them all.)", count - 1,
                                count == 2 ? "" : "s");
  }
  throw SetupError(std::move(error));
}

bool ConfigNode::is_text() const noexcept {
  return value_ != nullptr && value_->kind == ConfigValue::Kind::Text;
}
bool ConfigNode::is_list() const noexcept {
  return value_ != nullptr && value_->kind == ConfigValue::Kind::List;
}
bool ConfigNode::is_map() const noexcept {
  return value_ != nullptr && value_->kind == ConfigValue::Kind::Map;
}
const std::string& ConfigNode::file() const noexcept { return tree_->file; }
const std::string* ConfigNode::text_of() const noexcept { return &value_->text; }
std::filesystem::path ConfigNode::folder() const { return tree_->name.parent_path(); }

int ConfigNode::line() const noexcept {
  if (value_ != nullptr) return value_->line;
  return parent_ != nullptr ? parent_->line : 0;
}

std::string ConfigNode::where() const {
  if (value_ != nullptr) return value_->where;
  if (parent_ == nullptr || parent_->where.empty()) return key_;
  return key_.empty() ? parent_->where : parent_->where + "." + key_;
}

void ConfigNode::report(Severity severity, std::string message, std::string remedy) const {
  const ConfigValue* at = value_ != nullptr ? value_ : parent_;
  tree_->report(severity, at != nullptr ? at->line : 0, at != nullptr ? at->column : 0, std::move(message),
                std::move(remedy));
}

void ConfigNode::error(std::string message, std::string remedy) const {
  report(Severity::Error, std::move(message), std::move(remedy));
}
void ConfigNode::wrong(const std::string& said, std::string remedy) const {
  error(fmt::format("'{}' {}", where(), said), std::move(remedy));
}
void ConfigNode::warning(std::string message, std::string remedy) const {
  report(Severity::Warning, std::move(message), std::move(remedy));
}

ConfigNode ConfigNode::child(std::string_view key) const {
  const ConfigValue* const parent = value_ != nullptr ? value_ : parent_;
  std::string full_key = value_ != nullptr || key_.empty() ? std::string(key) : key_ + "." + std::string(key);
  if (value_ == nullptr) return {tree_, nullptr, parent, std::move(full_key)};
  if (value_->kind != ConfigValue::Kind::Map) {
    // Said once a value, not once a key.
    if (value_->known.insert("").second) {
      error(fmt::format("'{}' must be a section with keys, such as '{}: ...' below it", where(), key),
            std::string(kSpacesRemedy));
    }
    return {tree_, nullptr, parent, std::move(full_key)};
  }
  value_->known.emplace(key);
  for (const auto& [name, value] : value_->map) {
    if (name != key) continue;
    const bool empty = value->kind == ConfigValue::Kind::Empty;
    return {tree_, empty ? nullptr : value, value_, std::move(full_key)};
  }
  return {tree_, nullptr, value_, std::move(full_key)};
}

ConfigNode ConfigNode::required(std::string_view key) const {
  ConfigNode node = child(key);
  const bool reported_already = value_ != nullptr && value_->kind != ConfigValue::Kind::Map;
  if (!node.present() && !reported_already) {
    report(Severity::Error, fmt::format("'{}' is missing", node.where()),
           fmt::format("Add a line '{}: ...' here.", key));
  }
  return node;
}

std::vector<ConfigNode> ConfigNode::list() const {
  std::vector<ConfigNode> out;
  if (value_ == nullptr) return out;
  if (value_->kind != ConfigValue::Kind::List) {
    out.push_back(*this);
    return out;
  }
  for (const ConfigValue* item : value_->items) {
    if (item->kind == ConfigValue::Kind::Empty) {
      tree_->report(Severity::Error, item->line, item->column, fmt::format("'{}' is empty", item->where),
                    "Write a value behind the dash, or remove the line.");
      continue;
    }
    out.push_back(ConfigNode(tree_, item, value_, ""));
  }
  return out;
}

std::vector<std::pair<std::string, ConfigNode>> ConfigNode::entries() const {
  std::vector<std::pair<std::string, ConfigNode>> out;
  if (value_ == nullptr) return out;
  if (value_->kind != ConfigValue::Kind::Map) {
    error(fmt::format("'{}' must be a section with a name on each line", where()),
          std::string(kSpacesRemedy));
    return out;
  }
  for (const auto& [name, value] : value_->map) {
    value_->known.insert(name);
    const bool empty = value->kind == ConfigValue::Kind::Empty;
    out.emplace_back(name, ConfigNode(tree_, empty ? nullptr : value, value, ""));
  }
  return out;
}

// Judged when the problems are asked for, so that two rooms may read different keys of one section.
void ConfigNode::finish() const {
  if (value_ != nullptr && value_->kind == ConfigValue::Kind::Map) tree_->finished.insert(value_);
}

void ConfigTree::report_unknown_keys() {
  for (const ConfigValue& section : values) {
    if (finished.erase(&section) == 0) continue;
    const std::vector<std::string_view> known(section.known.begin(), section.known.end());
    for (const auto& [key, value] : section.map) {
      if (section.known.contains(key)) continue;
      const std::string_view near = nearest_word(key, known);
      report(Severity::Error, value->line, value->column,
             section.where.empty() ? fmt::format("there is no section '{}'", key)
                                   : fmt::format("'{}' is not a key of '{}'", key, section.where),
             near.empty() ? fmt::format("Known here: {}.", fmt::join(known, ", "))
                          : fmt::format("Did you mean '{}'?", near));
    }
  }
}

}  // namespace gatehouse
