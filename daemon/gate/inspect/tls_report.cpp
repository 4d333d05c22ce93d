#include "gate/inspect/tls_report.h"

#include <array>
#include <cstring>

#include "base/hash.h"
#include "base/text.h"

namespace gatehouse::inspect {

namespace {

// The offered protocols with commas between, as many as fit: browsers offer two, and no honest client twenty.
class AlpnText {
 public:
  explicit AlpnText(Bytes list) noexcept {
    ByteReader reader(list);
    while (!reader.empty()) {
      const Bytes name = reader.bytes(reader.u8());
      const std::size_t comma = length_ > 0 ? 1 : 0;
      if (!reader.ok() || length_ + comma + name.size() > text_.size()) return;
      if (comma > 0) text_[length_++] = ',';
      if (!name.empty()) std::memcpy(text_.data() + length_, name.data(), name.size());
      length_ += name.size();
    }
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), length_}; }

 private:
  std::array<char, 256> text_;
  std::size_t length_ = 0;
};

}  // namespace

Unnamed report_hello(const ClientHello& hello, const HelloContext& context, ObservationSink& sink) noexcept {
  const AlpnText alpn(hello.alpn);
  const Ja4 ja4(hello, context.transport);
  Observation seen;
  seen.protocol = context.protocol;
  seen.direction = context.direction;
  seen.evasion = context.evasion;
  if (hello.names_malformed) seen.evasion |= evasion::kSniMalformed;
  if (!hello.whole) seen.evasion |= evasion::kOddRecord;
  seen.alpn = alpn.text();
  seen.ja4 = ja4.text();
  seen.version = hello.highest_version;
  seen.quic_version = context.quic_version;
  seen.ech = ech_of(hello);
  if (hello.name_count == 0) {
    sink.observe(seen);
    return seen.ech == Ech::Offered ? Unnamed::EncryptedHello : Unnamed::NoNameSent;
  }
  seen.from = seen.ech == Ech::Offered ? NameSource::EchOuterName : context.source;
  for (std::size_t i = 0; i < hello.name_count; ++i) {
    bool again = false;
    for (std::size_t k = 0; k < i; ++k) again = again || equals_ignoring_case(hello.names[k], hello.names[i]);
    if (again) continue;
    if (i > 0) seen.evasion |= evasion::kTwoNames;
    seen.host = hello.names[i];
    sink.observe(seen);
  }
  return seen.ech == Ech::Offered ? Unnamed::EncryptedHello : Unnamed::None;
}

std::uint64_t hash_of_names(const ClientHello& hello) noexcept {
  std::uint64_t hash = kFnvStart;
  for (std::size_t i = 0; i < hello.name_count; ++i) {
    for (const char c : hello.names[i]) {
      const char lower = ascii_lower(c);
      hash = fnv1a({&lower, 1}, hash);
    }
    hash = fnv1a("\n", hash);
  }
  return hash;
}

}  // namespace gatehouse::inspect
