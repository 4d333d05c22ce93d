#include "base/log.h"

#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace gatehouse {

Log make_stderr_log(const std::string& name, bool verbose) {
  auto log = std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  log->set_pattern("%Y-%m-%dT%H:%M:%S%z %n %l: %v");
  log->set_level(verbose ? spdlog::level::debug : spdlog::level::info);
  return log;
}

Log make_silent_log() {
  return std::make_shared<spdlog::logger>("silent", std::make_shared<spdlog::sinks::null_sink_mt>());
}

}  // namespace gatehouse
