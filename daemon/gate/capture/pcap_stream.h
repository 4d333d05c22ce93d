// Packets out of a classic pcap file without a copy: spans into one buffer that the file is read into piece by piece.
// Half the cost of a replay used to be moving bytes that nobody looks at. Only the plain format, in either byte order,
// with micro- or nanoseconds (draft-ietf-opsawg-pcap): everything else is libpcap's, and FileSource chooses. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "gate/capture/file_window.h"
#include "gate/packet/packet.h"

namespace gatehouse::capture {

class PcapStream {
 public:
  // Takes the descriptor over and reads on from behind the file header. nullptr, with the descriptor left alone and
  // at its beginning, when the file is of another kind.
  static std::unique_ptr<PcapStream> adopt(int file);

  enum class State : std::uint8_t { More, End, Cut, Damaged, Unreadable };
  struct Filled {
    std::size_t packets = 0;
    State state = State::More;
  };
  // Fills `out` from its front with the next packets, which live until the next call. No packets only at the end.
  Filled next(std::span<packet::RawPacket> out) noexcept;
  [[nodiscard]] std::uint64_t position() const noexcept { return window_.position(); }

 private:
  struct Format {
    bool swapped = false;
    bool nanoseconds = false;
    std::uint16_t link = 1;
  };
  PcapStream(int file, Format format);

  static bool recognise(Bytes header, Format& out) noexcept;

  FileWindow window_;
  Format format_;
};

}  // namespace gatehouse::capture
