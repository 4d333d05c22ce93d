// Secrets of guests and sponsors: made of the system's randomness, kept as a hash only, compared without telling by the
// time it takes how much was right.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse::lodge::portal {

// 160 bits as 40 hexadecimal digits: what a link holds. An error when the system has no randomness.
Result<std::string> make_secret();
std::string sha256_hex(std::string_view text);
bool is_secret_of(std::string_view secret, std::string_view hash) noexcept;

}  // namespace gatehouse::lodge::portal
