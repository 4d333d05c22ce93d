// What people asked for on a block page: kept until somebody decides. Used by the pages and the command; the thread of
// the connection.
#pragma once

#include <string>
#include <vector>

#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

struct AccessRequest {
  std::int64_t number = 0;  // given by the store
  Timestamp at{};
  std::string address;      // who asked, as the network knows it
  std::string host;         // empty for a sealed list
  std::string category;
  std::string reference;    // the journal's event
  std::string why;          // "study", "wrong" or "other"
  std::string text;         // in their own words
};

class AccessRequests {
 public:
  explicit AccessRequests(const Connection& db) : db_(db) {}
  // Its number.
  Result<std::int64_t> add(const AccessRequest& request);
  // Of one address since then: what keeps one device from filling the list.
  [[nodiscard]] Result<std::int64_t> count_since(const std::string& address, Timestamp since) const;
  // Newest first.
  [[nodiscard]] Result<std::vector<AccessRequest>> newest(std::size_t most) const;

 private:
  const Connection& db_;
};

}  // namespace gatehouse::lodge
