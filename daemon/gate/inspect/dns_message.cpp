#include "gate/inspect/dns_message.h"

#include <algorithm>
#include <cstring>

#include "gate/inspect/dns_name.h"

namespace gatehouse::inspect {
namespace {

constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kNs = 2;
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kPtr = 12;
constexpr std::uint16_t kMx = 15;
constexpr std::uint16_t kAaaa = 28;
constexpr std::uint16_t kSrv = 33;
constexpr std::uint16_t kSvcb = 64;
constexpr std::uint16_t kHttps = 65;
constexpr std::uint16_t kSvcParamEch = 5;  // RFC 9848
constexpr std::size_t kNetbiosLength = 32;

// The parameters of an HTTPS/SVCB record (RFC 9460 section 2.2).
bool has_ech_parameter(ByteReader parameters) noexcept {
  while (parameters.remaining() >= 4) {
    const std::uint16_t key = parameters.u16();
    parameters.skip(parameters.u16());
    if (key == kSvcParamEch) return parameters.ok();
  }
  return false;
}

}  // namespace

std::string_view DnsScratch::keep(std::string_view name) noexcept {
  if (name.size() > text_.size() - used_) return {};
  char* place = text_.data() + used_;
  std::memcpy(place, name.data(), name.size());
  used_ += name.size();
  return {place, name.size()};
}

bool DnsScratch::read_questions(DnsNameReader& names, DnsMessage& out) noexcept {
  std::size_t kept = 0;
  bool good = true;
  for (std::size_t i = 0; i < out.question_count && good; ++i) {
    std::string_view name;
    good = names.read(name);
    const std::uint16_t type = names.at.u16();
    const std::uint16_t klass = names.at.u16();
    good = good && names.at.ok();
    if (good && kept < kMaxQuestions) questions_[kept++] = {keep(name), type, klass};
  }
  out.questions = {questions_.data(), kept};
  return good;
}

bool DnsScratch::read_records(DnsNameReader& names, std::size_t count, std::size_t& kept) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    std::string_view name;
    if (!names.read(name)) return false;
    DnsAnswer answer;
    answer.name = kept < kMaxAnswers ? keep(name) : std::string_view{};
    answer.type = names.at.u16();
    names.at.skip(2);  // class
    answer.ttl = names.at.u32();
    const std::uint16_t length = names.at.u16();
    const ByteReader start = names.at;
    const Bytes data = names.at.bytes(length);
    if (!names.at.ok()) return false;
    if (kept >= kMaxAnswers) continue;
    const ByteReader after = names.at;
    names.at = start;
    std::string_view target;
    switch (answer.type) {
      case kA:
        answer.address = IpAddress::v4(data);
        break;
      case kAaaa:
        answer.address = IpAddress::v6(data);
        break;
      case kSvcb:
      case kHttps:
        names.at.skip(2);
        if (names.read(target)) {
          answer.target = keep(target);
          const std::size_t used = names.at.position() - start.position();
          if (used < length) answer.has_ech = has_ech_parameter(ByteReader(data.subspan(used)));
        }
        break;
      case kSrv:
        names.at.skip(4);
        [[fallthrough]];
      case kMx:
        names.at.skip(2);
        [[fallthrough]];
      case kNs:
      case kCname:
      case kPtr:
        if (names.read(target)) answer.target = keep(target);
        break;
      default:
        break;
    }
    names.at = after;
    answers_[kept++] = answer;
  }
  return true;
}

bool DnsScratch::parse(Bytes message, DnsMessage& out) noexcept {
  used_ = 0;
  out = {};
  DnsNameReader names(message);
  out.id = names.at.u16();
  const std::uint16_t flags = names.at.u16();
  out.question_count = names.at.u16();
  const std::uint16_t answers = names.at.u16();
  const std::uint16_t authority = names.at.u16();
  const std::uint16_t additional = names.at.u16();
  if (!names.at.ok()) return false;
  out.is_answer = (flags & 0x8000) != 0;
  out.opcode = static_cast<std::uint8_t>((flags >> 11) & 0x0f);
  out.rcode = static_cast<std::uint8_t>(flags & 0x0f);
  out.questions_whole = read_questions(names, out);
  std::size_t kept = 0;
  bool good = out.questions_whole && read_records(names, answers, kept);
  out.answers = {answers_.data(), kept};
  // Authority and additional records are walked only to see that the message is what it says.
  std::size_t ignored = kMaxAnswers;
  good = good && read_records(names, std::size_t{authority} + additional, ignored);
  out.whole = good && names.at.remaining() == 0;
  return true;
}

std::string_view DnsScratch::netbios_name(std::string_view encoded) noexcept {
  const std::string_view first = encoded.substr(0, encoded.find('.'));
  if (first.size() != kNetbiosLength) return encoded;
  std::array<char, kNetbiosLength / 2> decoded{};
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const int high = first[2 * i] - 'A';
    const int low = first[2 * i + 1] - 'A';
    if (high < 0 || high > 15 || low < 0 || low > 15) return encoded;
    decoded[i] = static_cast<char>(high << 4 | low);
  }
  std::string_view name{decoded.data(), decoded.size() - 1};  // the last byte is the kind of service
  while (!name.empty() && (name.back() == ' ' || name.back() == '\0')) name.remove_suffix(1);
  return keep(name);
}

void DnsScratch::decode_netbios(DnsMessage& message) noexcept {
  for (std::size_t i = 0; i < message.questions.size(); ++i)
    questions_[i].name = netbios_name(questions_[i].name);
  for (std::size_t i = 0; i < message.answers.size(); ++i) answers_[i].name = netbios_name(answers_[i].name);
}

}  // namespace gatehouse::inspect
