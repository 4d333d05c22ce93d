// DHCP messages: any bytes give a message or none, on its own ports and others; and what is written of it in the journal
// is read back as the same.
#include <cstdlib>
#include <string>

#include "gate/event_builder.h"
#include "gate/inspect/inspection.h"
#include "journal/eve_reader.h"
#include "journal/eve_writer.h"

using namespace gatehouse;

namespace {

struct Writing final : inspect::ObservationSink {
  void observe(const inspect::Observation& seen) noexcept override {
    if (seen.dhcp == nullptr) return;
    if (seen.dhcp->client.is_zero() || name_of(seen.dhcp->type) == "unknown") std::abort();
    journal::Event event;
    gate::fill_from_dhcp(event, *seen.dhcp, {}, seen.dhcp->host_name);
    std::string line;
    journal::append_eve_line(line, event);
    if (line.find('\n') != line.size() - 1) std::abort();
    const auto read = journal::read_event(std::string_view(line).substr(0, line.size() - 1));
    if (!read) std::abort();
    const journal::DhcpLease& its = read->dhcp;
    const bool same = its.reply == event.dhcp.reply && its.id == event.dhcp.id && its.type == event.dhcp.type &&
                      its.client_mac == event.dhcp.client_mac && its.assigned_ip == event.dhcp.assigned_ip &&
                      its.client_ip == event.dhcp.client_ip && its.relay_ip == event.dhcp.relay_ip &&
                      its.requested_ip == event.dhcp.requested_ip && its.client_id == event.dhcp.client_id &&
                      its.lease_time == event.dhcp.lease_time;
    if (!same) std::abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static inspect::InspectionResources resources;
  const Bytes message(data, size);
  Writing sink;
  inspect::DatagramInspection own(resources), other(resources);
  own.feed(inspect::Direction::ToServer, message, {68, 67, {}}, sink);
  own.feed(inspect::Direction::ToClient, message, {68, 67, {}}, sink);
  other.feed(inspect::Direction::ToServer, message, {40000, 9999, {}}, sink);
  return 0;
}
