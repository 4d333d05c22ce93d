// gatehouse-college-day FOLDER [--seed N]: writes a believable college day as day.pcap, with what the identity
// feeds would have said (sessions.yaml) and the ground truth (truth.json) beside it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "base/hash.h"
#include "base/london.h"
#include "base/result.h"
#include "college.h"
#include "conversation.h"
#include "quic_peer.h"
#include "tls_peer.h"

namespace gatehouse::traffic {
namespace {

constexpr Day kDay{std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{10}};
const MacAddress kGateway{{0x02, 0x00, 0x00, 0x00, 0x00, 0x01}};

// Ordinary places that people and their devices go to. A page brings its third parties with it.
struct Page {
  const char* host;
  std::vector<const char*> parts;
};
const std::vector<Page>& pages() {
  static const std::vector<Page> kPages = {
      {"moodle.northfield.example", {"static.northfield.example", "fonts.type-house.example"}},
      {"www.daily-wire.example", {"cdn.daily-wire.example", "ads.banner-hub.example", "px.count-all.example", "widgets.chatter.example"}},
      {"www.chatter.example", {"static.chatter.example", "media.chatter.example"}},
      {"video.streamly.example", {"edge1.streamly.example", "edge2.streamly.example", "ads.banner-hub.example"}},
      {"search.find-it.example", {"www.find-it.example"}},
      {"mail.northfield.example", {}},
      {"www.encyclo.example", {"upload.encyclo.example"}},
      {"maps.way-round.example", {"tiles.way-round.example"}},
      {"shop.high-street.example", {"img.high-street.example", "px.count-all.example", "pay.safe-till.example"}},
      {"www.weather-now.example", {"api.weather-now.example", "ads.banner-hub.example"}},
      {"market-square.test", {"img.market-square.test"}},
      {"video-share.test", {"thumbs.video-share.test"}}};
  return kPages;
}
constexpr std::array kBackground = {"telemetry.os-maker.example", "push.phone-maker.example", "update.os-maker.example",
                                    "sync.cloud-drive.example", "time.os-maker.example"};
constexpr const char* kAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/146.0 Safari/537.36";

class DayMaker {
 public:
  DayMaker(College& college, std::mt19937_64& random) : college_(college), player_(capture_, random) {}

  Capture& make() {
    for (std::size_t i = 0; i < college_.devices.size(); ++i) ordinary_day(college_.devices[i]);
    for (const PlannedAttempt& attempt : college_.attempts) {
      for (const Step& step : attempt.steps) play(college_.devices[attempt.device], step);
    }
    return capture_;
  }

 private:
  static IpAddress server_of(const std::string& host, bool ipv6) {
    const auto number = static_cast<std::uint32_t>(fnv1a(host));
    if (ipv6) return *IpAddress::parse(fmt::format("2001:db8:ffff::{:x}:{:x}", number >> 16, number & 0xffff));
    return IpAddress::v4(0xc6120000u | (number & 0x1ffff));  // 198.18.0.0/15, which is for test networks (RFC 2544)
  }

  Sides sides(const Device& device, const std::string& host, std::uint16_t port, bool ipv6 = false) {
    Sides out;
    out.client = {device.mac, ipv6 ? device.address6 : device.address, next_port()};
    out.server = {kGateway, server_of(host, ipv6), port};
    out.vlan = college_.networks[device.network].vlan;
    return out;
  }
  std::uint16_t next_port() { return port_ = static_cast<std::uint16_t>(port_ >= 65000 ? 32768 : port_ + 1); }

  Timestamp look_up(const Device& device, const std::string& host, Timestamp at, bool ipv6) {
    Sides out = sides(device, "resolver", 53);
    out.server.address = *IpAddress::parse("10.1.0.53");
    player_.dns(at, out, host, 65, {});
    out.client.port = next_port();
    return player_.dns(at + Microseconds{300}, out, host, ipv6 ? 28 : 1, server_of(host, ipv6));
  }

  void tls(const Device& device, const Step& step, TlsOptions options, Trick trick = Trick::None, bool ipv6 = false) {
    const Timestamp at = look_up(device, step.host, step.at, ipv6);
    player_.tcp(at, sides(device, step.host, 443, ipv6), peers_.converse(step.host, options), trick, step.host);
  }

