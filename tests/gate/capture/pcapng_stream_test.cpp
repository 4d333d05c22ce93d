#include "gate/capture/pcapng_stream.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

namespace gatehouse::capture {
namespace {

struct Packet {
  std::int64_t at = 0;
  std::uint32_t wire_length = 0;
  std::uint16_t link = 0;
  std::string bytes;
  bool operator==(const Packet&) const = default;
};

// Blocks in either byte order.
class Writer {
 public:
  explicit Writer(bool big = false) : big_(big) { section(); }
  void number(std::string& out, std::uint64_t value, unsigned size) const {
    for (unsigned i = 0; i < size; ++i) out.push_back(static_cast<char>(value >> 8 * (big_ ? size - 1 - i : i)));
  }
  void block(std::uint32_t type, std::string body) {
    body.resize((body.size() + 3) / 4 * 4);
    number(content, type, 4);
    number(content, body.size() + 12, 4);
    content += body;
    number(content, body.size() + 12, 4);
  }
  void section() {
    std::string body;
    number(body, 0x1a2b3c4d, 4);
    number(body, 1, 2);
    number(body, 0, 2);
    number(body, ~std::uint64_t{0}, 8);
    block(0x0a0d0d0a, body);
  }
  void interface(std::uint16_t link, std::uint32_t snapshot = 0, int resolution = -1, std::int64_t offset = 0) {
    std::string body;
    number(body, link, 2);
    number(body, 0, 2);
    number(body, snapshot, 4);
    if (resolution >= 0) option(body, 9, std::string(1, static_cast<char>(resolution)));
    if (offset != 0) {
      std::string value;
      number(value, static_cast<std::uint64_t>(offset), 8);
      option(body, 14, value);
    }
    option(body, 0, "");
    block(1, body);
  }
  void option(std::string& body, std::uint16_t code, std::string value) const {
    number(body, code, 2);
    number(body, value.size(), 2);
    value.resize((value.size() + 3) / 4 * 4);
    body += value;
  }
  void packet(std::uint32_t interface, std::uint64_t ticks, const std::string& bytes, bool old = false) {
    std::string body;
    number(body, interface, old ? 2 : 4);
    if (old) number(body, 0xffff, 2);
    number(body, ticks >> 32, 4);
    number(body, ticks & 0xffffffff, 4);
    number(body, bytes.size(), 4);
    number(body, bytes.size() + 5, 4);
    block(old ? 2 : 6, body + bytes);
  }
  void simple(const std::string& bytes, std::size_t wire_length) {
    std::string body;
    number(body, wire_length, 4);
    block(3, body + bytes);
  }
  std::string content;

