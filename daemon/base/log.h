// The operational log (not the journal): what an admin reads when something is wrong. Handed in where needed.
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace gatehouse {

using Log = std::shared_ptr<spdlog::logger>;

// To standard error, one line an entry, "info" and above unless `verbose`.
Log make_stderr_log(const std::string& name, bool verbose = false);
// Discards everything: for tests and for library users without a log.
Log make_silent_log();

}  // namespace gatehouse
