#include "gate/inspect/http_body.h"

#include <algorithm>
#include <string_view>

namespace gatehouse::inspect {
namespace {

// A chunk-size line with its extensions, or a trailer field, longer than this is no HTTP.
constexpr std::size_t kMaxChunkLine = 4096;
// More hexadecimal digits than a size can have.
constexpr int kMaxSizeDigits = 15;

int hex(std::uint8_t c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void HttpBody::start_length(std::uint64_t length) noexcept {
  left_ = length;
  part_ = length > 0 ? Part::Data : Part::None;
}

void HttpBody::start_chunked() noexcept { part_ = Part::ChunkSize; }

bool HttpBody::read_chunk_size(Bytes line) noexcept {
  left_ = 0;
  int digits = 0;
  std::size_t at = 0;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  for (; at < line.size() && hex(line[at]) >= 0; ++at) {
    if (++digits > kMaxSizeDigits) return false;
    left_ = left_ * 16 + static_cast<std::uint64_t>(hex(line[at]));
  }
  return digits > 0;
}

HttpBody::Result HttpBody::feed(Bytes offered) noexcept {
  std::uint64_t at = 0;
  while (part_ != Part::None) {
    if (part_ == Part::Data || part_ == Part::ChunkData) {
      at += left_;
      part_ = part_ == Part::Data ? Part::None : Part::ChunkEnd;
      left_ = 0;
      continue;
    }
    if (at >= offered.size()) return {State::NeedMore, at};
    const std::string_view rest = as_text(offered.subspan(static_cast<std::size_t>(at)));
    const std::size_t lf = rest.find('\n');
    if (lf == std::string_view::npos)
      return {rest.size() > kMaxChunkLine ? State::Broken : State::NeedMore, at};
    std::string_view line = rest.substr(0, lf);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (part_ == Part::ChunkEnd) {
      if (!line.empty()) return {State::Broken, at};
      part_ = Part::ChunkSize;
    } else if (part_ == Part::ChunkSize) {
      if (!read_chunk_size(as_bytes(line))) return {State::Broken, at};
      part_ = left_ > 0 ? Part::ChunkData : Part::Trailer;
    } else if (line.empty()) {
      part_ = Part::None;
    }
    at += lf + 1;
  }
  return {State::Finished, at};
}

}  // namespace gatehouse::inspect
