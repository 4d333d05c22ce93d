// Lease files hold what devices sent (host names, identifiers): any text gives leases and counts, in each of the
// three formats, and the intervals made of them run forwards.
#include <cstdlib>

#include "base/bytes.h"
#include "lodge/identity/dhcp/lease_book.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::lodge;
  const std::string_view text = as_text({data, size});
  Vendors vendors;
  vendors.read(text);
  for (const auto format : {dhcp::Format::Dnsmasq, dhcp::Format::Kea, dhcp::Format::Isc}) {
    SessionTimeline timeline;
    dhcp::LeaseBook book("server", Hearsay::No, vendors, timeline);
    Timestamp now = timestamp_from_us(1'794'300'000'000'000);
    for (const std::size_t part : {size / 2, size, size / 3}) {
      book.take(dhcp::read_lease_file(format, text.substr(0, part)), now);
      now += Seconds{100};
    }
    for (const Lease& lease : timeline.leases()) {
      if (lease.to <= lease.from) std::abort();
      if (!who(timeline, lease.address, {}, lease.from).login.empty()) std::abort();  // a lease names nobody
    }
  }
  return 0;
}
