// The sessions file: devices, leases and logins in YAML, for replays and for colleges that export them by
// hand. The format is described in README.md in this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lodge/identity/session_source.h"

namespace gatehouse::lodge {

class SessionsFile final : public SessionSource {
 public:
  explicit SessionsFile(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] std::string_view name() const override { return "sessions file"; }
  Result<std::vector<Error>> feed(TimelineBuilder& timeline) override;

 private:
  std::string path_;
};

// The same from text; `file` is what messages call it.
Result<std::vector<Error>> read_sessions(std::string_view text, const std::string& file,
                                         TimelineBuilder& timeline);

}  // namespace gatehouse::lodge
