#include "desk.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace gatehouse::cli {

Desk open_desk(const std::string& config, const std::string& store) {
  Desk desk{load_setup(config, true), nullptr};
  const std::string file = store.empty() ? desk.setup.lodge.store.string() : store;
  if (file.empty() || !std::filesystem::exists(file)) {
    throw SetupError({file.empty() ? "no store is configured" : "there is no store here",
                      "name one with --store, or as store: path: in the configuration", file, 0});
  }
  desk.store = value_or_throw(lodge::SqliteStore::open(file));
  return desk;
}

Day day_from(const std::string& text, Timestamp now) {
  const Day today = london_day(now);
  if (text == "today") return today;
  if (text == "yesterday") return Day{std::chrono::sys_days{today} - std::chrono::days{1}};
  const auto day = parse_day(text);
  if (!day) throw SetupError({fmt::format("`{}` is no day", text), "write it as 2026-11-10, or yesterday, or today", {}, 0});
  return *day;
}

std::string account_name() {
  if (const char* before = std::getenv("SUDO_USER"); before != nullptr && *before != 0) return before;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

}  // namespace gatehouse::cli
