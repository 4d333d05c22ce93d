#include "lodge/mail/smtp.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <memory>

#include "base/text.h"
#include "lodge/mail/curl_start.h"

namespace gatehouse::lodge {
namespace {

struct EndHandle {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct EndList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

struct Upload {
  const std::string& message;
  std::size_t at = 0;
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* from) {
  auto& upload = *static_cast<Upload*>(from);
  const std::size_t n = std::min(size * count, upload.message.size() - upload.at);
  std::memcpy(to, upload.message.data() + upload.at, n);
  upload.at += n;
  return n;
}

Result<std::string> password_from(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line))
    return failure("the mail password cannot be read", "put it in the first line of this file",
                   path.string());
  return std::string(trim(line));
}

std::string url_of(const SmtpSettings& settings) {
  const bool bare_v6 = settings.server.find(':') != std::string::npos && settings.server.front() != '[';
  return fmt::format("{}://{}:{}", settings.tls == MailTls::Implicit ? "smtps" : "smtp",
                     bare_v6 ? "[" + settings.server + "]" : settings.server, settings.port);
}

Result<void> sign_in(CURL* curl, const SmtpSettings& settings) {
  if (settings.user.empty()) return {};
  auto password = password_from(settings.password_file);
  if (!password) return tl::make_unexpected(password.error());
  curl_easy_setopt(curl, CURLOPT_USERNAME, settings.user.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, password->c_str());
  return {};
}

}  // namespace

Result<int> send_mail(const SmtpSettings& settings, const SmtpEnvelope& envelope,
                      const std::string& message) {
  const std::unique_ptr<CURL, EndHandle> curl(curl_ready() ? curl_easy_init() : nullptr);
  if (!curl) return failure("the mail library did not start", "restart the lodge");
  const std::unique_ptr<curl_slist, EndList> to(
      curl_slist_append(nullptr, ("<" + envelope.to + ">").c_str()));
  const std::string from = "<" + envelope.from + ">";
  const std::string url = url_of(settings);
  Upload upload{message};
  std::array<char, CURL_ERROR_SIZE> words{};
  CURL* handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, give);
  curl_easy_setopt(handle, CURLOPT_READDATA, &upload);
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);  // it runs beside other threads
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, static_cast<long>(settings.patience.count()));
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(handle, CURLOPT_USE_SSL,
                   static_cast<long>(settings.tls == MailTls::None ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, settings.ca_file.c_str());
  if (auto signed_in = sign_in(handle, settings); !signed_in) return tl::make_unexpected(signed_in.error());
  const CURLcode code = curl_easy_perform(handle);
  long answer = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer);
  if (code == CURLE_OK) return static_cast<int>(answer);
  return failure(fmt::format("{}{}", words[0] != 0 ? words.data() : curl_easy_strerror(code),
                             answer >= 400 ? fmt::format(" (the server's answer was {})", answer) : ""),
                 "it is tried again by itself; check `mail: server:` and that the relay accepts this machine",
                 url);
}

}  // namespace gatehouse::lodge
