#include "journal/names.h"

#include <array>
#include <utility>

namespace gatehouse::journal {
namespace {

template <typename Enum, std::size_t N>
using Table = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Table<EventType, 12> kTypes = {{{EventType::Tls, "tls"},
                                          {EventType::Quic, "quic"},
                                          {EventType::Http, "http"},
                                          {EventType::Dns, "dns"},
                                          {EventType::Mdns, "mdns"},
                                          {EventType::Llmnr, "llmnr"},
                                          {EventType::Netbios, "netbios"},
                                          {EventType::Tunnel, "tunnel"},
                                          {EventType::Flow, "flow"},
                                          {EventType::Stats, "stats"},
                                          {EventType::Gate, "gate"},
                                          {EventType::Dhcp, "dhcp"}}};
constexpr Table<Action, 4> kActions = {
    {{Action::None, "none"}, {Action::Allow, "allow"}, {Action::Log, "log"}, {Action::Block, "block"}}};
constexpr Table<Outcome, 7> kOutcomes = {{{Outcome::None, "none"},
                                          {Outcome::Allowed, "allowed"},
                                          {Outcome::AllowedLogged, "allowed-logged"},
                                          {Outcome::Blocked, "blocked"},
                                          {Outcome::ResetSentUnconfirmed, "reset-sent-unconfirmed"},
                                          {Outcome::WouldBlock, "would-block"},
                                          {Outcome::Unknown, "unknown"}}};
constexpr Table<std::uint8_t, 8> kProtocols = {{{6, "TCP"},
                                                {17, "UDP"},
                                                {1, "ICMP"},
                                                {58, "IPv6-ICMP"},
                                                {47, "GRE"},
                                                {50, "ESP"},
                                                {51, "AH"},
                                                {132, "SCTP"}}};

template <typename Enum, std::size_t N>
std::string_view find_name(const Table<Enum, N>& table, Enum value) noexcept {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return {};
}

template <typename Enum, std::size_t N>
std::optional<Enum> find_value(const Table<Enum, N>& table, std::string_view wanted) noexcept {
  for (const auto& [value, name] : table) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(EventType type) noexcept { return find_name(kTypes, type); }
std::string_view name_of(Action action) noexcept { return find_name(kActions, action); }
std::string_view name_of(Outcome outcome) noexcept { return find_name(kOutcomes, outcome); }
std::optional<EventType> event_type_from(std::string_view name) noexcept { return find_value(kTypes, name); }
std::optional<Action> action_from(std::string_view name) noexcept { return find_value(kActions, name); }
std::optional<Outcome> outcome_from(std::string_view name) noexcept { return find_value(kOutcomes, name); }

std::string_view protocol_name(std::uint8_t number) noexcept {
  const std::string_view name = find_name(kProtocols, number);
  return name.empty() ? "other" : name;
}
std::uint8_t protocol_from(std::string_view name) noexcept { return find_value(kProtocols, name).value_or(0); }

}  // namespace gatehouse::journal
