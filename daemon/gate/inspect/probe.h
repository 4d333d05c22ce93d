// What an inspector says of the first bytes of a flow before it is chosen. Used by the chooser in inspection.cpp
// and by every inspector. Pure functions of the bytes; any thread.
#pragma once

#include <cstdint>

namespace gatehouse::inspect {

enum class Probe : std::uint8_t {
  No,     // not this protocol, whatever follows
  Maybe,  // too few bytes to tell
  Yes,    // this protocol, or something made to look like it
};

}  // namespace gatehouse::inspect
