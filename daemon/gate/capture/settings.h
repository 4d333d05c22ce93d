// How the gate stands in the network: section `gate` of the configuration. In the kernel's path it asks through queues;
// at a mirror port it watches. Read once at start; what else a reload may change is not here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config_file.h"
#include "gate/capture/marks.h"

namespace gatehouse::capture {

enum class Mode : std::uint8_t { Inline, Passive };

// What happens to traffic that the gate cannot decide on: it is gone, hangs, or cannot keep up.
enum class Failing : std::uint8_t { Open, Closed };
std::string_view name_of(Failing failing) noexcept;  // "open", "closed"

struct GateSettings {
  bool present = false;
  int line = 0;
  Mode mode = Mode::Inline;
  std::vector<std::string> clients;  // inline: interfaces on which the clients' packets come in
  std::vector<std::string> watch;    // passive: interfaces that a mirror port feeds
  bool local_dns = true;             // also DNS that the gateway itself answers
  bool resets = false;               // passive: try to end what is listed
  Failing failing = Failing::Open;

  int workers = 0;                   // 0: one for each core
  std::uint16_t first_queue = 0;     // workers' queues for networks that fail open, then those that fail closed
  std::uint32_t queue_packets = 65'536;
  std::size_t receive_buffer = 128u << 20;
  Marks marks;

  std::size_t flows = 262'144;       // of each worker
  std::size_t reassembly_bytes = 64u << 20;

  [[nodiscard]] int worker_count() const noexcept;
  [[nodiscard]] std::uint16_t open_queue(int worker) const noexcept;
  [[nodiscard]] std::uint16_t closed_queue(int worker) const noexcept;
};

// Mistakes go to the file's problems.
GateSettings read_gate_settings(const ConfigFile& file);

}  // namespace gatehouse::capture
