// DTLS hellos whole and in fragments.
#include "gate/inspect/dtls_inspector.h"

#include <gtest/gtest.h>

#include <memory>

#include "support/tls_hellos.h"

namespace gatehouse::inspect {
namespace {

using namespace test;

Buffer fragment(const Buffer& body, std::size_t offset, std::size_t size, std::uint16_t version = 0xfeff) {
  Buffer out{22};
  put(out, version, 2);
  put(out, 0, 8);
  put(out, 12 + size, 2);
  put(out, 1, 1);
  put(out, body.size(), 3);
  put(out, 0, 2);
  put(out, offset, 3);
  put(out, size, 3);
  put(out, Bytes(body).subspan(offset, size));
  return out;
}

TEST(DtlsInspector, FindsSniAndFingerprintInAnyDtlsVersion) {
  const Buffer body = hello_body({.dtls = true});
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0xfeff, 0xfefd, 0x0100}) {
    const Buffer datagram = fragment(body, 0, body.size(), version);
    EXPECT_EQ(DtlsInspector::probe(datagram), Probe::Yes);
    const auto inspector = std::make_unique<DtlsInspector>();
    Sink sink;
    EXPECT_EQ(inspector->feed(Direction::ToServer, datagram, sink), Step::Done);
    ASSERT_EQ(sink.host(), "www.site.test");
    EXPECT_EQ(sink.seen[0].ja4.substr(0, 10), "dd2d0203h2");
    EXPECT_EQ(sink.seen[0].from, NameSource::DtlsSni);
  }
}

TEST(DtlsInspector, PutsFragmentsTogetherInAnyOrder) {
  const Buffer body = hello_body({.dtls = true});
  for (std::size_t cut = 1; cut < body.size(); cut += 7) {
    const auto inspector = std::make_unique<DtlsInspector>();
    Sink sink;
    EXPECT_EQ(inspector->feed(Direction::ToServer, fragment(body, cut, body.size() - cut), sink), Step::NeedMore);
    EXPECT_EQ(inspector->unnamed(), Unnamed::HelloIncomplete);
    EXPECT_EQ(inspector->feed(Direction::ToServer, fragment(body, 0, cut), sink), Step::Done);
    EXPECT_EQ(sink.host(), "www.site.test");
  }
}

TEST(DtlsInspector, SaysThatACallSendsNoName) {
  const Buffer body = hello_body({.host = "", .dtls = true});
  const auto inspector = std::make_unique<DtlsInspector>();
  Sink sink;
  inspector->feed(Direction::ToServer, fragment(body, 0, body.size()), sink);
  EXPECT_EQ(inspector->unnamed(), Unnamed::NoNameSent);
}

TEST(DtlsInspector, ProbeIsNotTakenInByOthers) {
  EXPECT_EQ(DtlsInspector::probe(Buffer(40, 0x16)), Probe::No);
  EXPECT_EQ(DtlsInspector::probe(Buffer{22, 0xfe, 0xfd, 0, 0}), Probe::No);
}

}  // namespace
}  // namespace gatehouse::inspect
