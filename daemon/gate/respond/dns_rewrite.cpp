#include "gate/respond/dns_rewrite.h"

#include <algorithm>
#include <array>

#include "gate/respond/dns_parts.h"

namespace gatehouse::respond {
namespace {

constexpr std::uint16_t kMandatory = 0, kEch = 5;  // RFC 9460 section 14.3.2
// Bounds of what is rewritten: an answer that a browser asked for has a handful of each.
constexpr std::size_t kMostCuts = 32;
constexpr std::size_t kMostPatches = 256;
constexpr unsigned kMostRecords = 256;
constexpr unsigned kPointerMark = 0xc0;

struct Cut {
  std::size_t at;
  std::size_t length;
};
struct Patch {
  std::size_t at;
  std::uint16_t value;
};

// Reads the message once and notes what is to go and which numbers change; nothing is written before all is known.
class Plan {
 public:
  explicit Plan(Bytes message) noexcept : message_(message), reader_(message) {}

  EchRemoval make() noexcept {
    DnsHeader header;
    if (!read_header(reader_, header)) return EchRemoval::NothingThere;
    for (unsigned i = 0; i < header.counts[0]; ++i) {
      const bool whole = i < kMostRecords && name(reader_);
      reader_.skip(4);
      if (!whole || !reader_.ok()) return doubtful();
    }
    const unsigned records = static_cast<unsigned>(header.counts[1]) + header.counts[2] + header.counts[3];
    for (unsigned i = 0; i < records; ++i) {
      if (i >= kMostRecords || !record()) return doubtful();
    }
    if (!possible_) return doubtful();
    if (cut_count_ == 0) return EchRemoval::NothingThere;
    return move_pointers() ? EchRemoval::Removed : EchRemoval::Impossible;
  }

  // The cuts come in the message's order, as the walk found them.
  [[nodiscard]] std::span<const Cut> cuts() const noexcept { return {cuts_.data(), cut_count_}; }
  [[nodiscard]] std::span<const Patch> lengths() const noexcept { return {lengths_.data(), length_count_}; }
  [[nodiscard]] std::span<const Patch> pointers() const noexcept { return {pointers_.data(), pointer_count_}; }

 private:
  // A message that cannot be read to its end: a client may still make something of the front of it.
  [[nodiscard]] EchRemoval doubtful() const noexcept {
    return saw_service_ ? EchRemoval::Impossible : EchRemoval::NothingThere;
  }

  void set_length(std::size_t at, std::size_t value) noexcept {
    if (length_count_ == kMostPatches) {
      possible_ = false;
      return;
    }
    lengths_[length_count_++] = {at, static_cast<std::uint16_t>(value)};
  }
  void note_pointer(std::size_t at, std::size_t target) noexcept {
    if (pointer_count_ == kMostPatches) {
      possible_ = false;
      return;
    }
    pointers_[pointer_count_++] = {at, static_cast<std::uint16_t>(target)};
  }
  void cut(std::size_t at, std::size_t length) noexcept {
    if (cut_count_ == kMostCuts) {
      possible_ = false;
      return;
    }
    cuts_[cut_count_++] = {at, length};
  }

  // Past a name; where it ends in a pointer, that is noted.
  bool name(ByteReader& reader) noexcept {
    for (;;) {
      const std::size_t at = reader.position();
      const std::uint8_t length = reader.u8();
      if ((length & kPointerMark) == kPointerMark) {
        const std::uint8_t low = reader.u8();
        if (reader.ok()) note_pointer(at, static_cast<std::size_t>(length & ~kPointerMark) << 8 | low);
        return reader.ok();
      }
      if (!reader.ok() || length >= 64) return false;
      if (length == 0) return true;
      reader.skip(length);
    }
  }

  bool record() noexcept {
    ByteReader owner = reader_;
    if (!name(owner)) return false;
    const std::uint16_t type = owner.u16();
    const bool is_service = owner.ok() && (type == dns::kHttps || type == dns::kSvcb);
    saw_service_ = saw_service_ || is_service;
    DnsRecord record;
    if (!read_record(reader_, record)) return false;
    if (is_service) return service(record);
    names_in(record);
    return true;
  }

  // RDATA in which RFC 1035 (or an RFC before RFC 3597 forbade it) lets names be compressed.
  void names_in(const DnsRecord& record) noexcept {
    std::size_t before = 0, names = 1;
    switch (record.type) {
      case 2: case 3: case 4: case 5: case 7: case 8: case 9: case 12: case 39: break;  // NS MD MF CNAME MB MG MR PTR DNAME
      case 6: case 14: case 17: names = 2; break;                                       // SOA MINFO RP
      case 15: case 18: case 21: case 36: before = 2; break;                            // MX AFSDB RT KX
      case 26: before = 2; names = 2; break;                                            // PX
      case 33: before = 6; break;                                                       // SRV
      default: return;
    }
    ByteReader rdata(message_);
    rdata.seek(record.rdata_at + before);
    for (std::size_t i = 0; i < names; ++i) {
      if (!name(rdata) || rdata.position() > record.rdata_at + record.rdlength) {
        malformed_names_ = true;
        return;
      }
    }
  }

