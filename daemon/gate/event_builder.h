// From what was seen in a flow to a journal event. The worker keeps one Event and has it filled anew each time, so
// its strings keep their memory and a busy worker allocates nothing here. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gate/flow/flow.h"
#include "gate/inspect/dhcp_message.h"
#include "gate/inspect/observation.h"
#include "gate/packet/packet.h"
#include "journal/event.h"

namespace gatehouse::gate {

// The flow's part: who with whom, when, how.
void fill_from_flow(journal::Event& event, const flow::Flow& flow, Timestamp at);
// The observation's part, and which kind of event it makes.
void fill_from_observation(journal::Event& event, const inspect::Observation& observation);
// A DHCP message in the packet in hand: from whom it came is told by the packet, for a server's broadcasts to all are one
// flow. `host_name`: as the device calls itself, here or when it asked.
void fill_from_dhcp(journal::Event& event, const inspect::DhcpMessage& message, const packet::PacketView& view,
                    std::string_view host_name);
// A flow that ended without a name, with the reason.
void fill_unnamed(journal::Event& event, const flow::Flow& flow);
// Empties every field but keeps the memory.
void clear(journal::Event& event);

// "A", "HTTPS", "TYPE1234": names of DNS types (IANA), for the journal.
void append_dns_type(std::string& out, std::uint16_t type);

}  // namespace gatehouse::gate
