// A capture file as anybody may hand it in: no packet may lie outside what was read, and reading ends.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "gate/capture/pcap_stream.h"
#include "gate/capture/pcapng_stream.h"

using namespace gatehouse;

namespace {

template <typename Stream>
void read_all(Stream& stream, std::size_t size) {
  std::array<packet::RawPacket, 64> burst;
  std::size_t given = 0;
  volatile unsigned sum = 0;
  for (auto state = capture::PcapStream::State::More; state == capture::PcapStream::State::More;) {
    const auto filled = stream.next(burst);
    for (std::size_t i = 0; i < filled.packets; ++i) {
      given += 16 + burst[i].bytes.size();
      for (const std::uint8_t byte : burst[i].bytes) sum = sum + byte;  // the sanitiser judges where it lies
    }
    if (filled.packets == 0 && filled.state == capture::PcapStream::State::More) __builtin_trap();
    if (given > size) __builtin_trap();
    state = filled.state;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = ::memfd_create("capture", MFD_CLOEXEC);
  if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size) || ::lseek(file, 0, SEEK_SET) != 0) {
    __builtin_trap();
  }
  if (const auto plain = capture::PcapStream::adopt(file)) {
    read_all(*plain, size);
  } else if (const auto blocks = capture::PcapngStream::adopt(file)) {
    read_all(*blocks, size);
  } else {
    ::close(file);
  }
  return 0;
}
