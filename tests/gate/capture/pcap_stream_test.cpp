#include "gate/capture/pcap_stream.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace gatehouse::capture {
namespace {

struct Packet {
  std::int64_t at = 0;
  std::uint32_t wire_length = 0;
  std::string bytes;
  bool operator==(const Packet&) const = default;
};

int file_of(const std::string& content) {
  const int file = ::memfd_create("capture", MFD_CLOEXEC);
  EXPECT_EQ(::write(file, content.data(), content.size()), static_cast<ssize_t>(content.size()));
  EXPECT_EQ(::lseek(file, 0, SEEK_SET), 0);
  return file;
}

void put(std::string& out, std::uint32_t value, bool big) {
  for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (big ? 24 - 8 * i : 8 * i)));
}

std::string capture_of(const std::vector<std::size_t>& lengths, bool big = false, bool nanoseconds = false) {
  std::string out;
  put(out, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, big);
  out += big ? std::string("\0\2\0\4", 4) : std::string("\2\0\4\0", 4);
  for (const std::uint32_t value : {0u, 0u, 262144u, 113u}) put(out, value, big);
  std::uint32_t number = 0;
  for (const std::size_t length : lengths) {
    put(out, 1'794'304'800 + number, big);
    put(out, nanoseconds ? 123'456'789 : 123'456, big);
    put(out, static_cast<std::uint32_t>(length), big);
    put(out, static_cast<std::uint32_t>(length) + 7, big);
    out.append(length, static_cast<char>('a' + number++ % 26));
  }
  return out;
}

std::vector<Packet> by_stream(const std::string& content, PcapStream::State& state) {
  std::vector<Packet> out;
  const auto stream = PcapStream::adopt(file_of(content));
  EXPECT_NE(stream, nullptr);
  std::array<packet::RawPacket, 64> burst;
  for (state = PcapStream::State::More; state == PcapStream::State::More;) {
    const PcapStream::Filled filled = stream->next(burst);
    for (std::size_t i = 0; i < filled.packets; ++i) {
      EXPECT_EQ(burst[i].link, 113);
      out.push_back({to_us(burst[i].at), burst[i].wire_length, std::string(as_text(burst[i].bytes))});
    }
    state = filled.state;
  }
  EXPECT_EQ(stream->position() <= content.size(), true);
  return out;
}

// What libpcap makes of the same bytes, and how it ended: 0 at the end, PCAP_ERROR before.
std::vector<Packet> by_libpcap(const std::string& content, int& ended) {
  std::vector<Packet> out;
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_t* const capture = pcap_fopen_offline(::fdopen(file_of(content), "rb"), why.data());
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  while ((ended = pcap_next_ex(capture, &header, &bytes)) == 1) {
    out.push_back({header->ts.tv_sec * 1'000'000 + header->ts.tv_usec, header->len,
                   std::string(reinterpret_cast<const char*>(bytes), header->caplen)});
  }
  pcap_close(capture);
  return out;
}

void agrees_with_libpcap(const std::string& content) {
  PcapStream::State state{};
  int ended = 0;
  EXPECT_EQ(by_stream(content, state), by_libpcap(content, ended));
  EXPECT_EQ(state == PcapStream::State::End, ended == PCAP_ERROR_BREAK);
}

TEST(PcapStream, GivesWhatLibpcapGivesInEitherByteOrderAndFineness) {
  for (const bool big : {false, true}) {
    for (const bool nanoseconds : {false, true}) agrees_with_libpcap(capture_of({60, 0, 1, 1514, 65535}, big, nanoseconds));
  }
}

TEST(PcapStream, GivesEveryPacketBeforeACutAnywhere) {
  const std::string content = capture_of({3, 0, 20});
  for (std::size_t size = 24; size <= content.size(); ++size) agrees_with_libpcap(content.substr(0, size));
}

TEST(PcapStream, ReadsPacketsThatLieAcrossItsBuffersEnd) {
  std::mt19937 random(7);
  std::vector<std::size_t> lengths;
  for (int i = 0; i < 3000; ++i) lengths.push_back(random() % (i % 100 == 0 ? 262145 : 1600));
  agrees_with_libpcap(capture_of(lengths));
}

TEST(PcapStream, EndsAtARecordLongerThanAnyPacket) {
  std::string content = capture_of({60, 60, 60});
  content.replace(24 + 76 + 8, 4, "\1\0\4\0", 4);  // 262,145
  PcapStream::State state{};
  EXPECT_EQ(by_stream(content, state).size(), 1u);
  EXPECT_EQ(state, PcapStream::State::Damaged);
}

TEST(PcapStream, LeavesOtherFormatsToOthersAtTheirBeginning) {
  for (const std::string& content : {std::string("\x0a\x0d\x0d\x0a and so on, long enough to be read"), std::string(23, '\xa1'),
                                     capture_of({}).replace(4, 1, "\3"), std::string("\x1f\x8b, but not a capture at all")}) {
    const int file = file_of(content);
    EXPECT_EQ(PcapStream::adopt(file), nullptr);
    EXPECT_EQ(::lseek(file, 0, SEEK_CUR), 0);
    ::close(file);
  }
}

}  // namespace
}  // namespace gatehouse::capture
