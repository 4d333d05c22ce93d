#include "lodge/alerts/channels.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/hash.h"
#include "lodge/mail/curl_start.h"
#include "lodge/mail/message.h"
#include "lodge/mail/outbox.h"

namespace gatehouse::lodge {
namespace {

constexpr Seconds kPatience{5};  // an alert has ten seconds in all, and further channels wait behind this one

struct EndHandle {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct EndList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct EndAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Result<std::string> mail_alert(const Connection& db, const AlertChannel& channel, const AlertText& text,
                               const MailSettings& settings, Timestamp now) {
  if (!settings.on()) return failure("no mail server is configured", "set `mail: server:`");
  OutboxMail out;
  out.key = fmt::format("alert {} {} {}", text.alert, channel.name, text.step);
  out.recipient = mail_address(channel.to);
  out.sender = mail_address(settings.from);
  Mail mail;
  mail.from = settings.from;
  mail.to = channel.to;
  mail.subject = "Gatehouse: " + text.title;
  mail.date = now;
  mail.message_id = fmt::format("{:016x}.{}.gatehouse@{}", fnv1a(out.key), to_us(now),
                                out.sender.substr(out.sender.find('@') + 1));
  mail.text = fmt::format("{}\n\n{}\n\n{}\nAlert {}. Names are never sent by mail.\n", text.title, text.words,
                          text.college, text.alert);
  out.subject = mail.subject;
  out.message = to_rfc5322(mail);
  out.made = now;
  out.due = now;
  const auto put = put_in_outbox(db, out);
  if (!put) return tl::make_unexpected(put.error());
  return std::string("in the outbox");
}

}  // namespace

Result<std::string> post_json(const std::string& url, const std::string& body, Seconds patience) {
  const std::unique_ptr<CURL, EndHandle> curl(curl_ready() ? curl_easy_init() : nullptr);
  if (!curl) return failure("the web library did not start", "restart the lodge");
  const std::unique_ptr<curl_slist, EndList> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"));
  CURL* handle = curl.get();
  std::array<char, CURL_ERROR_SIZE> words{};
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, static_cast<long>(patience.count()));
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words.data());
  const CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  // A webhook's address is a secret: it does not go into messages.
  if (code != CURLE_OK)
    return failure(fmt::format("the webhook was not reached: {}",
                               words[0] != 0 ? words.data() : curl_easy_strerror(code)));
  if (status < 200 || status >= 300) return failure(fmt::format("the webhook answered {}", status));
  return std::to_string(status);
}

Result<std::string> send_syslog(const std::string& to, bool tcp, const std::string& line, Seconds patience) {
  const std::size_t colon = to.rfind(':');
  std::string host = to.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = tcp ? SOCK_STREAM : SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), to.substr(colon + 1).c_str(), &hints, &found); code != 0)
    return failure(fmt::format("{} cannot be found: {}", to, ::gai_strerror(code)));
  const std::unique_ptr<addrinfo, EndAddresses> addresses(found);
  int error = 0;
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    const Socket socket(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol));
    // Linux uses the sending time-out for connect() as well.
    const timeval limit{static_cast<time_t>(patience.count()), 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    // RFC 6587 section 3.4.1: on a stream each message is preceded by its length.
    const std::string bytes = tcp ? fmt::format("{} {}", line.size(), line) : line;
    if (socket.get() >= 0 && ::connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0 &&
        send_all(socket.get(), bytes))
      return std::string(tcp ? "sent by TCP" : "sent by UDP");
    error = errno;
  }
  return failure(fmt::format("{} was not reached: {}", to, std::strerror(error)));
}

Result<std::string> send_alert(const Connection& db, const AlertChannel& channel, const AlertText& text,
                               const MailSettings& mail, Timestamp now) {
  switch (channel.kind) {
    case ChannelKind::Mail:
      return mail_alert(db, channel, text, mail, now);
    case ChannelKind::Teams:
      return post_json(channel.to, alert_teams(text), kPatience);
    case ChannelKind::Json:
      return post_json(channel.to, alert_json(text), kPatience);
    case ChannelKind::Syslog:
      return send_syslog(channel.to, channel.tcp, alert_syslog(text, host_name()), kPatience);
    case ChannelKind::Cef:
      return send_syslog(channel.to, channel.tcp, alert_cef(text, host_name()), kPatience);
  }
  return failure("no such channel");
}

}  // namespace gatehouse::lodge
