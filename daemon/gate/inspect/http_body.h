// Skips the body of an HTTP/1.x request by its length or its chunks (RFC 9112 sections 6 and 7), without
// keeping a byte of it. Used by http_inspector.cpp. A value in the inspector.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::inspect {

class HttpBody {
 public:
  enum class State : std::uint8_t { Finished, NeedMore, Broken };
  struct Result {
    State state = State::Finished;
    std::uint64_t consumed = 0;  // may exceed what was offered: the rest of the body need not be kept
  };

  void start_length(std::uint64_t length) noexcept;
  void start_chunked() noexcept;
  [[nodiscard]] bool active() const noexcept { return part_ != Part::None; }
  void stop() noexcept { part_ = Part::None; }
  Result feed(Bytes offered) noexcept;

 private:
  enum class Part : std::uint8_t { None, Data, ChunkSize, ChunkData, ChunkEnd, Trailer };
  bool read_chunk_size(Bytes line) noexcept;

  std::uint64_t left_ = 0;
  Part part_ = Part::None;
};

}  // namespace gatehouse::inspect
