// Verdicts of a worker in the kernel's path: what goes on, what does not, and what is recorded of it. The source is
// one that the test fills; everything behind it is real.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gate/worker.h"
#include "lists/compiler.h"
#include "support/dhcp_messages.h"
#include "support/dns_messages.h"
#include "support/packets.h"
#include "support/quic_packets.h"
#include "support/tls_hellos.h"

namespace gatehouse::gate {
namespace {

using capture::Verdict;
using test::Buffer;
namespace flag = packet::tcp_flag;

class TestSource final : public capture::PacketSource {
 public:
  std::span<const packet::RawPacket> poll(Milliseconds) override { return {}; }
  void verdict(std::uint32_t, const capture::Answer& answer) override {
    last = answer;
    given = true;
    replacement.assign(answer.replacement.begin(), answer.replacement.end());
  }
  [[nodiscard]] bool finished() const override { return false; }
  capture::Answer last;
  Buffer replacement;
  bool given = false;
};

class Events final : public journal::EventSink {
 public:
  void append(const journal::Event& event) override { all.push_back(event); }
  void append_line(std::string_view) override {}
  // Of one name, all of them.
  [[nodiscard]] std::vector<journal::Event> of(std::string_view host) const {
    std::vector<journal::Event> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out), [&](const auto& event) { return event.host == host; });
    return out;
  }
  std::vector<journal::Event> all;
};

struct Sent {
  std::uint32_t seq = 1000;
  unsigned flags = flag::kAck | flag::kPsh;
  unsigned ttl = 64;
  Buffer options = {};
  Buffer ip_options = {};
  unsigned urgent = 0;
  bool bad_checksum = false;
  bool out_of_state = false;
};

class WorkerLive : public ::testing::Test {
 protected:
  Worker& worker() {
    if (worker_) return *worker_;
    lists::Compiler compiler(lists::CompileOptions{});
    lists::ListInput input;
    input.path = "firearms.txt";
    input.id = "firearms";
    input.format = "domains";
    input.category = "weapons-firearms";
    EXPECT_TRUE(compiler.add_text(input, "guns.test\n"));
    auto snapshot = std::make_shared<policy::PolicySnapshot>(policy_, *compiler.to_pack());
    journal_.record = policy::Record::Everything;
    recorder_ = std::make_unique<Recorder>(journal_, events_);
    settings_.flows.in_path = path_.in_path;
    path_.source = &source_;
    auto decides = std::make_unique<WorkerPolicy>(snapshot, std::make_shared<respond::RespondSettings>());
    worker_ = std::make_unique<Worker>(settings_, std::move(decides), *recorder_, path_);
    return *worker_;
  }

