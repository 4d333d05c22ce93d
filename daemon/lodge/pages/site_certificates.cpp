#include "lodge/pages/site_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gatehouse::lodge {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

[[noreturn]] void refuse(const std::string& what, const std::string& remedy, const std::filesystem::path& path) {
  throw SetupError({what, remedy, path.string(), 0});
}

template <typename T, typename Read>
T* read_pem(const std::filesystem::path& path, const char* what, Read read) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "re"));
  if (!file) refuse(fmt::format("cannot read {}: {}", what, std::strerror(errno)), "check the path and who may read it", path);
  T* out = read(file.get(), nullptr, nullptr, nullptr);
  if (out == nullptr) refuse(fmt::format("{} is not in this file", what), "give it as PEM, the key without a password", path);
  return out;
}

// Names with letters, digits, hyphens, dots: what a DNS name in a certificate may be, and nothing that its text form
// would read as more than a name.
bool can_bear(const std::string& host) {
  if (host.empty() || host.size() > 253 || host.front() == '.' || host.find('.') == std::string::npos) return false;
  return host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string::npos;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] &= 0x7f;  // positive
  BIGNUM* number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  const bool set = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return set;
}

std::time_t seconds(Timestamp at) { return static_cast<std::time_t>(to_us(at) / 1'000'000); }

}  // namespace

SiteCertificates::SiteCertificates(const std::filesystem::path& certificate, const std::filesystem::path& key,
                                   const Clock& clock)
    : clock_(clock) {
  authority_.reset(read_pem<X509>(certificate, "the authority's certificate", PEM_read_X509));
  authority_key_.reset(read_pem<EVP_PKEY>(key, "the authority's key", PEM_read_PrivateKey));
  if (X509_check_private_key(authority_.get(), authority_key_.get()) != 1) {
    refuse("the key does not belong to the authority's certificate", "name the two that were made together", key);
  }
  if (X509_check_ca(authority_.get()) == 0) {
    refuse("this certificate may not sign others", "make an authority's, with basicConstraints CA:TRUE", certificate);
  }
  site_key_.reset(EVP_EC_gen("P-256"));
  if (!site_key_) refuse("no key could be made", {}, {});
}

SSL_CTX* SiteCertificates::context_for(const std::string& host) {
  if (!can_bear(host)) return nullptr;
  const Timestamp now = clock_.now();
  if (const auto found = by_host_.find(host); found != by_host_.end()) {
    if (now < found->second->until) {
      kept_.splice(kept_.begin(), kept_, found->second);
      return kept_.front().context.get();
    }
    kept_.erase(found->second);
    by_host_.erase(found);
  }
  Context context = make_context(host, now);
  if (!context) return nullptr;
  kept_.push_front({host, std::move(context), now + kLives / 2});
  by_host_[host] = kept_.begin();
  if (kept_.size() > kMostKept) {
    by_host_.erase(kept_.back().host);
    kept_.pop_back();
  }
  return kept_.front().context.get();
}

SiteCertificates::Certificate SiteCertificates::make_certificate(const std::string& host, Timestamp now) const {
  Certificate out(X509_new());
  if (!out) return nullptr;
  X509* cert = out.get();
  const Timestamp from = now - std::chrono::hours{24};
  const Timestamp to = now + kLives;
  bool good = X509_set_version(cert, 2) == 1 && set_serial(cert) &&
              ASN1_TIME_set(X509_getm_notBefore(cert), seconds(from)) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(cert), seconds(to)) != nullptr &&
              X509_set_issuer_name(cert, X509_get_subject_name(authority_.get())) == 1 &&
              X509_set_pubkey(cert, site_key_.get()) == 1;
  // The subject has the name only where it fits (64 characters); what counts is the alternative name.
  if (good && host.size() <= 64) {
    good = X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                      reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0) == 1;
  }
  good = good && add_extension(cert, authority_.get(), NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(cert, authority_.get(), NID_key_usage, "critical,digitalSignature") &&
         add_extension(cert, authority_.get(), NID_ext_key_usage, "serverAuth") &&
         add_extension(cert, authority_.get(), NID_subject_alt_name, "DNS:" + host) &&
         add_extension(cert, authority_.get(), NID_subject_key_identifier, "hash");
  // Ed25519 and Ed448 bring their own digest.
  const int kind = EVP_PKEY_get_base_id(authority_key_.get());
  const EVP_MD* digest = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448 ? nullptr : EVP_sha256();
  good = good && X509_sign(cert, authority_key_.get(), digest) > 0;
  return good ? std::move(out) : nullptr;
}

SiteCertificates::Context SiteCertificates::make_context(const std::string& host, Timestamp now) const {
  const Certificate certificate = make_certificate(host, now);
  Context out(SSL_CTX_new(TLS_server_method()));
  if (!certificate || !out) return nullptr;
  const bool good = SSL_CTX_set_min_proto_version(out.get(), TLS1_2_VERSION) == 1 &&
                    SSL_CTX_use_certificate(out.get(), certificate.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(out.get(), site_key_.get()) == 1 &&
                    SSL_CTX_add1_chain_cert(out.get(), authority_.get()) == 1;
  return good ? std::move(out) : nullptr;
}

}  // namespace gatehouse::lodge
