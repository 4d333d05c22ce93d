#include "lodge/pages/block_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "lists/names.h"
#include "lodge/pages/request_form.h"

namespace gatehouse::lodge {
namespace {

namespace http = boost::beast::http;

std::string response(int status, std::string_view reason, const std::string& page, bool head) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "Connection: close\r\nContent-Language: en-GB\r\n"
      "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'\r\n"
      "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\r\n{}",
      status, reason, page.size(), head ? std::string() : page);
}

// Host and path of a URL; a path alone has no host.
std::pair<std::string, std::string> parts_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::string_view rest = url.substr(scheme + 3);
  const auto slash = rest.find('/');
  std::string host(rest.substr(0, slash));
  if (const auto canonical = lists::canonical_host(host)) host = canonical->text.view();
  std::string path = slash == std::string_view::npos ? std::string("/") : std::string(rest.substr(slash));
  return {std::move(host), path.substr(0, path.find_first_of("?#"))};
}

std::string_view to_view(boost::core::string_view text) { return {text.data(), text.size()}; }

}  // namespace

BlockPages::BlockPages(Parts parts)
    : parts_(std::move(parts)), decider_(parts_.policy), pages_(parts_.replies, *parts_.policy) {
  auto [host, path] = parts_of(parts_.replies.request_url);
  if (!host.empty()) {
    request_host_ = std::move(host);
    request_path_ = std::move(path);
  }
}

policy::Decision BlockPages::decide(std::string_view host, const IpAddress& client) {
  inspect::Observation asked;
  asked.host = host;
  asked.from = inspect::NameSource::TlsSni;
  return decider_.decide({client, {}, 0}, asked, parts_.clock.now());
}

bool BlockPages::is_ours(std::string_view host, const IpAddress& client) {
  return host == request_host_ || decide(host, client).action == policy::Action::Block;
}

std::string BlockPages::answer(const Request& request, const IpAddress& client) {
  const bool head = request.method() == http::verb::head;
  const std::string_view target = to_view(request.target());
  if (request.method() == http::verb::post && target.substr(0, target.find('?')) == request_path_) {
    return keep_request(request, client);
  }
  const auto host = lists::canonical_host(to_view(request[http::field::host]));
  const policy::Decision decision = host ? decide(host->text.view(), client) : policy::Decision{};
  if (host && decision.action == policy::Action::Block) {
    std::string page = block_page(host->text.view(), decision);
    return head ? page.substr(0, page.find("\r\n\r\n") + 4) : page;
  }
  return response(404, "Not Found",
                  plain_page("There is nothing here", "This address belongs to the internet filter of the college. "
                                                      "The site that you asked for is not blocked: try it again in a minute."),
                  head);
}

std::string BlockPages::block_page(std::string_view host, const policy::Decision& decision) const {
  std::string page(respond::BlockPages::kMostResponse, '\0');
  page.resize(pages_.write({reinterpret_cast<std::uint8_t*>(page.data()), page.size()}, decision, {host, {}}));
  return page;
}

std::string BlockPages::keep_request(const Request& request, const IpAddress& client) {
  auto asked = read_request_form(request.body());
  if (!asked) {
    return response(400, "Bad Request", plain_page("Your request was not sent", asked.error().message), false);
  }
  AccessRequests requests(parts_.store);
  asked->at = parts_.clock.now();
  asked->address = client.to_string();
  const auto recent = requests.count_since(asked->address, asked->at - std::chrono::hours{1});
  if (recent && *recent >= parts_.settings.requests_an_hour) {
    return response(429, "Too Many Requests",
                    plain_page("Your request was not sent", "There were many requests from this device in the last hour. "
                                                            "Please try again later, or ask in person."),
                    false);
  }
  const auto number = recent ? requests.add(*asked) : tl::make_unexpected(recent.error());
  if (!number) {
    parts_.log->error("a request from a block page could not be kept: {}", number.error().to_string());
    return response(503, "Service Unavailable",
                    plain_page("Your request was not sent", "It could not be kept just now. Please ask in person."), false);
  }
  asked->number = *number;
  if (parts_.asked) parts_.asked(*asked);
  return response(200, "OK",
                  plain_page("Your request was sent",
                             fmt::format("It has the number {}. Somebody will read it and decide. Until then the site "
                                         "stays blocked.",
                                         *number)),
                  false);
}

}  // namespace gatehouse::lodge
