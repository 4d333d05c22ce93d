// Real TLS: an OpenSSL client and an OpenSSL server that talk through memory, so that every byte on the made-up
// wire is one that OpenSSL sent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::traffic {

struct Flight {
  bool from_client = true;
  std::vector<std::uint8_t> bytes;
};

struct TlsOptions {
  bool tls12 = false;          // TLS 1.2 only, as older apps do
  bool post_quantum_size = false;  // a hello as long as one with a post-quantum key share: it spans segments
  bool grease_ech = false;     // as browsers send it
  std::string alpn = "h2";
  std::size_t request_bytes = 600;    // application data after the handshake
  std::size_t response_bytes = 12000;
};

class TlsPeers {
 public:
  TlsPeers();   // makes the server's key and certificate; throws SetupError
  ~TlsPeers();
  TlsPeers(const TlsPeers&) = delete;
  TlsPeers& operator=(const TlsPeers&) = delete;

  // One whole conversation with the server of that name: hello, handshake, a request and a response.
  std::vector<Flight> converse(const std::string& server_name, const TlsOptions& options);

 private:
  struct State;
  State* state_;
};

}  // namespace gatehouse::traffic