  void play(const Device& device, const Step& step) {
    TlsOptions options;
    options.grease_ech = player_.pick(2) == 0;
    options.response_bytes = 2000 + player_.pick(30000);
    switch (step.how) {
      case How::Tls: tls(device, step, options); break;
      case How::TlsLong:
        options.post_quantum_size = true;
        tls(device, step, options);
        break;
      case How::Tls12:
        options.tls12 = true;
        options.alpn = "http/1.1";
        tls(device, step, options);
        break;
      case How::TlsIpv6: tls(device, step, options, Trick::None, true); break;
      case How::SplitName: tls(device, step, options, Trick::SplitInName); break;
      case How::Disorder: tls(device, step, options, Trick::Disorder); break;
      case How::LowTtl: tls(device, step, options, Trick::LowTtlDecoy); break;
      case How::BadChecksum: tls(device, step, options, Trick::BadChecksumDecoy); break;
      case How::Quic: {
        const Timestamp at = look_up(device, step.host, step.at, false);
        QuicOptions quic;
        quic.post_quantum_size = player_.pick(2) == 0;
        player_.quic(at, sides(device, step.host, 443), quic_.first_flight(step.host, quic), options.response_bytes);
        break;
      }
      case How::Http: {
        const Timestamp at = look_up(device, step.host, step.at, false);
        player_.tcp(at, sides(device, step.host, 80), http_exchange(step.host, step.path, kAgent, options.response_bytes));
        break;
      }
      case How::DnsOnly: look_up(device, step.host, step.at, false); break;
      case How::WireGuard: wireguard(device, step.at); break;
    }
  }

  // A WireGuard handshake as its paper gives it: 148 bytes out, 92 back, then data (type 4).
  void wireguard(const Device& device, Timestamp at) {
    auto first = player_.random_bytes(148);
    auto answer = player_.random_bytes(92);
    first[0] = 1, answer[0] = 2;
    for (std::size_t i = 1; i < 4; ++i) first[i] = answer[i] = 0;
    std::copy(first.begin() + 4, first.begin() + 8, answer.begin() + 8);  // the receiver index is the sender's
    std::vector<Flight> flights{{true, first}, {false, answer}};
    for (int i = 0; i < 20; ++i) {
      auto data = player_.random_bytes(32 + 16 * (1 + player_.pick(60)));
      data[0] = 4;
      data[1] = data[2] = data[3] = 0;
      flights.push_back({i % 3 == 0, data});
    }
    player_.udp(at, sides(device, "an unknown tunnel", 51820), flights);
  }

  How ordinary_how() {
    const auto dice = player_.pick(100);
    if (dice < 40) return How::TlsLong;
    if (dice < 62) return How::Tls;
    if (dice < 90) return How::Quic;
    return dice < 96 ? How::Tls12 : How::Http;
  }

  void ordinary_day(const Device& device) {
    const auto span = static_cast<std::uint64_t>((device.to - device.from).count());
    const std::uint64_t visits = 6 + player_.pick(10);
    for (std::uint64_t i = 0; i < visits; ++i) {
      Timestamp at = device.from + Microseconds{static_cast<std::int64_t>(player_.pick(span))};
      const Page& page = pages()[player_.pick(pages().size())];
      play(device, {at, page.host, ordinary_how()});
      for (const char* part : page.parts) {
        at += Milliseconds{static_cast<std::int64_t>(120 + player_.pick(900))};
        play(device, {at, part, ordinary_how()});
      }
    }
    for (const char* host : kBackground) {
      for (Timestamp at = device.from + Seconds{static_cast<std::int64_t>(player_.pick(3600))}; at < device.to;
           at += std::chrono::minutes{95}) {
        play(device, {at, host, How::Tls});
      }
    }
  }

  College& college_;
  Capture capture_;
  Player player_;
  TlsPeers peers_;
  QuicClients quic_;
  std::uint16_t port_ = 40000;
};

int run(const std::string& folder, std::uint64_t seed) {
  std::filesystem::create_directories(folder);
  std::mt19937_64 random(seed);
  College college = plan_college(london_day_bounds(kDay).begin, random);
  write_sessions(college, folder + "/sessions.yaml");
  write_truth(college, folder + "/truth.json");
  DayMaker maker(college, random);
  Capture& capture = maker.make();
  capture.write(folder + "/day.pcap");
  fmt::print("{}: {} packets, {} devices, {} attempts planned\n", folder + "/day.pcap", capture.packets(),
             college.devices.size(), college.attempts.size());
  return 0;
}

}  // namespace
}  // namespace gatehouse::traffic

int main(int argc, char** argv) {
  CLI::App app{"Makes the capture of a believable college day, with its ground truth beside it."};
  std::string folder;
  std::uint64_t seed = 1;
  app.add_option("folder", folder, "Where day.pcap, sessions.yaml and truth.json go")->required();
  app.add_option("--seed", seed, "Another number, another day");
  CLI11_PARSE(app, argc, argv);
  try {
    return gatehouse::traffic::run(folder, seed);
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-college-day: " << error.what() << '\n';
    return 1;
  }
}
