#include "gate/inspect/tls_records.h"

#include <algorithm>
#include <cstring>

namespace gatehouse::inspect {

std::size_t TlsFlight::message_size(std::size_t offset) const noexcept {
  ByteReader reader(handshake);
  reader.seek(offset);
  reader.skip(1);
  const std::size_t length = reader.u24();
  return reader.ok() ? kMessageHeader + length : 0;
}

std::size_t TlsFlight::more_for(std::size_t wanted) const noexcept {
  const std::size_t lacking = wanted > handshake.size() ? wanted - handshake.size() : 1;
  return lacking <= missing ? lacking : lacking + kRecordHeader;
}

TlsFlight gather_flight(Bytes stream, std::span<std::uint8_t> scratch) noexcept {
  TlsFlight flight;
  std::size_t gathered = 0;
  ByteReader reader(stream);
  while (!reader.empty()) {
    const std::uint8_t type = reader.peek();
    const bool known = type >= kChangeCipherSpec && type <= kHeartbeat;
    if (!known || (reader.remaining() >= 2 && reader.peek(1) != 3)) {
      flight.stop = TlsFlight::Stop::NotTls;
      return flight;
    }
    if (type == kApplicationData || (type != kHandshake && flight.records > 0)) {
      flight.stop = TlsFlight::Stop::OtherRecord;
      flight.other = type;
      return flight;
    }
    if (reader.remaining() < kRecordHeader) return flight;
    reader.skip(2);
    const std::uint8_t minor = reader.u8();
    const std::size_t length = reader.u16();
    if (length > kMaxRecord) {
      flight.stop = TlsFlight::Stop::NotTls;
      return flight;
    }
    flight.odd = flight.odd || minor > 4 || length == 0;
    const Bytes content = reader.bytes(std::min(length, reader.remaining()));
    flight.missing = length - content.size();
    flight.end = reader.position() + flight.missing;
    if (type != kHandshake) {
      ++flight.skipped;
      continue;
    }
    if (++flight.records == 1) {
      flight.handshake = content;  // in place, as long as it is the only one
      continue;
    }
    if (flight.records == 2) {
      gathered = std::min(flight.handshake.size(), scratch.size());
      std::memcpy(scratch.data(), flight.handshake.data(), gathered);
    }
    const std::size_t fits = std::min(content.size(), scratch.size() - gathered);
    if (fits > 0) std::memcpy(scratch.data() + gathered, content.data(), fits);
    gathered += fits;
    flight.handshake = Bytes(scratch).first(gathered);
    if (gathered == scratch.size()) {
      flight.stop = TlsFlight::Stop::Full;
      return flight;
    }
  }
  return flight;
}

}  // namespace gatehouse::inspect
