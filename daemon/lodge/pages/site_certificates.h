// Certificates for blocked names, made when one is asked for and signed by the college's own authority, so that devices
// which trust it show the block page in place of an encrypted site. It is only ever asked for names that the policy
// blocks: no other site's traffic is opened. One thread.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "base/time.h"

namespace gatehouse::lodge {

class SiteCertificates {
 public:
  // A college's blocked names of a day; older ones are made anew when they come again.
  static constexpr std::size_t kMostKept = 512;
  // Short, so that one that got out is of no use for long; from yesterday, since clocks of devices differ.
  static constexpr std::chrono::hours kLives{7 * 24};

  // PEM files. Throws SetupError: unreadable, not a pair, or a certificate that may not sign others.
  SiteCertificates(const std::filesystem::path& certificate, const std::filesystem::path& key, const Clock& clock);

  // Ready to be used for a handshake; null when `host` is no name that a certificate can bear. Owned by this object;
  // a handshake that took it holds it as long as it needs.
  [[nodiscard]] SSL_CTX* context_for(const std::string& host);
  [[nodiscard]] std::size_t kept() const noexcept { return by_host_.size(); }

 private:
  template <auto Free>
  struct Release {
    template <typename T>
    void operator()(T* object) const noexcept {
      Free(object);
    }
  };
  using Certificate = std::unique_ptr<X509, Release<X509_free>>;
  using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
  using Context = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
  struct Kept {
    std::string host;
    Context context;
    Timestamp until;
  };

  [[nodiscard]] Certificate make_certificate(const std::string& host, Timestamp now) const;
  [[nodiscard]] Context make_context(const std::string& host, Timestamp now) const;

  const Clock& clock_;
  Certificate authority_;
  Key authority_key_;
  Key site_key_;  // of all of them; made at start and never written down
  std::list<Kept> kept_;  // the one used last first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_host_;
};

}  // namespace gatehouse::lodge
