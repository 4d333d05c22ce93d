// Real QUIC: the first flight of an ngtcp2 client (with GnuTLS), as it would go out, for any server name. What
// follows it on the wire is encrypted, so whoever plays the server may send random bytes of the right shape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::traffic {

struct QuicOptions {
  bool post_quantum_size = false;  // a hello that spans two datagrams
};

class QuicClients {
 public:
  QuicClients();   // throws SetupError
  ~QuicClients();
  QuicClients(const QuicClients&) = delete;
  QuicClients& operator=(const QuicClients&) = delete;

  // The datagrams of the client's first flight.
  std::vector<std::vector<std::uint8_t>> first_flight(const std::string& server_name, const QuicOptions& options);

 private:
  struct State;
  State* state_;
};

}  // namespace gatehouse::traffic
