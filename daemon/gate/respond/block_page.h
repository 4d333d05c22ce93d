// The page that stands in for a blocked one, as a whole HTTP/1.1 response. What does not depend on the request is put
// together at set-up, once for each category; the rest is escaped and inserted on the packet path, into the caller's
// buffer. It loads nothing, needs no script, and reads well aloud, printed and at 320 pixels (WCAG 2.2 AA).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gate/packet/byte_writer.h"
#include "gate/policy/policy.h"
#include "gate/respond/settings.h"

namespace gatehouse::respond {

class BlockPages {
 public:
  BlockPages(const RespondSettings& settings, const policy::PolicySnapshot& snapshot);

  // The longest page there is, after what is longer than anybody's was cut. The usual one has some 4 KB.
  static constexpr std::size_t kMostResponse = 17 * 1024;

  struct Request {
    std::string_view host;       // as the client asked for it; not shown for a sealed entry
    std::string_view reference;  // the event's id; may be empty
  };
  // The response's length, or 0 when `out` is too small.
  std::size_t write(std::span<std::uint8_t> out, const policy::Decision& decision, const Request& request) const noexcept;

 private:
  struct Named {
    std::string id;
    std::string title;  // escaped
  };
  [[nodiscard]] static std::string_view title_of(const std::vector<Named>& all, std::string_view id) noexcept;
  static std::string form_of(const RespondSettings& settings);

  std::string opening_;     // the response's head and the page's, up to the host
  std::string help_;        // whom to ask, up to the form or the end
  std::string form_;        // empty for none; up to the hidden fields
  std::vector<Named> categories_;
  std::vector<Named> lists_;
};

// Appends text as it may stand in HTML, also between quotes; what is not printable ASCII or UTF-8 becomes '?', for a
// client chooses the name that it asks for. At most `most` bytes of it.
void put_escaped(packet::ByteWriter& out, std::string_view text, std::size_t most) noexcept;

}  // namespace gatehouse::respond
