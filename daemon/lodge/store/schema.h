// The tables of the store and how an older file becomes a newer one. Used by SqliteStore::open.
#pragma once

#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

// In the file's header, so that a store is known as ours and no other program's file is ever changed.
inline constexpr std::int64_t kApplicationId = 0x47544831;  // "GTH1"

// Checks that the file is ours or new, then brings its schema up to date, each version in one transaction.
Result<void> prepare_schema(const Connection& db);

}  // namespace gatehouse::lodge
