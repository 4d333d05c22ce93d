// The form of a block page as a browser sends it, and the page that answers it. Bytes from outside; no state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lodge/store/access_requests.h"

namespace gatehouse::lodge {

// A form's body with everything in it percent-encoded is three times its text.
inline constexpr std::size_t kMostFormBytes = 16 * 1024;

// application/x-www-form-urlencoded; fields that the form does not have are ignored. The error is for the reader.
Result<AccessRequest> read_request_form(std::string_view body);

// One page in the manner of the block page: no script, nothing loaded, read aloud well.
std::string plain_page(std::string_view title, std::string_view text);

// What percent-encoding hides; '+' is a space. nullopt when an escape is cut or no escape.
std::optional<std::string> decode_form_value(std::string_view text);

}  // namespace gatehouse::lodge
