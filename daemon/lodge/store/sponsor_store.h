// Guests' requests to sponsors in the store's file: each with who was asked, when, for what device, the decision and where
// it came from. The lodge writes, the command lists. One thread.
#pragma once

#include <functional>
#include <vector>

#include "lodge/identity/portal/sponsor_request.h"
#include "lodge/store/sqlite_store.h"

namespace gatehouse::lodge {

class SponsorStore final : public portal::SponsorKeeper {
 public:
  // Puts the mail with the link on its way, in the transaction that keeps the request.
  using SendLink = std::function<Result<void>(const Connection&, const portal::SponsorRequest&, const std::string& secret)>;
  static Result<SponsorStore> open(const std::string& file, SendLink send_link, const SqliteOptions& options = {});

  Result<std::int64_t> add(const portal::SponsorRequest& request, const std::string& link_secret) override;
  [[nodiscard]] Result<std::optional<portal::SponsorRequest>> find(std::int64_t number) const override;
  Result<bool> decide(std::int64_t number, bool approve, const IpAddress& from, Timestamp now, Timestamp until) override;
  Result<bool> use(std::int64_t number, Timestamp now) override;
  [[nodiscard]] Result<Asked> asked_since(const portal::SponsorRequest& like, Timestamp since) const override;

  // Newest first.
  [[nodiscard]] Result<std::vector<portal::SponsorRequest>> asked_since(Timestamp since) const;

 private:
  SponsorStore(Connection db, SendLink send_link) : db_(std::move(db)), send_link_(std::move(send_link)) {}
  Result<std::int64_t> insert(const portal::SponsorRequest& request) const;
  Result<bool> changed_one(Statement& update) const;

  Connection db_;
  SendLink send_link_;
};

}  // namespace gatehouse::lodge
