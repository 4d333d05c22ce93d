#include "quic_peer.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <array>
#include <memory>

#include "base/result.h"

namespace gatehouse::traffic {
namespace {

constexpr unsigned kLongExtension = 0xfac1;  // stands in for a post-quantum key share, as in tls_peer.cpp
constexpr std::size_t kPostQuantumShare = 1224;
constexpr const char* kPriority =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:%DISABLE_TLS13_COMPAT_MODE";

[[noreturn]] void fail(const char* what) {
  throw SetupError({std::string("ngtcp2: ") + what, "check that ngtcp2 and GnuTLS work here", {}, 0});
}

void random_bytes(std::uint8_t* out, std::size_t size, const ngtcp2_rand_ctx*) {
  gnutls_rnd(GNUTLS_RND_RANDOM, out, size);
}
int new_connection_id(ngtcp2_conn*, ngtcp2_cid* cid, std::uint8_t* token, std::size_t length, void*) {
  cid->datalen = length;
  gnutls_rnd(GNUTLS_RND_RANDOM, cid->data, length);
  gnutls_rnd(GNUTLS_RND_RANDOM, token, NGTCP2_STATELESS_RESET_TOKENLEN);
  return 0;
}
ngtcp2_conn* connection_of(ngtcp2_crypto_conn_ref* ref) { return static_cast<ngtcp2_conn*>(ref->user_data); }

ngtcp2_callbacks callbacks() {
  ngtcp2_callbacks out{};
  out.client_initial = ngtcp2_crypto_client_initial_cb;
  out.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
  out.encrypt = ngtcp2_crypto_encrypt_cb;
  out.decrypt = ngtcp2_crypto_decrypt_cb;
  out.hp_mask = ngtcp2_crypto_hp_mask_cb;
  out.recv_retry = ngtcp2_crypto_recv_retry_cb;
  out.rand = random_bytes;
  out.get_new_connection_id = new_connection_id;
  out.update_key = ngtcp2_crypto_update_key_cb;
  out.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  out.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  out.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
  out.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  return out;
}

int send_long_extension(gnutls_session_t, gnutls_buffer_t out) {
  std::array<std::uint8_t, kPostQuantumShare> share;
  gnutls_rnd(GNUTLS_RND_NONCE, share.data(), share.size());
  return gnutls_buffer_append_data(out, share.data(), share.size());
}
int ignore_extension(gnutls_session_t, const unsigned char*, std::size_t) { return 0; }

void use_session(gnutls_session_t session, const std::string& name, const QuicOptions& options,
                 gnutls_certificate_credentials_t credentials) {
  gnutls_priority_set_direct(session, kPriority, nullptr);
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
  if (ngtcp2_crypto_gnutls_configure_client_session(session) != 0) fail("the session cannot be used for QUIC");
  std::string h3 = "h3";
  const gnutls_datum_t alpn{reinterpret_cast<unsigned char*>(h3.data()), static_cast<unsigned>(h3.size())};
  gnutls_alpn_set_protocols(session, &alpn, 1, 0);
  gnutls_server_name_set(session, GNUTLS_NAME_DNS, name.data(), name.size());
  if (options.post_quantum_size &&
      gnutls_session_ext_register(session, "long", kLongExtension, GNUTLS_EXT_TLS, ignore_extension,
                                  send_long_extension, nullptr, nullptr, nullptr, GNUTLS_EXT_FLAG_CLIENT_HELLO) != 0) {
    fail("cannot register an extension");
  }
}

struct FreeConnection {
  void operator()(ngtcp2_conn* connection) const noexcept { ngtcp2_conn_del(connection); }
};

}  // namespace

struct QuicClients::State {
  gnutls_certificate_credentials_t credentials = nullptr;
};

QuicClients::QuicClients() : state_(new State) {
  if (gnutls_certificate_allocate_credentials(&state_->credentials) != 0) fail("no credentials");
}
QuicClients::~QuicClients() {
  gnutls_certificate_free_credentials(state_->credentials);
  delete state_;
}

std::vector<std::vector<std::uint8_t>> QuicClients::first_flight(const std::string& server_name,
                                                                 const QuicOptions& options) {
  gnutls_session_t session = nullptr;
  if (gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_ENABLE_EARLY_DATA | GNUTLS_NO_END_OF_EARLY_DATA) != 0) fail("no session");
  const std::unique_ptr<gnutls_session_int, decltype(&gnutls_deinit)> owner(session, gnutls_deinit);
  use_session(session, server_name, options, state_->credentials);

  ngtcp2_cid dcid{}, scid{};
  dcid.datalen = 8;
  scid.datalen = 8;
  gnutls_rnd(GNUTLS_RND_RANDOM, dcid.data, dcid.datalen);
  gnutls_rnd(GNUTLS_RND_RANDOM, scid.data, scid.datalen);
  sockaddr_in local{}, remote{};
  local.sin_family = remote.sin_family = AF_INET;
  ngtcp2_path path{};
  path.local = {reinterpret_cast<sockaddr*>(&local), sizeof local};
  path.remote = {reinterpret_cast<sockaddr*>(&remote), sizeof remote};

  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = 1;
  ngtcp2_transport_params parameters;
  ngtcp2_transport_params_default(&parameters);
  parameters.initial_max_streams_bidi = 100;
  parameters.initial_max_data = 1 << 20;
  const ngtcp2_callbacks table = callbacks();
  ngtcp2_conn* raw = nullptr;
  if (ngtcp2_conn_client_new(&raw, &dcid, &scid, &path, NGTCP2_PROTO_VER_V1, &table, &settings, &parameters, nullptr, nullptr) != 0) {
    fail("no connection");
  }
  const std::unique_ptr<ngtcp2_conn, FreeConnection> connection(raw);
  ngtcp2_crypto_conn_ref reference{connection_of, raw};
  gnutls_session_set_ptr(session, &reference);
  ngtcp2_conn_set_tls_native_handle(raw, session);

  std::vector<std::vector<std::uint8_t>> datagrams;
  constexpr int kMost = 4;
  for (int i = 0; i < kMost; ++i) {
    std::vector<std::uint8_t> datagram(1280);
    ngtcp2_pkt_info info{};
    const auto wrote = ngtcp2_conn_write_pkt(raw, &path, &info, datagram.data(), datagram.size(), 1);
    if (wrote < 0) fail(ngtcp2_strerror(static_cast<int>(wrote)));
    if (wrote == 0) break;
    datagram.resize(static_cast<std::size_t>(wrote));
    datagrams.push_back(std::move(datagram));
  }
  if (datagrams.empty()) fail("the client said nothing");
  return datagrams;
}

}  // namespace gatehouse::traffic
