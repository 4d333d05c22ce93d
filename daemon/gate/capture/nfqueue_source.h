// Packets that the kernel holds until we answer: one or more netfilter queues of one worker, over one socket. Bursts are
// read with one system call and answered with one. What the kernel could not queue is counted, never silent.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "gate/capture/marks.h"
#include "gate/capture/source.h"

namespace gatehouse::capture {

struct QueueSpec {
  std::uint16_t number = 0;
  bool fail_open = true;  // what does not fit goes on unseen
};

struct NfqueueSettings {
  std::vector<QueueSpec> queues;
  std::uint32_t most_packets = 65'536;      // that wait in the kernel
  std::size_t receive_buffer = 128u << 20;  // of the socket
  Marks marks;
};

struct NfqueueStats {
  std::uint64_t packets = 0;
  std::uint64_t overflows = 0;  // times that the socket's buffer was full (ENOBUFS)
  std::uint64_t missed = 0;     // packets that were dropped because a queue or the socket was full
  std::uint64_t errors = 0;     // verdicts that the kernel refused
};

class NfqueueSource final : public PacketSource {
 public:
  // Throws SetupError, saying which right or module is missing, or who has the queue.
  explicit NfqueueSource(NfqueueSettings settings);
  ~NfqueueSource() override;
  NfqueueSource(const NfqueueSource&) = delete;
  NfqueueSource& operator=(const NfqueueSource&) = delete;

  std::span<const packet::RawPacket> poll(Milliseconds wait) override;
  void verdict(std::uint32_t handle, const Answer& answer) override;
  void send_verdicts() override;
  [[nodiscard]] bool finished() const override { return false; }

  // Asks the kernel for what it knows; not for every burst.
  const NfqueueStats& stats() noexcept;

 private:
  struct Waiting {
    std::uint32_t id = 0;
    std::uint16_t queue = 0;
    std::uint32_t mark = 0;  // of the packet, without our bits
    bool answered = false;
    Answer answer;
  };
  struct Buffers;
  struct Interface {
    std::uint32_t index = 0;
    std::uint16_t vlan = 0;
  };
  void configure(const QueueSpec& queue);
  void take(const std::uint8_t* bytes, std::size_t length, Timestamp now) noexcept;
  [[nodiscard]] std::uint16_t vlan_of(std::uint32_t interface) noexcept;
  void put(std::uint16_t queue, std::uint32_t id, const Answer& answer, std::uint32_t mark, bool run) noexcept;
  void flush_out() noexcept;

  NfqueueSettings settings_;
  int socket_ = -1;
  std::unique_ptr<Buffers> in_;
  std::array<packet::RawPacket, kBurst> burst_;
  std::array<Waiting, kBurst> waiting_;
  std::size_t count_ = 0;
  std::vector<std::uint8_t> out_;
  std::size_t out_used_ = 0;
  int kernel_figures_ = -1;  // /proc/net/netfilter/nfnetlink_queue of the namespace that we began in
  std::array<Interface, 64> interfaces_;  // looked up lately
  NfqueueStats stats_;
};

}  // namespace gatehouse::capture