  // RFC 9460 section 2.2: priority, target name (never compressed, but a pointer would do no harm), then the
  // parameters in the order of their keys. A second `ech` is malformed, and goes all the same.
  bool service(const DnsRecord& record) noexcept {
    const std::size_t end = record.rdata_at + record.rdlength;
    ByteReader rdata(message_.first(end));
    rdata.seek(record.rdata_at + 2);
    if (!name(rdata)) return false;
    std::size_t removed = 0;
    while (!rdata.empty()) {
      const std::size_t at = rdata.position();
      const std::uint16_t key = rdata.u16();
      const std::size_t length = rdata.u16();
      const Bytes value = rdata.bytes(length);
      if (!rdata.ok()) return false;
      if (key == kEch) {
        cut(at, 4 + length);
        removed += 4 + length;
      } else if (key == kMandatory) {
        removed += mandatory(at, value);
      }
    }
    if (removed != 0) set_length(record.rdlength_at, record.rdlength - removed);
    return true;
  }

  // The list of keys without which the record must not be used (section 8). Answers how many bytes go.
  std::size_t mandatory(std::size_t at, Bytes value) noexcept {
    std::size_t gone = 0;
    for (std::size_t i = 0; i + 2 <= value.size(); i += 2) {
      if (value[i] == 0 && value[i + 1] == kEch) gone += 2;
    }
    if (gone == 0) return 0;
    if (gone == value.size()) {  // an empty list is malformed: the parameter goes with it
      cut(at, 4 + gone);
      return 4 + gone;
    }
    set_length(at + 2, value.size() - gone);
    for (std::size_t i = 0; i + 2 <= value.size(); i += 2) {
      if (value[i] == 0 && value[i + 1] == kEch) cut(at + 4 + i, 2);
    }
    return gone;
  }

  // Pointers beyond a cut point as much further forward. False when one points into a cut.
  bool move_pointers() noexcept {
    if (malformed_names_) return false;  // what they point to cannot be told
    for (Patch& pointer : std::span(pointers_.data(), pointer_count_)) {
      std::size_t before = 0;
      for (const Cut& one : cuts()) {
        if (pointer.value >= one.at + one.length) {
          before += one.length;
        } else if (pointer.value >= one.at) {
          return false;
        }
      }
      pointer.value = static_cast<std::uint16_t>(kPointerMark << 8 | (pointer.value - before));
    }
    return true;
  }

  Bytes message_;
  ByteReader reader_;
  std::array<Cut, kMostCuts> cuts_;
  std::size_t cut_count_ = 0;
  std::array<Patch, kMostPatches> lengths_;
  std::size_t length_count_ = 0;
  std::array<Patch, kMostPatches> pointers_;  // as they point now; after make(), as they are to be written
  std::size_t pointer_count_ = 0;
  bool possible_ = true;
  bool saw_service_ = false;
  bool malformed_names_ = false;
};

void set16(std::span<std::uint8_t> message, std::size_t at, unsigned value) noexcept {
  message[at] = static_cast<std::uint8_t>(value >> 8);
  message[at + 1] = static_cast<std::uint8_t>(value);
}

}  // namespace

EchRemoval remove_ech(std::span<std::uint8_t> message, std::size_t& size) noexcept {
  size = message.size();
  Plan plan(message);
  const EchRemoval result = plan.make();
  if (result != EchRemoval::Removed) return result;
  for (const Patch& length : plan.lengths()) set16(message, length.at, length.value);
  for (const Patch& pointer : plan.pointers()) set16(message, pointer.at, pointer.value);
  message[3] = static_cast<std::uint8_t>(message[3] & ~dns::kAuthentic);
  // Close the gaps, from the front.
  std::size_t to = plan.cuts().front().at;
  for (std::size_t i = 0; i < plan.cuts().size(); ++i) {
    const std::size_t from = plan.cuts()[i].at + plan.cuts()[i].length;
    const std::size_t end = i + 1 < plan.cuts().size() ? plan.cuts()[i + 1].at : message.size();
    std::copy(message.begin() + static_cast<std::ptrdiff_t>(from), message.begin() + static_cast<std::ptrdiff_t>(end),
              message.begin() + static_cast<std::ptrdiff_t>(to));
    to += end - from;
  }
  size = to;
  return result;
}

}  // namespace gatehouse::respond
