// Reads one DNS message (RFC 1035 section 4; HTTPS/SVCB from RFC 9460), also as mDNS, LLMNR and the NetBIOS
// name service send it. Used by dns_inspector.cpp. The result borrows from DnsScratch, one a worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "gate/inspect/observation.h"

namespace gatehouse::inspect {

struct DnsQuestion {
  std::string_view name;  // dotted, no trailing dot; "." for the root
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
};

struct DnsMessage {
  std::uint16_t id = 0;
  bool is_answer = false;
  std::uint8_t opcode = 0;
  std::uint8_t rcode = 0;
  bool whole = false;  // every record that the header counts was read, and nothing is left over
  bool questions_whole = false;
  std::uint16_t question_count = 0;  // as the header says
  std::span<const DnsQuestion> questions;
  std::span<const DnsAnswer> answers;
};

// Room for one message's names and records. Reused for each message; several kilobytes.
class DnsScratch {
 public:
  // More questions than one are rare and more answers than this tell nothing new.
  static constexpr std::size_t kMaxQuestions = 32;
  static constexpr std::size_t kMaxAnswers = 64;

  // nullopt-like: false when the header is not all there.
  bool parse(Bytes message, DnsMessage& out) noexcept;
  // Decodes names of the NetBIOS first-level form in the questions and answers (RFC 1001 section 14.1).
  void decode_netbios(DnsMessage& message) noexcept;

 private:
  // A name of 255 bytes can need four characters a byte; most need one.
  static constexpr std::size_t kTextRoom = 32 * 1024;

  bool read_questions(class DnsNameReader& names, DnsMessage& out) noexcept;
  bool read_records(class DnsNameReader& names, std::size_t count, std::size_t& kept) noexcept;
  std::string_view keep(std::string_view name) noexcept;
  std::string_view netbios_name(std::string_view encoded) noexcept;

  std::array<DnsQuestion, kMaxQuestions> questions_;
  std::array<DnsAnswer, kMaxAnswers> answers_;
  std::array<char, kTextRoom> text_;
  std::size_t used_ = 0;
};

}  // namespace gatehouse::inspect
