// What the commands of the safeguarding lead share: the store they work on, and whose account they run under.
#pragma once

#include <memory>
#include <string>

#include "lodge/store/sqlite_store.h"
#include "setup.h"

namespace gatehouse::cli {

struct Desk {
  Setup setup;
  std::unique_ptr<lodge::SqliteStore> store;
};

// The store named, or the configured one. Throws SetupError when there is none: it is never made here.
Desk open_desk(const std::string& config, const std::string& store);

// "yesterday", "today" or "2026-11-10".
Day day_from(const std::string& text, Timestamp now);

// The account behind the terminal: before sudo where there was one.
std::string account_name();

}  // namespace gatehouse::cli
