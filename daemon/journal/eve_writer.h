// Events as lines of EVE JSON: Suricata's field names where the meaning is the same, and one object `gatehouse`
// for what is ours. README.md in this folder lists the fields. Used by the gate's recorder; one thread.
#pragma once

#include <string>

#include "journal/event.h"

namespace gatehouse::journal {

// Appends one line, with its line end. Allocates only when `out` has to grow, so a reused buffer costs nothing.
void append_eve_line(std::string& out, const Event& event);

}  // namespace gatehouse::journal
