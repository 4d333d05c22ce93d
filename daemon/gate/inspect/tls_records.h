// The handshake bytes inside the TLS records at the start of a stream: seen in place where one record holds
// them, gathered into the caller's scratch where they span several. Used by TlsInspector; no heap, any thread.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace gatehouse::inspect {

enum TlsRecordType : std::uint8_t {
  kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23, kHeartbeat = 24,
};

enum TlsMessageType : std::uint8_t { kClientHelloMessage = 1, kServerHelloMessage = 2, kCertificateMessage = 11 };

inline constexpr std::size_t kRecordHeader = 5;
inline constexpr std::size_t kMessageHeader = 4;
// RFC 5246 section 6.2.3 allows 2^14 + 2048 bytes of content; nothing honest is longer.
inline constexpr std::size_t kMaxRecord = 16384 + 2048;
// A hello or a server's flight up to its first certificate. Real hellos stay under 20 KB.
inline constexpr std::size_t kMaxGathered = 64 * 1024;

// The content of the handshake records at the start of `stream`.
struct TlsFlight {
  enum class Stop : std::uint8_t { OutOfBytes, OtherRecord, NotTls, Full };

  Bytes handshake;
  Stop stop = Stop::OutOfBytes;
  std::uint8_t other = 0;           // the record type that stopped it
  std::size_t records = 0;          // handshake records, the last perhaps cut
  std::size_t skipped = 0;          // other records before them
  bool odd = false;                 // an empty record, or a version that was never one
  std::size_t end = 0;              // offset in the stream behind the last record, whole or not
  std::size_t missing = 0;          // content that the last record still lacks

  // The whole message that begins at `offset` of the handshake bytes; 0 while its header is not there.
  [[nodiscard]] std::size_t message_size(std::size_t offset) const noexcept;
  // How many more bytes of the stream there must be at least before `wanted` handshake bytes can be there.
  [[nodiscard]] std::size_t more_for(std::size_t wanted) const noexcept;
};

// Walks records until the first that is no handshake after some handshake content (ChangeCipherSpec, alerts and
// heartbeats before it are skipped; application data always ends it). Stops when `scratch` is full.
TlsFlight gather_flight(Bytes stream, std::span<std::uint8_t> scratch) noexcept;

}  // namespace gatehouse::inspect
