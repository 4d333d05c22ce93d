// gatehouse-bench-capture FILE [--flows N] [--packets N]: a large capture for measuring: many clients at once, right
// checksums, half of the TLS hellos as long as post-quantum ones, real QUIC Initials, DNS before each, HTTP beside.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/result.h"
#include "conversation.h"
#include "quic_peer.h"
#include "tls_peer.h"

namespace gatehouse::traffic {
namespace {

const MacAddress kGateway{{0x02, 0x00, 0x00, 0x00, 0x00, 0x01}};
constexpr std::uint64_t kClients = 5000;
constexpr std::uint64_t kSites = 3000;

class BenchMaker {
 public:
  BenchMaker(std::size_t flows, std::size_t packets) : flows_(flows), packets_(packets), random_(7), player_(capture_, random_) {}

  Capture& make() {
    const Timestamp start = *parse_time("2026-11-10T09:00:00Z");
    for (std::size_t i = 0; i < flows_; ++i) {
      // What is left is shared out over the flows to come, so that the total comes out as asked.
      const std::size_t left = packets_ > capture_.packets() ? packets_ - capture_.packets() : 0;
      const std::size_t each = left / (flows_ - i);
      one(start + Microseconds{static_cast<std::int64_t>(player_.pick(600'000'000))}, each);
    }
    return capture_;
  }

 private:
  Sides sides(std::uint16_t port) {
    const auto client = static_cast<std::uint32_t>(player_.pick(kClients));
    Sides out;
    out.client = {{{0x00, 0x16, 0x3e, 0x00, static_cast<std::uint8_t>(client >> 8), static_cast<std::uint8_t>(client)}},
                  IpAddress::v4(0x0a0a0000u + client), static_cast<std::uint16_t>(1024 + player_.pick(60000))};
    out.server = {kGateway, IpAddress::v4(0xc6120000u + static_cast<std::uint32_t>(site_)), port};
    return out;
  }

  void one(Timestamp at, std::size_t packets) {
    site_ = player_.pick(kSites);
    const std::string host = fmt::format("www.site-{}.example", site_);
    const std::uint64_t dice = player_.pick(100);
    // A data segment of 1,460 bytes brings a quarter of an acknowledgement with it.
    const std::size_t bytes = (packets > 12 ? packets - 12 : 1) * 1460 * 4 / 5;
    if (dice < 20) {
      player_.dns(at, resolver(), host, 1, IpAddress::v4(0xc6120000u + static_cast<std::uint32_t>(site_)));
    } else if (dice < 70) {
      TlsOptions options;
      options.post_quantum_size = player_.pick(2) == 0;
      options.grease_ech = player_.pick(2) == 0;
      options.response_bytes = std::min<std::size_t>(bytes * 5 / 4, 16'000'000);
      player_.tcp(at, sides(443), peers_.converse(host, options));
    } else if (dice < 92) {
      QuicOptions options;
      options.post_quantum_size = player_.pick(2) == 0;
      player_.quic(at, sides(443), quic_.first_flight(host, options), bytes * 5 / 4);
    } else {
      player_.tcp(at, sides(80), http_exchange(host, fmt::format("/page/{}", player_.pick(1000)), "bench", bytes * 5 / 4));
    }
  }

  Sides resolver() {
    Sides out = sides(53);
    out.server.address = *IpAddress::parse("10.1.0.53");
    return out;
  }

  std::size_t flows_;
  std::size_t packets_;
  std::mt19937_64 random_;
  Capture capture_;
  Player player_;
  TlsPeers peers_;
  QuicClients quic_;
  std::uint64_t site_ = 0;
};

}  // namespace
}  // namespace gatehouse::traffic

int main(int argc, char** argv) {
  CLI::App app{"Makes a large capture for measuring, with real handshakes and right checksums."};
  std::string file;
  std::size_t flows = 30'000;
  std::size_t packets = 1'000'000;
  app.add_option("file", file, "The capture to write (pcap)")->required();
  app.add_option("--flows", flows, "How many flows")->check(CLI::Range(1, 10'000'000));
  app.add_option("--packets", packets, "How many packets, roughly");
  CLI11_PARSE(app, argc, argv);
  try {
    gatehouse::traffic::BenchMaker maker(flows, packets);
    gatehouse::traffic::Capture& capture = maker.make();
    capture.write(file);
    fmt::print("{}: {} packets, {} flows\n", file, capture.packets(), flows);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-bench-capture: " << error.what() << '\n';
    return 1;
  }
}
