// The configuration, read so that every value knows its file and line. Each room reads its own section:
//   ConfigFile file = ConfigFile::load(path);            // throws SetupError when the file is no YAML at all
//   ConfigNode store = file.section("store");
//   settings.path = store.child("path").path("gatehouse.db");
//   store.finish();                                      // keys nobody asked for are errors
//   file.throw_if_errors();                              // or file.problems(), to list them all
// A wrong value is reported and its fallback used, so that one pass finds every mistake. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/config_values.h"
#include "base/result.h"
#include "base/time.h"

namespace gatehouse {

enum class Severity : std::uint8_t { Warning, Error };

// One thing wrong, or doubtful, in a configuration.
struct ConfigProblem {
  Severity severity = Severity::Error;
  Error error;
  int column = 0;  // 1-based; 0 when unknown
  // "file:line:column: error: message", and the remedy on a second line.
  [[nodiscard]] std::string to_string() const;
};

struct ConfigTree;  // the file's nodes and the problems found so far (config_file.cpp)
struct ConfigValue;

// One value of the file, or the place where one could stand. Cheap to copy; keeps the file's tree alive.
class ConfigNode {
 public:
  // False when the file has nothing here (an empty value counts as nothing); getters then give their
  // fallback.
  [[nodiscard]] bool present() const noexcept { return value_ != nullptr; }
  explicit operator bool() const noexcept { return present(); }
  [[nodiscard]] bool is_text() const noexcept;
  [[nodiscard]] bool is_list() const noexcept;
  [[nodiscard]] bool is_map() const noexcept;

  // Where it stands; for an absent one, where its parent does.
  [[nodiscard]] const std::string& file() const noexcept;
  [[nodiscard]] int line() const noexcept;
  [[nodiscard]] std::string where() const;  // "networks[2].vlan", for messages

  // The value under `key`, which from now on is a known key. An error when this is no section.
  [[nodiscard]] ConfigNode child(std::string_view key) const;
  // The same, and an error when the file has none.
  [[nodiscard]] ConfigNode required(std::string_view key) const;
  // The items of a list; a single value counts as a list of one. Empty when absent.
  [[nodiscard]] std::vector<ConfigNode> list() const;
  // The keys and values of a section whose keys are names that the admin chose; all of them become known.
  [[nodiscard]] std::vector<std::pair<std::string, ConfigNode>> entries() const;
  // Reports every key that nobody has asked for when the problems are read, with the nearest known one.
  void finish() const;

  // Getters: the value, or the fallback when absent; a wrong one is reported and gives the fallback too.
  [[nodiscard]] std::string text(std::string_view fallback = {}) const;
  [[nodiscard]] std::vector<std::string> texts() const;  // a list of words, or one word
  [[nodiscard]] bool boolean(bool fallback) const;
  [[nodiscard]] std::int64_t integer(std::int64_t fallback, std::int64_t least, std::int64_t most) const;
  [[nodiscard]] Seconds duration(Seconds fallback, Seconds least = Seconds{0},
                                 Seconds most = Seconds::max()) const;
  [[nodiscard]] std::uint64_t size(std::uint64_t fallback) const;  // bytes: "100 MB"
  [[nodiscard]] int time_of_day(int fallback) const;               // minutes after midnight
  [[nodiscard]] DaySet days(DaySet fallback = kEveryDay) const;    // one word or a list
  [[nodiscard]] std::optional<Timestamp> until() const;            // a bare day: to its end
  [[nodiscard]] std::optional<IpAddress> address() const;
  [[nodiscard]] std::optional<IpPrefix> prefix() const;
  [[nodiscard]] std::optional<MacAddress> mac() const;
  // Relative paths are beside the configuration file. The fallback is taken the same way; empty stays empty.
  [[nodiscard]] std::filesystem::path path(std::string_view fallback = {}) const;

  // One of a few words: node.choice<Record>({{"everything", Record::Everything}, ...}, Record::Listed).
  template <typename E>
  [[nodiscard]] E choice(std::initializer_list<std::pair<std::string_view, E>> words, E fallback) const {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : words) names.push_back(name);
    const auto index = word_index(names);
    return index ? (words.begin() + static_cast<std::ptrdiff_t>(*index))->second : fallback;
  }

  // For what only the room can judge. The message names the value's place itself.
  void error(std::string message, std::string remedy) const;
  // The same for what is said of this key: "is an IPv6 address" becomes "'identity.servers[1]' is an IPv6 address".
  void wrong(const std::string& said, std::string remedy) const;
  void warning(std::string message, std::string remedy) const;

 private:
  friend class ConfigFile;
  ConfigNode(std::shared_ptr<ConfigTree> tree, const ConfigValue* value, const ConfigValue* parent,
             std::string key)
      : tree_(std::move(tree)), value_(value), parent_(parent), key_(std::move(key)) {}
  [[nodiscard]] std::optional<std::size_t> word_index(std::span<const std::string_view> names) const;
  [[nodiscard]] const std::string* scalar(std::string_view wanted) const;
  [[nodiscard]] const std::string* text_of() const noexcept;
  [[nodiscard]] std::filesystem::path folder() const;
  void report(Severity severity, std::string message, std::string remedy) const;

  std::shared_ptr<ConfigTree> tree_;
  const ConfigValue* value_ = nullptr;
  const ConfigValue* parent_ = nullptr;  // the section it was asked of, when absent
  std::string key_;
};

class ConfigFile {
 public:
  static constexpr std::size_t kMostBytes = 4u << 20;  // a configuration of a large college has some 50 KB
  static constexpr std::size_t kMostValues = 200'000;  // aliases can multiply without end; this ends them
  static constexpr int kDeepest = 32;                  // levels of sections

  // Throws SetupError when the file cannot be read or is not YAML; a doubled key is a problem, not a throw.
  static ConfigFile load(const std::filesystem::path& path);
  // The same for text in hand; `name` stands in messages, relative paths start at its folder.
  static ConfigFile parse(std::string_view text, const std::filesystem::path& name);

  [[nodiscard]] ConfigNode root() const;
  [[nodiscard]] ConfigNode section(std::string_view name) const { return root().child(name); }

  [[nodiscard]] const std::vector<ConfigProblem>& problems() const;  // in the order they were found
  [[nodiscard]] std::size_t error_count() const;
  // Throws SetupError with the first error, saying how many more there are.
  void throw_if_errors() const;

 private:
  explicit ConfigFile(std::shared_ptr<ConfigTree> tree) : tree_(std::move(tree)) {}
  std::shared_ptr<ConfigTree> tree_;
};

}  // namespace gatehouse