  Verdict give(const Buffer& packet, const Sent& how = {}, bool blocked_before = false) {
    packet::RawPacket raw;
    raw.bytes = packet;
    raw.wire_length = static_cast<std::uint32_t>(packet.size());
    raw.link = 101;
    raw.at = now_ += Milliseconds{5};
    raw.out_of_state = how.out_of_state;
    raw.blocked_before = blocked_before;
    source_.given = false;
    worker().process({&raw, 1});
    EXPECT_TRUE(source_.given || !path_.in_path) << "a packet without a verdict";
    return source_.last.verdict;
  }
  Verdict tcp(const Buffer& payload, const Sent& how = {}) {
    test::Tcp fields;
    fields.seq = how.seq;
    fields.ack = 9000;
    fields.flags = how.flags;
    fields.options = how.options;
    fields.urgent = how.urgent;
    fields.bad_checksum = how.bad_checksum;
    test::Ip ip;
    ip.ttl = how.ttl;
    ip.options = how.ip_options;
    return give(test::ip_packet(ends_, ip, test::tcp_segment(ends_, fields, payload)), how);
  }
  Verdict syn(std::uint32_t seq = 999) { return tcp({}, {.seq = seq, .flags = flag::kSyn}); }
  Verdict udp(const Buffer& payload) {
    test::Ip ip;
    ip.protocol = 17;
    return give(test::ip_packet(ends_, ip, test::udp_datagram(ends_, payload)));
  }
  // A ClientHello with a name and nothing else that matters here, in one record.
  static Buffer hello(std::string_view host) {
    Buffer name;
    test::put16(name, static_cast<unsigned>(host.size() + 3));
    test::put8(name, 0);
    test::put16(name, static_cast<unsigned>(host.size()));
    test::put(name, test::bytes_of(host));
    Buffer extensions;
    test::put16(extensions, 0);
    test::put16(extensions, static_cast<unsigned>(name.size()));
    test::put(extensions, name);
    Buffer body = {3, 3};
    body.resize(2 + 32, 0x11);
    test::put(body, Buffer{0, 0, 2, 0xc0, 0x2f, 1, 0});
    test::put16(body, static_cast<unsigned>(extensions.size()));
    test::put(body, extensions);
    Buffer out = {0x16, 3, 1};
    test::put16(out, static_cast<unsigned>(body.size() + 4));
    test::put(out, Buffer{1, 0});
    test::put16(out, static_cast<unsigned>(body.size()));
    test::put(out, body);
    return out;
  }
  static Buffer part(const Buffer& whole, std::size_t from, std::size_t to) {
    return {whole.begin() + static_cast<std::ptrdiff_t>(from), whole.begin() + static_cast<std::ptrdiff_t>(to)};
  }
  // The one event of a listed name, blocked.
  void expect_blocked_once(std::string_view host = "guns.test") {
    const auto found = events_.of(host);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].outcome, journal::Outcome::Blocked);
    EXPECT_EQ(found[0].action, journal::Action::Block);
  }

  policy::PolicySettings policy_;
  policy::JournalSettings journal_;
  WorkerSettings settings_;
  WorkerPath path_;
  TestSource source_;
  Events events_;
  test::Ends ends_;
  Timestamp now_ = timestamp_from_us(1'790'000'000'000'000);

 private:
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(WorkerLive, StopsAListedNameAndEverythingAfterIt) {
  EXPECT_EQ(syn(), Verdict::Pass);
  const Buffer whole = hello("guns.test");
  EXPECT_EQ(tcp(whole), Verdict::BlockFlow);
  EXPECT_EQ(tcp(whole), Verdict::BlockFlow);
  EXPECT_EQ(tcp({1, 2, 3}, {.seq = 1000 + static_cast<std::uint32_t>(whole.size())}), Verdict::BlockFlow);
  expect_blocked_once();
}

TEST_F(WorkerLive, LetsTheKernelHaveAFlowThatIsDecided) {
  syn();
  EXPECT_EQ(tcp(hello("library.test")), Verdict::PassFlow);
}

TEST_F(WorkerLive, HoldsBackTheLastPieceOfAHelloCutAnywhere) {
  const Buffer whole = hello("guns.test");
  for (std::size_t cut = 1; cut < whole.size(); cut += 7) {
    ends_.src_port = static_cast<std::uint16_t>(20'000 + cut);
    syn();
    EXPECT_EQ(tcp(part(whole, 0, cut)), Verdict::Pass) << cut;
    EXPECT_EQ(tcp(part(whole, cut, whole.size()), {.seq = 1000 + static_cast<std::uint32_t>(cut)}), Verdict::BlockFlow) << cut;
  }
}

TEST_F(WorkerLive, HoldsBackTheFirstPieceWhenItComesLast) {
  const Buffer whole = hello("guns.test");
  syn();
  EXPECT_EQ(tcp(part(whole, 40, whole.size()), {.seq = 1040}), Verdict::Pass);
  EXPECT_EQ(tcp(part(whole, 0, 40)), Verdict::BlockFlow);
  expect_blocked_once();
}

TEST_F(WorkerLive, RefusesASecondVersionOfBytesThatWentOn) {
  const Buffer whole = hello("guns.test");
  Buffer other = whole;
  std::fill(other.begin() + 40, other.begin() + 65, std::uint8_t{'x'});
  syn();
  EXPECT_EQ(tcp(part(whole, 0, 60)), Verdict::Pass);
  EXPECT_EQ(tcp(part(other, 30, other.size()), {.seq = 1030}), Verdict::Drop);
  EXPECT_EQ(tcp(part(whole, 60, whole.size()), {.seq = 1060}), Verdict::BlockFlow);
  expect_blocked_once();
}

TEST_F(WorkerLive, NamesTheOtherVersionToo) {
  const Buffer decoy = hello("libs.test");
  const Buffer whole = hello("guns.test");
  ASSERT_EQ(decoy.size(), whole.size());
  syn();
  EXPECT_EQ(tcp(part(decoy, 60, decoy.size()), {.seq = 1060}), Verdict::Pass);
  // Contradicts what waits behind the hole; with what comes now the two make two hellos.
  tcp(part(whole, 60, whole.size()), {.seq = 1060});
  EXPECT_EQ(source_.last.verdict, Verdict::Drop);
}

struct Decoy {
  const char* name;
  Sent how;
};
void PrintTo(const Decoy& decoy, std::ostream* out) { *out << decoy.name; }
class WorkerDecoys : public WorkerLive, public ::testing::WithParamInterface<Decoy> {};

TEST_P(WorkerDecoys, DoNotGoOnAndDoNotHideTheTrueHello) {
  const Buffer timestamp = {8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1};
  EXPECT_EQ(tcp({}, {.seq = 999, .flags = flag::kSyn, .options = timestamp}), Verdict::Pass);
  EXPECT_EQ(tcp(hello("library.test"), GetParam().how), Verdict::Drop);
  EXPECT_EQ(tcp(hello("guns.test"), {.options = timestamp}), Verdict::BlockFlow);
  expect_blocked_once();
  EXPECT_TRUE(events_.of("library.test").empty());
  EXPECT_FALSE(events_.of("guns.test")[0].evasion.empty());
}

const Buffer kTimestamp = {8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1};
const Buffer kOldTimestamp = {8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1};
const Buffer kMd5 = [] {
  Buffer out = {8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 19, 18};
  out.resize(12 + 16, 0xaa);
  return out;
}();
INSTANTIATE_TEST_SUITE_P(
    Of, WorkerDecoys,
    ::testing::Values(Decoy{"LowTtl", {.ttl = 3, .options = kTimestamp}},
                      Decoy{"BadChecksum", {.options = kTimestamp, .bad_checksum = true}},
                      Decoy{"Md5Option", {.options = kMd5}},
                      Decoy{"OldTimestamp", {.options = kOldTimestamp}},
                      Decoy{"NoTimestamp", {}},
                      Decoy{"NoAck", {.flags = flag::kPsh, .options = kTimestamp}},
                      Decoy{"IpOptions", {.options = kTimestamp, .ip_options = {0x94, 4, 0, 0}}},
                      Decoy{"Urgent", {.flags = flag::kAck | flag::kUrg, .options = kTimestamp, .urgent = 4}},
                      Decoy{"InvalidToTheKernel", {.options = kTimestamp, .out_of_state = true}}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(WorkerLive, GivesHopsToWhatWouldDieOnItsWay) {
  tcp({}, {.seq = 999, .flags = flag::kSyn, .ttl = 12});
  EXPECT_EQ(tcp(hello("library.test"), {.ttl = 10}), Verdict::PassFlow);
  EXPECT_TRUE(source_.last.far);
}

TEST_F(WorkerLive, RefusesASecondBeginningOfAnUndecidedConnection) {
  EXPECT_EQ(syn(999), Verdict::Pass);
  EXPECT_EQ(syn(999), Verdict::Pass);  // sent again
  EXPECT_EQ(syn(5000), Verdict::Drop);
  EXPECT_EQ(tcp(hello("guns.test")), Verdict::BlockFlow);
}

TEST_F(WorkerLive, RefusesDataInASyn) {
  EXPECT_EQ(tcp(hello("library.test"), {.seq = 999, .flags = flag::kSyn}), Verdict::Drop);
  EXPECT_EQ(syn(), Verdict::Pass);
  EXPECT_EQ(tcp(hello("guns.test")), Verdict::BlockFlow);
}

TEST_F(WorkerLive, ReadsAListedNameInWhatItRefuses) {
  EXPECT_EQ(tcp(hello("guns.test"), {.seq = 999, .flags = flag::kSyn}), Verdict::BlockFlow);
  expect_blocked_once();
}

TEST_F(WorkerLive, AFlowJoinedLateGoesByTheFailPolicy) {
  path_.failing = capture::Failing::Closed;
  EXPECT_EQ(tcp(hello("library.test"), {.seq = 6000}), Verdict::BlockFlow);
  ASSERT_EQ(events_.all.size(), 1u);
  EXPECT_EQ(events_.all[0].reason, "start-missed");
  EXPECT_EQ(events_.all[0].outcome, journal::Outcome::Blocked);
}

TEST_F(WorkerLive, LooksAtANewConnectionOnOldPorts) {
  syn(999);
  EXPECT_EQ(tcp(hello("library.test")), Verdict::PassFlow);
  EXPECT_EQ(syn(70'999), Verdict::Pass);
  EXPECT_EQ(tcp(hello("guns.test"), {.seq = 71'000}), Verdict::BlockFlow);
}

TEST_F(WorkerLive, LetsNothingThroughThatLiesTooFarBehindAHole) {
  const Buffer whole = hello("guns.test");
  syn();
  EXPECT_EQ(tcp(part(whole, 1, whole.size()), {.seq = 1001}), Verdict::Pass);
  EXPECT_EQ(tcp(Buffer(1000, 7), {.seq = 1000 + 70'000}), Verdict::Drop);
  EXPECT_EQ(tcp(part(whole, 0, 1)), Verdict::BlockFlow);
}

TEST_F(WorkerLive, StopsAFirstMessageThatNeverEnds) {
  syn();
  // A record of a hello that says it is 16 MB long.
  Verdict last = Verdict::Pass;
  Buffer chunk = {0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xf0};
  chunk.resize(1400, 0);
  for (std::uint32_t at = 0; at < 200'000 && last == Verdict::Pass; at += 1400) last = tcp(chunk, {.seq = 1000 + at});
  EXPECT_NE(last, Verdict::Pass);
}

TEST_F(WorkerLive, DecidesEachRequestOfAnHttpConnection) {
  syn();
  const Buffer first = test::bytes_of("GET / HTTP/1.1\r\nHost: library.test\r\n\r\n");
  EXPECT_EQ(tcp(first), Verdict::Pass);
  EXPECT_EQ(tcp(test::bytes_of("GET / HTTP/1.1\r\nHost: guns.test\r\n\r\n"),
                {.seq = 1000 + static_cast<std::uint32_t>(first.size())}),
            Verdict::BlockFlow);
  expect_blocked_once();
}

TEST_F(WorkerLive, AnswersDnsAndGoesOnWithTheFlow) {
  ends_.dst_port = 53;
  EXPECT_EQ(udp(test::dns_query("guns.test", 1)), Verdict::Drop);
  EXPECT_EQ(udp(test::dns_query("library.test", 1)), Verdict::Pass);
  EXPECT_EQ(udp(test::dns_query("guns.test", 1)), Verdict::Drop);
}

TEST_F(WorkerLive, ReadsAListedNameInQuicWhateverWasSentBeforeIt) {
  const Buffer body = test::hello_body({.dtls = true});
  Buffer half_a_hello{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12 + 20, 1};
  test::put(half_a_hello, body.size(), 3);
  test::put(half_a_hello, Buffer{0, 0, 0, 0, 0, 0, 0, 20});
  test::put(half_a_hello, Bytes(body).first(20));
  const std::pair<std::uint16_t, Buffer> before[] = {
      {67, test::dhcp_message(test::dhcp_release())},
      {1900, test::bytes_of("HTTP/1.1 200 OK\r\nST: x\r\n\r\n")},
      {50'000, test::bytes_of("M-SEARCH * HTTP/1.1\r\nHOST: a.test\r\n\r\n")},
      {50'001, test::dns_query("library.test", 1)},
      {5353, test::dns_query("library.test", 1)},
      {50'002, half_a_hello},
  };
  for (const auto& [port, first] : before) {
    ends_.src_port = port;
    ends_.dst_port = 443;
    EXPECT_EQ(udp(first), Verdict::Pass) << port;
    test::InitialOptions quic;
    quic.destination_id = "connection " + std::to_string(port);
    const Verdict verdict = udp(test::seal_initial(test::crypto_frame(0, test::hello_message({.host = "guns.test"})), quic));
    EXPECT_TRUE(verdict == Verdict::BlockFlow || verdict == Verdict::Drop) << port;
  }
}

TEST_F(WorkerLive, ReadsAListedNameInQuicOnThePortsOfDns) {
  for (const std::uint16_t port : std::vector<std::uint16_t>{53, 137, 5353, 5355}) {
    for (const bool question_first : {false, true}) {
      ends_.src_port = static_cast<std::uint16_t>(50'000 + 2 * port + question_first);
      ends_.dst_port = port;
      if (question_first) {
        EXPECT_EQ(udp(test::dns_query("library.test", 1)), Verdict::Pass) << port;
      }
      test::InitialOptions quic;
      quic.destination_id = "connection " + std::to_string(ends_.src_port);
      const Verdict verdict = udp(test::seal_initial(test::crypto_frame(0, test::hello_message({.host = "guns.test"})), quic));
      EXPECT_TRUE(verdict == Verdict::BlockFlow || verdict == Verdict::Drop) << port << question_first;
    }
  }
}

TEST_F(WorkerLive, OpenNetworksPassWhenMemoryIsUsedUpAndClosedOnesDoNot) {
  policy::Network closed;
  closed.name = "Exam room";
  closed.group = "students";
  closed.addresses = {*IpPrefix::parse("10.20.0.0/16")};
  closed.fails_closed = true;
  policy_.networks = {closed};
  settings_.flows.tcp_contexts = 1;
  const Buffer whole = hello("guns.test");
  const auto begin = [&](const char* address) {
    ends_.src = *IpAddress::parse(address);
    syn();
    return tcp(part(whole, 0, 20));
  };
  begin("10.20.0.1");
  begin("10.10.0.2");  // takes the only place
  begin("10.10.0.3");
  ends_.src = *IpAddress::parse("10.20.0.1");
  EXPECT_EQ(tcp(part(whole, 20, whole.size()), {.seq = 1020}), Verdict::BlockFlow);
  ends_.src = *IpAddress::parse("10.10.0.2");
  EXPECT_EQ(tcp(part(whole, 20, whole.size()), {.seq = 1020}), Verdict::PassFlow);
  EXPECT_EQ(worker().totals().bound_open, 1u);
  EXPECT_EQ(worker().totals().bound_closed, 1u);
}

TEST_F(WorkerLive, RemembersABlockThatTheKernelRemembers) {
  test::Tcp fields;
  const Buffer packet = test::ip_packet(ends_, {}, test::tcp_segment(ends_, fields, hello("library.test")));
  EXPECT_NE(give(packet, {}, true), Verdict::Pass);
  EXPECT_EQ(events_.of("library.test").size(), 0u);
}

TEST_F(WorkerLive, DropsWhatCannotBeRead) {
  EXPECT_EQ(give(Buffer{0x45, 0, 0}), Verdict::Drop);
  EXPECT_EQ(give(Buffer(40, 0xff)), Verdict::Drop);
}

TEST_F(WorkerLive, OnlyWatchingItSaysThatItWouldHaveBlocked) {
  path_.in_path = false;
  syn();
  tcp(hello("guns.test"));
  const auto found = events_.of("guns.test");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].outcome, journal::Outcome::WouldBlock);
}

TEST_F(WorkerLive, AFlowJoinedLateIsNotDecidedByItsFirstPacketAlone) {
  EXPECT_EQ(tcp(hello("library.test"), {.seq = 6000}), Verdict::Pass);
  EXPECT_EQ(tcp(hello("guns.test"), {.seq = 1000}), Verdict::Drop);
}

}  // namespace
}  // namespace gatehouse::gate
