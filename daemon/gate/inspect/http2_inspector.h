// HTTP/2 in the clear (RFC 9113), by prior knowledge or after an upgrade: the :authority, :path and :method
// of every stream, or the host field where there is no :authority. Used by StreamInspection. The HPACK table
// comes from the worker's pool, for the life of the connection. One flow, one thread; keeps no bytes of
// frames.
#pragma once

#include <cstdint>

#include "gate/inspect/hpack_decoder.h"
#include "gate/inspect/pool_handle.h"
#include "gate/inspect/probe.h"
#include "gate/inspect/stream_step.h"

namespace gatehouse::inspect {

class ResourcePools;

class Http2Inspector {
 public:
  static constexpr AppProtocol kProtocol = AppProtocol::Http2;
  static Probe probe(Direction direction, Bytes first) noexcept;

  StreamStep feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                  ResourcePools& pools) noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept { return unnamed_; }

 private:
  StreamStep over(StreamStep step, Unnamed why) noexcept;
  // A HEADERS frame and its CONTINUATIONs at the start of `rest`. False when the connection cannot be read
  // on.
  bool headers(Bytes rest, StreamStep& step, bool& waiting, ObservationSink& sink,
               ResourcePools& pools) noexcept;

  PoolHandle<HpackDecoder> hpack_;
  Unnamed unnamed_ = Unnamed::NoPayload;
  bool preface_read_ = false;
  std::uint32_t doh_stream_ = 0;  // whose body is a DNS message
};

}  // namespace gatehouse::inspect
