#include "gate/inspect/socks_inspector.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace gatehouse::inspect {
namespace {

StreamStep wait_for(std::size_t need, bool ended) noexcept {
  StreamStep step;
  step.need = need;
  if (ended) step.after = After::Done;
  return step;
}

// As text without the heap; `bytes` is 4 or 16 long as the family wants.
std::string_view address_text(int family, Bytes bytes, std::span<char> room) noexcept {
  const char* text = inet_ntop(family, bytes.data(), room.data(), static_cast<socklen_t>(room.size()));
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

}  // namespace

Probe SocksInspector::probe(Direction direction, Bytes first) noexcept {
  if (direction == Direction::ToClient || first.empty()) return Probe::No;
  if (first[0] == 5) {
    if (first.size() < 2) return Probe::Maybe;
    const std::size_t methods = first[1];
    if (methods == 0 || methods > 16) return Probe::No;
    // Clients wait for the answer to their greeting; assigned methods are 0 to 9, private ones from 128.
    const std::size_t known = std::min(first.size() - 2, methods);
    for (std::size_t i = 0; i < known; ++i) {
      if (first[2 + i] > 9 && first[2 + i] < 0x80) return Probe::No;
    }
    if (first.size() < 2 + methods) return Probe::Maybe;
    const bool more = first.size() > 2 + methods;
    return !more || first[2 + methods] == 5 || first[2 + methods] == 1 ? Probe::Yes : Probe::No;
  }
  if (first[0] == 4) {
    if (first.size() < 9)
      return first.size() > 1 && (first[1] == 0 || first[1] > 2) ? Probe::No : Probe::Maybe;
    if (first[1] != 1 && first[1] != 2) return Probe::No;
    const auto end = std::find(first.begin() + 8, first.end(), std::uint8_t{0});
    if (end == first.end()) return first.size() < 300 ? Probe::Maybe : Probe::No;
    return std::all_of(first.begin() + 8, end, [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; })
               ? Probe::Yes
               : Probe::No;
  }
  return Probe::No;
}

StreamStep SocksInspector::feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                                ResourcePools&) noexcept {
  if (direction == Direction::ToClient) {  // kept until the request is known
    StreamStep step;
    step.need = offered.size() + 1;
    return step;
  }
  if (!greeted_ && offered.size() > 0 && offered[0] == 4) return version4(offered, ended, sink);
  return version5(offered, ended, sink);
}

StreamStep SocksInspector::version4(Bytes offered, bool ended, ObservationSink& sink) noexcept {
  protocol_ = AppProtocol::Socks4;
  const std::string_view text = as_text(offered);
  const std::size_t user_end = text.find('\0', 8);
  if (user_end == std::string_view::npos) return wait_for(offered.size() + 1, ended);
  StreamStep step;
  step.consumed = user_end + 1;
  Observation seen;
  ByteReader reader(offered);
  reader.skip(2);
  seen.port = reader.u16();
  const Bytes address = reader.bytes(4);
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0) {
    const std::size_t name_end = text.find('\0', user_end + 1);
    if (name_end == std::string_view::npos) return wait_for(offered.size() + 1, ended);
    seen.host = text.substr(user_end + 1, name_end - user_end - 1);
    step.consumed = name_end + 1;
  } else {
    seen.host = address_text(AF_INET, address, written);
  }
  seen.protocol = protocol_;
  seen.from = NameSource::SocksRequest;
  seen.tunnel = "socks";
  seen.confidence = 90;
  seen.reason = "a SOCKS 4 request to pass on a connection";
  sink.observe(seen);
  unnamed_ = Unnamed::None;
  step.after = After::Switch;
  step.preamble = ServerPreamble::Socks4Reply;
  return step;
}

StreamStep SocksInspector::version5(Bytes offered, bool ended, ObservationSink& sink) noexcept {
  ByteReader reader(offered);
  std::uint64_t consumed = 0;
  if (!greeted_) {
    reader.skip(1);
    const std::size_t methods = reader.u8();
    reader.skip(methods);
    if (!reader.ok()) return wait_for(2 + methods, ended);
    greeted_ = true;
    consumed = reader.position();
  }
  if (reader.peek() == 1 && !reader.empty()) {  // user name and password (RFC 1929)
    ByteReader login = reader;
    login.skip(1);
    login.skip(login.u8());
    login.skip(login.u8());
    if (login.ok()) {
      reader = login;
      consumed = reader.position();
    } else {
      StreamStep step = wait_for(reader.remaining() + 1, ended);
      step.consumed = consumed;
      return step;
    }
  }
  return request5(reader.rest(), consumed, ended, sink);
}

StreamStep SocksInspector::request5(Bytes request, std::uint64_t consumed, bool ended,
                                    ObservationSink& sink) noexcept {
  StreamStep step = wait_for(7, ended);
  step.consumed = consumed;
  if (request.empty()) {
    step.need = 1;
    return step;
  }
  ByteReader reader(request);
  const std::uint8_t version = reader.u8();
  reader.skip(2);
  const std::uint8_t kind = reader.u8();
  if (version != 5) {
    step.after = After::NotMine;
    return step;
  }
  Observation seen;
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (kind == 3) {
    seen.host = reader.text(reader.u8());
  } else {
    const Bytes bytes = reader.bytes(kind == 4 ? 16 : 4);
    if (reader.ok()) seen.host = address_text(kind == 4 ? AF_INET6 : AF_INET, bytes, written);
  }
  seen.port = reader.u16();
  if (!reader.ok()) {
    step.need = request.size() + 1;
    return step;
  }
  seen.protocol = protocol_;
  seen.from = NameSource::SocksRequest;
  seen.tunnel = "socks";
  seen.confidence = 95;
  seen.reason = "a SOCKS 5 request to pass on a connection";
  sink.observe(seen);
  unnamed_ = Unnamed::None;
  step.consumed = consumed + reader.position();
  step.after = After::Switch;
  step.preamble = ServerPreamble::Socks5Replies;
  return step;
}

}  // namespace gatehouse::inspect
