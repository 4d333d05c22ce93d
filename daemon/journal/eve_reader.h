// Lines of EVE JSON back into events. Used by the lodge; any thread.
#pragma once

#include <string_view>

#include "base/result.h"
#include "journal/event.h"

namespace gatehouse::journal {

// One line, without its line end. The error says what is wrong with it; the caller knows file and line.
Result<Event> read_event(std::string_view line);

}  // namespace gatehouse::journal
