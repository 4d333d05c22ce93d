// Answers of our own to DNS queries: no such domain, no such record, or an address; with the reason (Extended DNS
// Errors, RFC 8914) where the client understands EDNS. Writes into the caller's buffer.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "gate/respond/dns_parts.h"
#include "gate/respond/settings.h"

namespace gatehouse::respond {

struct DnsAnswerPlan {
  unsigned rcode = dns::kNoError;
  // For A and AAAA questions, one record where there is an address of that family; otherwise the answer is empty,
  // without an SOA: nothing about the block is cached for longer than the client's own least time.
  std::optional<IpAddress> v4;
  std::optional<IpAddress> v6;
  std::uint32_t ttl = 60;
  // The Extended DNS Error: 0 for none. The text is in plain English, cut where it would be too long.
  std::uint16_t reason = 0;
  std::string_view text;
};

// Room that any answer of write_dns_answer fits in.
inline constexpr std::size_t kMostOwnAnswer = 1024;
// The longest reason: with a question of any length, the answer stays below the 512 bytes that every client takes.
inline constexpr std::size_t kMostReason = 160;

// Answers the length, or 0 when it does not fit.
std::size_t write_dns_answer(std::span<std::uint8_t> out, const DnsAsked& asked, const DnsAnswerPlan& plan) noexcept;
// To a message that is no query anybody sends (no question, or several): a format error, as servers answer it.
// 0 when there is not even a header.
std::size_t write_format_error(std::span<std::uint8_t> out, Bytes message) noexcept;

}  // namespace gatehouse::respond
