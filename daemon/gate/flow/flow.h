// One flow as the gate remembers it: who talks to whom since when, how much, and what is known of it. Small,
// because a gateway holds very many; what only the first bytes need is in an InspectContext of the engine's pool.
// Used by FlowTable, FlowEngine and whoever implements FlowSink. One worker's thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "gate/inspect/observation.h"
#include "gate/packet/flow_key.h"

namespace gatehouse::flow {

// What the policy answered to an observation: go on looking, enough seen, or stop this flow.
enum class FlowVerdict : std::uint8_t { Continue, Decided, Block };

enum class FlowState : std::uint8_t {
  New,          // TCP: no answer yet; UDP: only one side has spoken
  Established,  // both sides have spoken
  Closing,      // FIN from both sides or a reset
};

// Packets and bytes of one end; the ends are the key's low (0) and high (1).
struct FlowEnd {
  std::uint64_t bytes = 0;       // of payload
  std::uint32_t packets = 0;
  std::uint32_t first_seq = 0;   // TCP: sequence number of the stream's first byte, when `seq_known`
  std::uint32_t recent_ts = 0;   // RFC 7323's TS.Recent of what this end sent; 0 for none
  std::uint8_t ttl = 0;          // of the first packet that was not a decoy
  bool seq_known : 1 = false;
  bool good_sum : 1 = false;     // has shown a checksum that holds
  bool fin : 1 = false;
  bool reset : 1 = false;        // and has been silent since
};

struct Flow {
  static constexpr std::uint32_t kNoContext = ~std::uint32_t{0};

  packet::FlowKey key;
  FlowEnd ends[2];
  Timestamp first{};
  Timestamp last{};
  std::uint64_t id = 0;          // the same whenever the same capture is read: journal's flow_id
  std::uint32_t context = kNoContext;
  inspect::EvasionFlags evasion = 0;
  std::uint32_t pending_seq = 0; // first_seq that a later SYN claims, until its answer proves it
  std::uint16_t names = 0;
  MacAddress client_mac;         // zero where the link has none

  inspect::AppProtocol protocol = inspect::AppProtocol::Unknown;
  inspect::Unnamed unnamed = inspect::Unnamed::NoPayload;
  FlowVerdict verdict = FlowVerdict::Continue;
  FlowState state = FlowState::New;

  bool client_is_high : 1 = false;
  bool client_certain : 1 = false;    // from SYN or content, not guessed from ports
  bool start_seen : 1 = false;        // the SYN was there (TCP), always for the others
  bool inspection_over : 1 = false;   // nothing more is looked at
  bool md5_agreed : 1 = false;        // the SYN itself carried the MD5 option
  bool pending_from_high : 1 = false;
  bool pending_syn : 1 = false;
  bool in_use : 1 = false;

  [[nodiscard]] int client_end() const noexcept { return client_is_high ? 1 : 0; }
  [[nodiscard]] const IpAddress& client() const noexcept { return client_is_high ? key.high : key.low; }
  [[nodiscard]] const IpAddress& server() const noexcept { return client_is_high ? key.low : key.high; }
  [[nodiscard]] std::uint16_t client_port() const noexcept { return client_is_high ? key.high_port : key.low_port; }
  [[nodiscard]] std::uint16_t server_port() const noexcept { return client_is_high ? key.low_port : key.high_port; }
  [[nodiscard]] std::uint16_t vlan() const noexcept { return key.vlan; }
  [[nodiscard]] const FlowEnd& from_client() const noexcept { return ends[client_end()]; }
  [[nodiscard]] const FlowEnd& from_server() const noexcept { return ends[1 - client_end()]; }
  [[nodiscard]] bool decided() const noexcept { return verdict != FlowVerdict::Continue; }

  [[nodiscard]] bool seq_known(int end) const noexcept { return ends[end].seq_known; }
  void set_seq(int end, std::uint32_t seq) noexcept {
    ends[end].first_seq = seq;
    ends[end].seq_known = true;
  }
};
static_assert(sizeof(Flow) <= 192, "three cache lines");

}  // namespace gatehouse::flow
