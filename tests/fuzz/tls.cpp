// Any bytes as a TLS stream, both sides, in segments that the input itself cuts; then as a hello, a certificate
// and a DTLS datagram. However the stream is cut, what is observed is the same.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "gate/inspect/certificate_names.h"
#include "gate/inspect/dtls_inspector.h"
#include "gate/inspect/tls_client_hello.h"
#include "gate/inspect/tls_inspector.h"
#include "support/tls_hellos.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::inspect;

// Offers growing prefixes at every `step`, then the end.
std::string host_when_cut(Bytes stream, std::size_t step) {
  TlsInspector inspector;
  test::Sink sink;
  std::size_t need = 1;
  for (std::size_t end = step; end < stream.size(); end += step) {
    if (end < need) continue;
    const Progress progress = inspector.feed(Direction::ToServer, stream.first(end), false, sink);
    if (progress.step == Step::Done || progress.consumed > 0) return sink.host();
    if (progress.need <= end) std::abort();  // asks for nothing new: the caller would spin
    need = progress.need;
  }
  inspector.feed(Direction::ToServer, stream, true, sink);
  return sink.host();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  test::Sink sink;
  if (TlsInspector::probe(input) == Probe::Yes && (size < 1 || (data[0] & 0x80) == 0)) {
    const std::string whole = host_when_cut(input, size);
    if (host_when_cut(input, 1 + (size / 7)) != whole) std::abort();
  }
  TlsInspector both;
  const Bytes client = input.first(size / 2);
  both.feed(Direction::ToServer, test::records(test::hello_message({.host = "", .only_tls12 = true})), false, sink);
  both.feed(Direction::ToClient, input, true, sink);
  both.feed(Direction::ToServer, client, true, sink);
  (void)parse_client_hello(input, HelloForm::Tls);
  if (const auto names = read_certificate_names(input)) (void)names->best();
  const auto dtls = std::make_unique<DtlsInspector>();
  dtls->feed(Direction::ToServer, client, sink);
  dtls->feed(Direction::ToServer, input.subspan(size / 2), sink);
  return 0;
}
