// From what was seen in a flow to a journal event. The worker keeps one Event and has it filled anew each time, so
// its strings keep their memory and a busy worker allocates nothing here. One thread.
#pragma once

#include <cstdint>

#include "gate/flow/flow.h"
#include "gate/inspect/observation.h"
#include "journal/event.h"

namespace gatehouse::gate {

// The flow's part: who with whom, when, how.
void fill_from_flow(journal::Event& event, const flow::Flow& flow, Timestamp at);
// The observation's part, and which kind of event it makes.
void fill_from_observation(journal::Event& event, const inspect::Observation& observation);
// A flow that ended without a name, with the reason.
void fill_unnamed(journal::Event& event, const flow::Flow& flow);
// Empties every field but keeps the memory.
void clear(journal::Event& event);

// "A", "HTTPS", "TYPE1234": names of DNS types (IANA), for the journal.
void append_dns_type(std::string& out, std::uint16_t type);

}  // namespace gatehouse::gate
