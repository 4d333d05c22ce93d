// What one worker's inspections share: bounded pools for state that few flows need, scratch for parsing, and
// the compiled signatures. Behind InspectionResources, so that callers see none of it. One thread.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/bounded_pool.h"
#include "gate/inspect/dns_message.h"
#include "gate/inspect/dtls_inspector.h"
#include "gate/inspect/hpack_decoder.h"
#include "gate/inspect/inspection.h"
#include "gate/inspect/quic_crypto.h"
#include "gate/inspect/quic_inspector.h"
#include "gate/inspect/signatures.h"

namespace gatehouse::inspect {

class ResourcePools {
 public:
  // A header block with its continuations that is longer is not decoded (RFC 9113 section 10.5.1 lets anyone
  // say no).
  static constexpr std::size_t kHeaderRoom = 64 * 1024;

  explicit ResourcePools(const InspectionLimits& limits);  // throws SetupError

  BoundedPool<QuicInspector>& quic() noexcept { return quic_; }
  BoundedPool<DtlsInspector>& dtls() noexcept { return dtls_; }
  BoundedPool<HpackDecoder>& hpack() noexcept { return hpack_; }
  QuicCrypto& quic_crypto() noexcept { return quic_crypto_; }
  DnsScratch& dns() noexcept { return *dns_; }
  std::span<std::uint8_t> header_block() noexcept { return *header_block_; }
  std::span<char> header_text() noexcept { return *header_text_; }
  const Signatures& signatures() const noexcept { return signatures_; }
  [[nodiscard]] bool is_resolver(const IpAddress& address) const noexcept;

 private:
  QuicCrypto quic_crypto_;
  BoundedPool<QuicInspector> quic_;
  BoundedPool<DtlsInspector> dtls_;
  BoundedPool<HpackDecoder> hpack_;
  std::unique_ptr<DnsScratch> dns_;
  std::unique_ptr<std::array<std::uint8_t, kHeaderRoom>> header_block_;
  std::unique_ptr<std::array<char, kHeaderRoom>> header_text_;
  Signatures signatures_;
  std::vector<IpAddress> resolvers_;  // sorted
};

}  // namespace gatehouse::inspect
