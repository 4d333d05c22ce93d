// What the pages' listeners answer, apart from sockets: the block page for a blocked name, the answer to a request that
// was posted from one, and which names a certificate is made for. One thread.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "gate/policy/policy.h"
#include "gate/respond/block_page.h"
#include "lodge/pages/settings.h"
#include "lodge/store/access_requests.h"

namespace gatehouse::lodge {

class BlockPages {
 public:
  struct Parts {
    PagesSettings settings;
    respond::RespondSettings replies;
    std::shared_ptr<const policy::PolicySnapshot> policy;
    const Connection& store;
    const Clock& clock;
    Log log;
    std::function<void(const AccessRequest&)> asked;  // told of each that was kept; may be empty
  };
  using Request = boost::beast::http::request<boost::beast::http::string_body>;

  explicit BlockPages(Parts parts);

  // A whole HTTP/1.1 response; the connection is closed after it.
  [[nodiscard]] std::string answer(const Request& request, const IpAddress& client);
  // True for a name that is blocked for this client, and for the one under which requests are taken.
  [[nodiscard]] bool is_ours(std::string_view host, const IpAddress& client);

 private:
  [[nodiscard]] policy::Decision decide(std::string_view host, const IpAddress& client);
  [[nodiscard]] std::string block_page(std::string_view host, const policy::Decision& decision) const;
  [[nodiscard]] std::string keep_request(const Request& request, const IpAddress& client);

  Parts parts_;
  policy::Decider decider_;
  respond::BlockPages pages_;
  std::string request_host_;  // of respond: request_url:, lower case; empty: none
  std::string request_path_ = "/request";
};

}  // namespace gatehouse::lodge
