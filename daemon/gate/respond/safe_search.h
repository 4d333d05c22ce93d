// Safe search by DNS. The engines that offer it say: let the name of the engine lead to the host that always filters.
// A client does not follow a bare CNAME, so the query goes on to the resolver with the safe host's name in it, and
// the answer comes back with the client's own question, a CNAME to the safe host, and the safe host's addresses as
// the resolver knows them. No address is kept here that an engine could change. One a worker; fixed memory.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "gate/packet/packet.h"
#include "gate/respond/dns_parts.h"
#include "gate/respond/settings.h"

namespace gatehouse::respond {

// The engines in the built-in table (safe_search.cpp gives each one's source).
std::span<const std::string_view> known_engines() noexcept;
// A dotted name as on the wire; empty when it is none.
std::vector<std::uint8_t> wire_name(std::string_view name);

class SafeSearch {
 public:
  explicit SafeSearch(const SafeSearchSettings& settings);

  // The safe host (on the wire) that `name` must lead to for a client of this group; empty for none.
  [[nodiscard]] Bytes safe_host(std::string_view name, std::string_view group) const noexcept;

  // Writes the query that goes on in place of the client's and remembers what was asked. The length, or 0.
  std::size_t ask(std::span<std::uint8_t> out, const packet::PacketView& view, Bytes message, const DnsAsked& asked,
                  Bytes safe_host) noexcept;

  // Of an answer to such a query, what the client is given. The length, or 0 when it answers nothing of ours.
  std::size_t answer(std::span<std::uint8_t> out, const packet::PacketView& view, Bytes message,
                     const DnsAsked& asked) noexcept;

 private:
  // Queries waiting for their answer, by where they come from; a later one takes an earlier one's place, whose client
  // asks again. More than a busy resolver has open at once.
  static constexpr std::size_t kPlaces = 1024;
  static constexpr Seconds kPatience{10};  // stub resolvers give up after 5 s

  struct Waiting {
    IpAddress client;
    IpAddress server;
    std::uint16_t port = 0;
    std::uint16_t id = 0;
    Timestamp since{};
    std::uint16_t question_size = 0;  // 0: free
    std::array<std::uint8_t, dns::kMostName + 4> question;
    const std::vector<std::uint8_t>* safe = nullptr;
  };

  [[nodiscard]] std::size_t place_of(const IpAddress& client, std::uint16_t port, std::uint16_t id) const noexcept;
  [[nodiscard]] const std::vector<std::uint8_t>* find(std::string_view name) const noexcept;

  struct Lead {
    std::string host;
    std::vector<std::uint8_t> safe;
  };
  std::vector<std::string> groups_;
  std::vector<Lead> leads_;               // sorted by host
  std::vector<std::uint8_t> google_safe_; // empty: not wanted
  std::unique_ptr<Waiting[]> waiting_;    // none when nobody has safe search
};

}  // namespace gatehouse::respond
