// replay_bare FILE: the least that reading a capture can cost: libpcap hands out each packet, nothing looks at it.
// The yardstick of tools/bench/replay.
#include <pcap/pcap.h>

#include <array>
#include <cstdint>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: replay_bare CAPTURE\n");
    return 2;
  }
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_t* capture = pcap_open_offline(argv[1], why.data());
  if (capture == nullptr) {
    std::fprintf(stderr, "replay_bare: %s\n", why.data());
    return 1;
  }
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  while (pcap_next_ex(capture, &header, &data) == 1) {
    ++packets;
    bytes += header->caplen;
  }
  pcap_close(capture);
  std::printf("%llu packets, %llu bytes\n", static_cast<unsigned long long>(packets), static_cast<unsigned long long>(bytes));
  return 0;
}
