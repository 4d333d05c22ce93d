// A capture file as anybody may hand it in: no packet may lie outside what was read, and reading ends.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "gate/capture/pcap_stream.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = ::memfd_create("capture", MFD_CLOEXEC);
  if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) __builtin_trap();
  const auto stream = capture::PcapStream::adopt(file);
  if (stream == nullptr) {
    ::close(file);
    return 0;
  }
  std::array<packet::RawPacket, 64> burst;
  std::size_t given = 0;
  for (auto state = capture::PcapStream::State::More; state == capture::PcapStream::State::More;) {
    const auto filled = stream->next(burst);
    for (std::size_t i = 0; i < filled.packets; ++i) {
      given += 16 + burst[i].bytes.size();
    }
    if (filled.packets == 0 && filled.state == capture::PcapStream::State::More) __builtin_trap();
    if (given > size) __builtin_trap();
    state = filled.state;
  }
  return 0;
}
