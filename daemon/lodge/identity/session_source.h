// Where intervals come from: a sessions file now; RADIUS, DHCP, directory and portal later. One source is one
// class and one line where the lodge is put together.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge {

class SessionSource {
 public:
  virtual ~SessionSource() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Adds what the source knows. Entries that could not be understood are skipped and come back, each with
  // file, line and remedy; the error is for a source that could not be read at all.
  virtual Result<std::vector<Error>> feed(TimelineBuilder& timeline) = 0;
};

}  // namespace gatehouse::lodge
