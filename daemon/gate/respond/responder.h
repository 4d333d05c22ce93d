// What is sent in place of what is stopped, so that a client fails at once and says why: resets, the block page, DNS
// answers, ICMP. And what keeps names visible: DNS answers without encrypted hello keys, names that switch encrypted
// DNS or relays on, safe search. One a worker; owns the memory its replies point into. No allocation after set-up.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gate/inspect/observation.h"
#include "gate/packet/packet.h"
#include "gate/policy/policy.h"
#include "gate/respond/block_page.h"
#include "gate/respond/dns_answer.h"
#include "gate/respond/safe_search.h"
#include "gate/respond/settings.h"

namespace gatehouse::respond {

enum class Towards : std::uint8_t { Client, Server };
struct ReplyPacket {
  Bytes bytes;  // a whole IP packet
  Towards towards = Towards::Client;
};

// What becomes of the packet in hand.
enum class InHand : std::uint8_t {
  Pass,
  Drop,
  Replace,  // it goes on its way as `replacement`
};

enum class ReplyKind : std::uint8_t {
  None,
  Silence,        // dropped; nothing that could be sent would help
  Reset,
  BlockPage,
  Unreachable,
  DnsRefused,     // a blocked name: no such domain, or the block page's address
  DnsSwitch,      // a name that switches encrypted DNS or a relay on was answered as its maker documents
  DnsSafeSearch,
  DnsWithoutEch,
};
std::string_view name_of(ReplyKind kind) noexcept;  // "reset", "block-page" ...

// Borrows from the Responder (and Pass from nothing) until its next call.
struct Reply {
  ReplyKind kind = ReplyKind::None;
  InHand packet = InHand::Pass;
  Bytes replacement;                     // a whole IP packet, with Replace
  std::span<const ReplyPacket> packets;  // to be sent, in this order
  // The flow is at its end: every later packet of it, from either side, goes to after_block() or is dropped. False
  // for DNS over UDP, where the next message of the same flow is looked at for itself.
  bool ends_flow = false;
};

// What the flow knows beside the packet in hand.
struct FlowFacts {
  bool from_client = true;  // the packet in hand
  // TCP: the first byte of each side that was not let through yet, where the flow knows it; where it does not, the
  // packet in hand says it well enough unless it came out of order.
  std::optional<std::uint32_t> client_next;
  std::optional<std::uint32_t> server_next;
  std::string_view reference;  // the event's id, for the block page; may be empty
};

class Responder {
 public:
  // Both are shared with the other workers and stay alive with this. Made anew at each reload.
  Responder(std::shared_ptr<const RespondSettings> settings, std::shared_ptr<const policy::PolicySnapshot> snapshot);

  // The reply to what was decided, with `view` the packet in hand (its payload: the segment or datagram that made
  // the observation whole). For a decision that does not block, what dns() answers, or Pass.
  Reply make(const packet::PacketView& view, const FlowFacts& flow, const inspect::Observation& observation,
             const policy::Decision& decision) noexcept;

  // Keeps names visible: for every DNS message, query or answer, that is not blocked; make() calls it too. `group` is
  // the client's (Decision::group). Nothing but DNS over port 53 is touched.
  Reply dns(const packet::PacketView& view, const FlowFacts& flow, std::string_view group) noexcept;

  // A later packet of a flow that was ended: dropped, and its sender is told again that the connection is closed, in
  // case the first reset was lost. After a block page the page is left alone: what only acknowledges is dropped.
  Reply after_block(const packet::PacketView& view, const FlowFacts& flow) noexcept;

  [[nodiscard]] const RespondSettings& settings() const noexcept { return *settings_; }

 private:
  // The longest block page in segments, and a reset for each side.
  static constexpr std::size_t kMostPackets = 20;
  static constexpr std::size_t kArena = 24 * 1024;

  // Longer DNS answers are not rewritten: what clients say that they take over UDP (RFC 6891 section 6.2.5).
  static constexpr std::size_t kMostMessage = 4096;

  void begin() noexcept;
  [[nodiscard]] std::span<std::uint8_t> room() noexcept;
  void sent(std::size_t length, Towards towards) noexcept;
  Reply finish(ReplyKind kind, InHand packet, bool ends_flow) noexcept;
  Reply pass() noexcept;

  void reset(const packet::PacketView& view, const FlowFacts& flow, Towards towards) noexcept;
  bool say_and_close(const packet::PacketView& view, const FlowFacts& flow, Bytes content) noexcept;
  Reply reset_both(const packet::PacketView& view, const FlowFacts& flow) noexcept;
  Reply unreachable(const packet::PacketView& view, const FlowFacts& flow, bool quic) noexcept;
  Reply page(const packet::PacketView& view, const FlowFacts& flow, const inspect::Observation& observation,
             const policy::Decision& decision) noexcept;

  // responder_dns.cpp
  void explain_categories();
  static Bytes message_of(const packet::PacketView& view) noexcept;
  Reply refuse_name(const packet::PacketView& view, const FlowFacts& flow, const policy::Decision& decision) noexcept;
  Reply shape_dns(const packet::PacketView& view, const FlowFacts& flow, std::string_view group) noexcept;
  Reply dns_query(const packet::PacketView& view, const FlowFacts& flow, Bytes message, std::string_view group) noexcept;
  Reply dns_answer(const packet::PacketView& view, const FlowFacts& flow, Bytes message) noexcept;
  Reply give_answer(const packet::PacketView& view, const FlowFacts& flow, const DnsAsked& asked,
                    const DnsAnswerPlan& plan, ReplyKind kind) noexcept;
  Reply give_message(const packet::PacketView& view, const FlowFacts& flow, Bytes message, ReplyKind kind) noexcept;
  Reply replace(const packet::PacketView& view, const FlowFacts& flow, Bytes message, ReplyKind kind) noexcept;

  struct Explanation {
    std::string category;
    std::string text;
  };

  std::shared_ptr<const RespondSettings> settings_;
  std::shared_ptr<const policy::PolicySnapshot> snapshot_;
  BlockPages pages_;
  SafeSearch safe_search_;
  std::vector<Explanation> explanations_;  // for DNS, by category; the first for any other
  std::array<std::uint8_t, kArena> arena_;
  std::array<std::uint8_t, kArena> scratch_;  // a page or a message before it is cut into packets
  std::array<std::uint8_t, 2 + kMostMessage> framed_;  // a message with its length, as TCP carries it
  std::size_t used_ = 0;
  std::array<ReplyPacket, kMostPackets> packets_;
  std::size_t count_ = 0;
};

}  // namespace gatehouse::respond
