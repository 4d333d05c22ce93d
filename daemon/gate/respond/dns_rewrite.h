// Takes the keys of Encrypted Client Hello (SvcParamKey 5, RFC 9848) out of the HTTPS and SVCB records (RFC 9460) of a
// DNS answer, so that the names of the sites that it leads to stay visible. Works on foreign bytes, in place.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace gatehouse::respond {

enum class EchRemoval : std::uint8_t {
  NothingThere,
  Removed,
  // It is there, or may be, but cannot be taken out for certain: a record that is malformed, more records than are
  // looked at, or a name elsewhere that points into what would go. Such an answer must be given as an empty one.
  Impossible,
};

// Removes it from `message`, of which `size` becomes the new length: record lengths, the list of mandatory keys and
// compression pointers beyond what was taken out are put right. The answer is no longer the one that was signed, so
// its AD flag (RFC 4035 section 3.2.3) is cleared. On Impossible the message is as it was.
EchRemoval remove_ech(std::span<std::uint8_t> message, std::size_t& size) noexcept;

}  // namespace gatehouse::respond
