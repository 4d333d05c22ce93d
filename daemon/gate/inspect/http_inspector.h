// HTTP/1.x: every request of a connection, with the name a server would use and any other that was sent
// beside it. Used by StreamInspection. Needs no responses: bodies are skipped by their framing, a CONNECT or
// an Upgrade hands what follows back to the chooser, and after a gap it finds the next request line again.
// One flow, one thread; keeps no bytes.
#pragma once

#include <cstdint>

#include "gate/inspect/http_body.h"
#include "gate/inspect/http_request.h"
#include "gate/inspect/stream_step.h"

namespace gatehouse::inspect {

class ResourcePools;

class HttpInspector {
 public:
  static constexpr AppProtocol kProtocol = AppProtocol::Http;
  static Probe probe(Direction direction, Bytes first) noexcept;

  // `offered` begins with the first byte of that direction not yet consumed; see inspection.h.
  StreamStep feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                  ResourcePools& pools) noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept { return unnamed_; }

 private:
  enum class State : std::uint8_t { Head, Body, Lost };

  StreamStep client(Bytes offered, bool ended, ObservationSink& sink, ResourcePools& pools) noexcept;
  // One step from the state in hand; adds to `step.consumed`. False when more bytes are needed or it is over.
  bool advance(Bytes rest, bool ended, ObservationSink& sink, ResourcePools& pools,
               StreamStep& step) noexcept;
  bool head(Bytes rest, bool ended, ObservationSink& sink, ResourcePools& pools, StreamStep& step) noexcept;
  bool lost(Bytes rest, bool ended, StreamStep& step) noexcept;
  bool after_head(const HttpRequestHead& head, StreamStep& step) noexcept;
  void report(const HttpRequestHead& head, ObservationSink& sink) noexcept;

  HttpBody body_;
  std::uint32_t scanned_ = 0;       // bytes of the head in hand already searched for its end
  std::uint32_t blank_before_ = 0;  // bytes of empty lines skipped since the last request
  State state_ = State::Head;
  Unnamed unnamed_ = Unnamed::NoPayload;
  bool upgrade_asked_ = false;
  bool expect_asked_ = false;
  bool any_request_ = false;
};

}  // namespace gatehouse::inspect
