#include "gate/inspect/resources.h"

#include <algorithm>

namespace gatehouse::inspect {

ResourcePools::ResourcePools(const InspectionLimits& limits)
    : quic_(limits.quic_handshakes),
      dtls_(limits.dtls_handshakes),
      hpack_(limits.http2_connections),
      dns_(std::make_unique<DnsScratch>()),
      header_block_(std::make_unique<std::array<std::uint8_t, kHeaderRoom>>()),
      header_text_(std::make_unique<std::array<char, kHeaderRoom>>()),
      resolvers_(limits.resolver_addresses) {
  std::sort(resolvers_.begin(), resolvers_.end());
}

bool ResourcePools::is_resolver(const IpAddress& address) const noexcept {
  return std::binary_search(resolvers_.begin(), resolvers_.end(), address);
}

InspectionResources::InspectionResources(const InspectionLimits& limits)
    : pools_(std::make_unique<ResourcePools>(limits)) {}
InspectionResources::~InspectionResources() = default;

}  // namespace gatehouse::inspect
