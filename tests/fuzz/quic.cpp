// QUIC datagrams as they are, and the input as the payload inside an Initial sealed with the right keys, so that
// mutation reaches the frames and the hello. First byte: the version and the number of packets.
#include <cstdint>
#include <memory>

#include "gate/inspect/quic_inspector.h"
#include "support/tls_hellos.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::inspect;
  if (size == 0 || size > 4000) return 0;
  static QuicCrypto crypto;
  const Bytes input = Bytes(data, size).subspan(1);
  constexpr std::uint32_t kVersions[] = {1, 0x6b3343cf, 0xff00001d, 0x51303530, 0x1a2a3a4a, 0xfaceb001, 0x54303531, 1};
  test::Sink sink;

  const auto raw = std::make_unique<QuicInspector>(crypto);
  (void)QuicInspector::probe(input);
  raw->feed(Direction::ToServer, input, sink);
  raw->feed(Direction::ToClient, input, sink);

  const auto sealed = std::make_unique<QuicInspector>(crypto);
  const std::size_t packets = 1 + ((data[0] >> 3) & 3);
  for (std::size_t i = 0; i < packets; ++i) {
    const Bytes part = input.subspan(input.size() * i / packets, input.size() / packets);
    test::InitialOptions options;
    options.version = kVersions[data[0] & 7];
    options.packet_number = static_cast<std::uint32_t>(i);
    options.padded_to = 20;
    if ((data[0] & 0x20) != 0) options.destination_id += static_cast<char>('0' + i);
    sealed->feed(Direction::ToServer, test::seal_initial(test::Buffer(part.begin(), part.end()), options), sink);
  }
  return 0;
}
