// The words of the journal for our enums, one table for writer and reader.
#pragma once

#include <optional>
#include <string_view>

#include "journal/event.h"

namespace gatehouse::journal {

std::string_view name_of(EventType type) noexcept;    // event_type
std::string_view name_of(Action action) noexcept;     // gatehouse.action
std::string_view name_of(Outcome outcome) noexcept;   // gatehouse.outcome
std::optional<EventType> event_type_from(std::string_view name) noexcept;
std::optional<Action> action_from(std::string_view name) noexcept;
std::optional<Outcome> outcome_from(std::string_view name) noexcept;

// "TCP", "UDP" ... as Suricata's `proto`; "other" for the rest.
std::string_view protocol_name(std::uint8_t number) noexcept;
std::uint8_t protocol_from(std::string_view name) noexcept;  // 0 when unknown

}  // namespace gatehouse::journal
