// What the portal is asked and what it answers, apart from sockets. Plain data.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/address.h"

namespace gatehouse::lodge::portal {

struct Request {
  std::string method;
  std::string target;  // path and query
  std::string host;
  std::string body;
  IpAddress from;
  bool encrypted = false;
};

struct Response {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// Longer than any form of ours.
inline constexpr std::size_t kLongestBody = 4096;

inline std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

inline Response html(int status, std::string body) {
  return {status, "text/html; charset=utf-8", {{"Cache-Control", "no-store"}}, std::move(body)};
}
inline Response plain(int status, std::string words) { return {status, "text/plain; charset=utf-8", {}, std::move(words)}; }
inline Response see_other(std::string where) {
  return {303, "text/plain; charset=utf-8", {{"Location", std::move(where)}, {"Cache-Control", "no-store"}}, {}};
}

}  // namespace gatehouse::lodge::portal
