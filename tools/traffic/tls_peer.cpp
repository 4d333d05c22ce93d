#include "tls_peer.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "base/result.h"

namespace gatehouse::traffic {
namespace {

constexpr unsigned kEchExtension = 0xfe0d;
// What an X25519MLKEM768 key share adds to a hello (draft-ietf-tls-ecdhe-mlkem): 1,216 bytes beside its header.
// OpenSSL 3.0 has no such group, so a private extension of that length stands in for it.
constexpr unsigned kLongExtension = 0xfac1;
constexpr std::size_t kPostQuantumShare = 1216;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Deleter<SSL_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;

[[noreturn]] void fail(const char* what) {
  throw SetupError({std::string("OpenSSL: ") + what, "check that OpenSSL 3 works here", {}, 0});
}

// A custom extension's payload: random bytes of the length that `length` points to, made anew each time.
int add_random(SSL*, unsigned, unsigned, const unsigned char** out, std::size_t* size, X509*, std::size_t, int*,
               void* length) {
  const std::size_t wanted = *static_cast<const std::size_t*>(length);
  auto* bytes = static_cast<unsigned char*>(OPENSSL_malloc(wanted));
  if (bytes == nullptr || RAND_bytes(bytes, static_cast<int>(wanted)) != 1) return -1;
  *out = bytes;
  *size = wanted;
  return 1;
}
// GREASE ECH (draft-ietf-tls-esni section 6.2): outer type, a cipher suite, a config id, and random fields.
int add_grease_ech(SSL*, unsigned, unsigned, const unsigned char** out, std::size_t* size, X509*, std::size_t, int*,
                   void*) {
  constexpr std::size_t kEnc = 32;
  constexpr std::size_t kPayload = 176;
  constexpr std::size_t kSize = 8 + kEnc + 2 + kPayload;
  auto* bytes = static_cast<unsigned char*>(OPENSSL_malloc(kSize));
  if (bytes == nullptr || RAND_bytes(bytes, kSize) != 1) return -1;
  const std::array<unsigned char, 5> start = {0, 0, 1, 0, 1};
  std::copy(start.begin(), start.end(), bytes);
  bytes[6] = 0;
  bytes[7] = kEnc;
  bytes[8 + kEnc] = 0;
  bytes[9 + kEnc] = kPayload;
  *out = bytes;
  *size = kSize;
  return 1;
}
void free_extension(SSL*, unsigned, unsigned, const unsigned char* bytes, void*) {
  OPENSSL_free(const_cast<unsigned char*>(bytes));
}

Context client_context(bool long_hello, bool ech) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) fail("no client context");
  static std::size_t long_length = kPostQuantumShare + 8;
  constexpr unsigned kWhere = SSL_EXT_CLIENT_HELLO;
  if (long_hello && SSL_CTX_add_custom_ext(context.get(), kLongExtension, kWhere, add_random, free_extension,
                                           &long_length, nullptr, nullptr) != 1) {
    fail("custom extension");
  }
  if (ech && SSL_CTX_add_custom_ext(context.get(), kEchExtension, kWhere, add_grease_ech, free_extension, nullptr,
                                    nullptr, nullptr) != 1) {
    fail("custom extension");
  }
  return context;
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned length,
                void*) {
  if (length < 1 || offered[0] + 1u > length) return SSL_TLSEXT_ERR_NOACK;
  *out = offered + 1;
  *size = offered[0];
  return SSL_TLSEXT_ERR_OK;
}

Certificate self_signed(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("server.example"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) fail("cannot sign a certificate");
  return certificate;
}

// Moves what one side wrote into a flight and on to the other side. False when there was nothing.
bool carry(SSL* from, SSL* to, bool from_client, std::vector<Flight>& flights) {
  std::array<std::uint8_t, 32768> chunk;
  bool moved = false;
  while (true) {
    const int got = BIO_read(SSL_get_wbio(from), chunk.data(), static_cast<int>(chunk.size()));
    if (got <= 0) return moved;
    if (flights.empty() || flights.back().from_client != from_client) flights.push_back({from_client, {}});
    flights.back().bytes.insert(flights.back().bytes.end(), chunk.begin(), chunk.begin() + got);
    BIO_write(SSL_get_rbio(to), chunk.data(), got);
    moved = true;
  }
}

void drain(SSL* side) {
  std::array<std::uint8_t, 32768> sink;
  while (SSL_read(side, sink.data(), static_cast<int>(sink.size())) > 0) {
  }
  ERR_clear_error();
}

void say(SSL* side, std::size_t bytes) {
  const std::vector<std::uint8_t> text(bytes, 'x');
  if (bytes > 0 && SSL_write(side, text.data(), static_cast<int>(bytes)) <= 0) fail("cannot write");
}

}  // namespace

struct TlsPeers::State {
  std::array<Context, 4> clients;  // bit 0: long hello, bit 1: GREASE ECH
  Context server;
  Key key;
  Certificate certificate;
};

TlsPeers::TlsPeers() : state_(new State) {
  for (unsigned i = 0; i < state_->clients.size(); ++i) state_->clients[i] = client_context((i & 1) != 0, (i & 2) != 0);
  state_->server.reset(SSL_CTX_new(TLS_server_method()));
  state_->key.reset(EVP_EC_gen("P-256"));
  if (!state_->server || !state_->key) fail("no server");
  state_->certificate = self_signed(state_->key.get());
  if (SSL_CTX_use_certificate(state_->server.get(), state_->certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(state_->server.get(), state_->key.get()) != 1) {
    fail("the server does not take its certificate");
  }
  SSL_CTX_set_alpn_select_cb(state_->server.get(), choose_alpn, nullptr);
  SSL_CTX_set_session_cache_mode(state_->server.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(state_->server.get(), 1);
}

TlsPeers::~TlsPeers() { delete state_; }

std::vector<Flight> TlsPeers::converse(const std::string& server_name, const TlsOptions& options) {
  const std::size_t which = (options.post_quantum_size ? 1u : 0u) + (options.grease_ech ? 2u : 0u);
  const Connection client(SSL_new(state_->clients[which].get()));
  const Connection server(SSL_new(state_->server.get()));
  for (SSL* side : {client.get(), server.get()}) SSL_set_bio(side, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  SSL_set_verify(client.get(), SSL_VERIFY_NONE, nullptr);
  if (!server_name.empty()) SSL_set_tlsext_host_name(client.get(), server_name.c_str());
  if (!options.alpn.empty()) {
    std::vector<std::uint8_t> wire{static_cast<std::uint8_t>(options.alpn.size())};
    wire.insert(wire.end(), options.alpn.begin(), options.alpn.end());
    SSL_set_alpn_protos(client.get(), wire.data(), static_cast<unsigned>(wire.size()));
  }
  if (options.tls12) SSL_set_max_proto_version(client.get(), TLS1_2_VERSION);

  std::vector<Flight> flights;
  constexpr int kRounds = 12;  // a handshake takes four
  for (int round = 0; round < kRounds && (!SSL_is_init_finished(client.get()) || !SSL_is_init_finished(server.get())); ++round) {
    SSL_do_handshake(client.get());
    carry(client.get(), server.get(), true, flights);
    SSL_do_handshake(server.get());
    carry(server.get(), client.get(), false, flights);
    ERR_clear_error();
  }
  if (!SSL_is_init_finished(client.get())) fail("the handshake did not end");
  say(client.get(), options.request_bytes);
  carry(client.get(), server.get(), true, flights);
  drain(server.get());
  say(server.get(), options.response_bytes);
  carry(server.get(), client.get(), false, flights);
  return flights;
}

}  // namespace gatehouse::traffic
