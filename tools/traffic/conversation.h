// Plays whole conversations into a capture: TCP with its handshake, segments, acknowledgements and end; QUIC; DNS
// questions with answers. Times move on as they would on a college's line.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "frames.h"
#include "tls_peer.h"

namespace gatehouse::traffic {

// How a client cuts its first bytes to get round a filter.
enum class Trick {
  None,
  SplitInName,     // the hello cut in the middle of the server name
  Disorder,        // the second half first
  LowTtlDecoy,     // a hello for another name that dies on the way, then the true one at the same place
  BadChecksumDecoy,
};

struct Sides {
  Endpoint client;
  Endpoint server;
  std::uint16_t vlan = 0;
};

class Player {
 public:
  Player(Capture& capture, std::mt19937_64& random) : capture_(capture), random_(random) {}

  // A TCP connection that carries these flights. `name` is where the tricks cut. Returns when it ended.
  Timestamp tcp(Timestamp at, const Sides& sides, const std::vector<Flight>& flights, Trick trick = Trick::None,
                const std::string& name = {});
  // A QUIC connection: the client's real first flight, then datagrams of random bytes both ways.
  Timestamp quic(Timestamp at, const Sides& sides, const std::vector<std::vector<std::uint8_t>>& first_flight,
                 std::size_t response_bytes);
  // One question and its answer (RFC 1035); HTTPS questions (type 65) get an empty answer.
  Timestamp dns(Timestamp at, const Sides& sides, const std::string& name, std::uint16_t type,
                const IpAddress& answer);
  Timestamp udp(Timestamp at, const Sides& sides, const std::vector<Flight>& datagrams);

  std::uint64_t pick(std::uint64_t below) { return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_); }
  std::vector<std::uint8_t> random_bytes(std::size_t size);

 private:
  struct Tcp;
  void send(Tcp& tcp, bool from_client, Bytes payload, std::uint8_t flags, std::uint8_t ttl = 0,
            bool bad_checksum = false);
  void send_tricky(Tcp& tcp, Bytes hello, Trick trick, const std::string& name);

  Capture& capture_;
  std::mt19937_64& random_;
};

// One HTTP/1.1 request with its response.
std::vector<Flight> http_exchange(const std::string& host, const std::string& path, const std::string& user_agent,
                                  std::size_t response_bytes);

}  // namespace gatehouse::traffic
