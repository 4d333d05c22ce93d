// Guests' vouchers in the store's file, and the wish of staff that a guest's sign-in ends. The command writes, the lodge
// reads. One thread.
#pragma once

#include <vector>

#include "base/address.h"
#include "lodge/identity/portal/voucher.h"
#include "lodge/store/sqlite_store.h"

namespace gatehouse::lodge {

class VoucherStore final : public portal::VoucherKeeper {
 public:
  static Result<VoucherStore> open(const std::string& file, const SqliteOptions& options = {});

  [[nodiscard]] Result<std::optional<portal::Voucher>> find(const std::string& hash) const override;
  Result<bool> use(const std::string& hash) override;

  // Saves a new voucher; its label is made here ("guest 12").
  Result<portal::Voucher> add(portal::Voucher voucher);
  // Guests who are or were signed in, latest first, with what is known of them.
  struct GuestSession {
    std::string login;
    std::string sponsor;
    std::string address;
    Timestamp from{};
    Timestamp to{};
  };
  [[nodiscard]] Result<std::vector<GuestSession>> sessions(Timestamp since) const;

  // Asks the lodge to end the sign-in at this address.
  Result<void> ask_to_end(const IpAddress& address);
  // What was asked since the last call.
  Result<std::vector<IpAddress>> take_ended();

 private:
  explicit VoucherStore(Connection db) : db_(std::move(db)) {}
  Connection db_;
};

}  // namespace gatehouse::lodge