 private:
  bool big_;
};

int file_of(const std::string& content) {
  const int file = ::memfd_create("capture", MFD_CLOEXEC);
  EXPECT_EQ(::write(file, content.data(), content.size()), static_cast<ssize_t>(content.size()));
  EXPECT_EQ(::lseek(file, 0, SEEK_SET), 0);
  return file;
}

std::vector<Packet> read(const std::string& content, PcapngStream::State& state) {
  std::vector<Packet> out;
  const auto stream = PcapngStream::adopt(file_of(content));
  if (stream == nullptr) return out;
  std::array<packet::RawPacket, 64> burst;
  for (state = PcapngStream::State::More; state == PcapngStream::State::More;) {
    const auto filled = stream->next(burst);
    for (std::size_t i = 0; i < filled.packets; ++i) {
      out.push_back({to_us(burst[i].at), burst[i].wire_length, burst[i].link, std::string(as_text(burst[i].bytes))});
    }
    state = filled.state;
  }
  return out;
}

std::vector<Packet> by_libpcap(const std::string& content) {
  std::vector<Packet> out;
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_t* const capture = pcap_fopen_offline(::fdopen(file_of(content), "rb"), why.data());
  EXPECT_NE(capture, nullptr) << why.data();
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  while (pcap_next_ex(capture, &header, &bytes) == 1) {
    out.push_back({header->ts.tv_sec * 1'000'000 + header->ts.tv_usec, header->len, 1,
                   std::string(reinterpret_cast<const char*>(bytes), header->caplen)});
  }
  pcap_close(capture);
  return out;
}

TEST(PcapngStream, GivesWhatLibpcapGivesInEitherByteOrderAndEveryResolution) {
  for (const bool big : {false, true}) {
    const std::pair<int, std::uint64_t> resolutions[] = {{-1, 1'000'000},     {0, 1},       {3, 1'000},
                                                         {6, 1'000'000},      {9, 1'000'000'000},
                                                         {0x80, 1},           {0x8a, 1024}, {0x9e, 1u << 30}};
    for (const auto& [resolution, a_second] : resolutions) {
      Writer writer(big);
      writer.interface(1, 65535, resolution);
      writer.interface(1, 65535, resolution);
      const std::uint64_t ticks = 1'764'028'800 * a_second + a_second / 3;
      writer.packet(0, ticks, "first");
      writer.block(0x0bad, "a block of no known type");
      writer.packet(1, ticks + 3, std::string(1500, 'x'));
      writer.packet(0, ticks + 5, "an old block", true);
      PcapngStream::State state{};
      const auto ours = read(writer.content, state);
      EXPECT_EQ(ours, by_libpcap(writer.content)) << big << " " << resolution;
      EXPECT_EQ(ours.size(), 3u);
      EXPECT_EQ(state, PcapngStream::State::End);
    }
  }
}

TEST(PcapngStream, EachPacketHasItsInterfacesLinkAndTime) {
  Writer writer;
  writer.interface(1, 65535);
  writer.interface(0, 1000, 9);
  writer.interface(113, 0, 6, 3600);
  writer.packet(0, 1'000'000, "on Ethernet");
  writer.packet(1, 2'000'000'000, "on loopback");
  writer.packet(2, 3'000'000, "cooked, an hour later");
  writer.section();
  writer.interface(101);
  writer.packet(0, 4'000'000, "in another section");
  writer.simple("simple", 99);
  PcapngStream::State state{};
  EXPECT_EQ(read(writer.content, state),
            (std::vector<Packet>{{1'000'000, 16, 1, "on Ethernet"},
                                 {2'000'000, 16, 0, "on loopback"},
                                 {3'603'000'000, 26, 113, "cooked, an hour later"},
                                 {4'000'000, 23, 101, "in another section"},
                                 {4'000'000, 99, 101, std::string("simple\0\0", 8)}}));
  EXPECT_EQ(state, PcapngStream::State::End);
}

TEST(PcapngStream, GivesEveryPacketBeforeACutAnywhere) {
  Writer writer;
  writer.interface(1);
  std::vector<std::size_t> ends;
  for (int i = 0; i < 3; ++i) {
    writer.packet(0, 1, "some bytes");
    ends.push_back(writer.content.size());
  }
  for (std::size_t size = 12; size <= writer.content.size(); ++size) {
    std::size_t whole = 0;
    for (const std::size_t end : ends) whole += end <= size ? 1 : 0;
    PcapngStream::State state{};
    EXPECT_EQ(read(writer.content.substr(0, size), state).size(), whole) << size;
    EXPECT_NE(state, PcapngStream::State::Damaged) << size;
  }
}

TEST(PcapngStream, ReadsPacketsAcrossItsBuffersEndAndPassesOverHugeBlocks) {
  Writer writer;
  writer.interface(1);
  for (int i = 0; i < 1500; ++i) {
    writer.packet(0, 1, std::string(static_cast<std::size_t>(i % 100 == 0 ? 262'144 : 700 + i), 'x'));
    if (i == 700) writer.block(0x0bad, std::string(3'000'000, 'y'));
  }
  PcapngStream::State state{};
  EXPECT_EQ(read(writer.content, state).size(), 1500u);
  EXPECT_EQ(state, PcapngStream::State::End);
}

TEST(PcapngStream, EndsAtABlockThatContradictsItself) {
  Writer good;
  good.interface(1);
  good.packet(0, 1, "good");
  const std::size_t start = good.content.size();
  good.packet(0, 1, "bad");
  struct {
    const char* name;
    std::size_t at;
    std::string bytes;
  } const ways[] = {{"a length below its own", 4, std::string("\x08\0\0\0", 4)},
                    {"an odd length", 4, std::string("\x21\0\0\0", 4)},
                    {"an unknown interface", 8, std::string("\x07\0\0\0", 4)},
                    {"more bytes than the block has", 20, std::string("\xff\0\0\0", 4)},
                    {"another length at the end", 32, std::string("\x28\0\0\0", 4)}};
  for (const auto& way : ways) {
    std::string content = good.content;
    content.replace(start + way.at, way.bytes.size(), way.bytes);
    PcapngStream::State state{};
    EXPECT_EQ(read(content, state).size(), 1u) << way.name;
    EXPECT_EQ(state, PcapngStream::State::Damaged) << way.name;
  }
}

TEST(PcapngStream, LeavesOtherFormatsToOthersAtTheirBeginning) {
  for (const std::string& content : {std::string("\x0a\x0d\x0d\x0a but no section after all"), std::string(40, '\xa1')}) {
    const int file = file_of(content);
    EXPECT_EQ(PcapngStream::adopt(file), nullptr);
    EXPECT_EQ(::lseek(file, 0, SEEK_CUR), 0);
    ::close(file);
  }
}

}  // namespace
}  // namespace gatehouse::capture
