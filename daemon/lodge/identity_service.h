// The live sources of identity: RADIUS, DHCP lease files and packets, syslog, logon scripts, the portal. Each puts intervals into
// the timeline; this saves them, has stored attempts asked for again when evidence came late, hands the group table to
// whoever enforces it, and deletes what is too old. On the event loop.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/service.h"
#include "lodge/context.h"
#include "lodge/feed_watch.h"
#include "lodge/identity/dhcp/lease_book.h"
#include "lodge/identity/listen/http_listener.h"
#include "lodge/identity/listen/sockets.h"
#include "lodge/identity/logon/logons.h"
#include "lodge/identity/portal/portal.h"
#include "lodge/identity/radius/accounting.h"
#include "lodge/identity_settings.h"
#include "lodge/seen_leases.h"
#include "lodge/store/identity_store.h"
#include "lodge/store/sponsor_store.h"
#include "lodge/store/voucher_store.h"

namespace gatehouse::lodge {

class IdentityService final : public Service {
 public:
  explicit IdentityService(LodgeContext& context);
  [[nodiscard]] std::string_view name() const noexcept override { return "identity"; }
  void start() override;
  void stop() noexcept override;

 private:
  struct LeaseFollower {
    LeaseFileSettings settings;
    dhcp::LeaseBook book;
    std::uint64_t words = 0;  // how often it was read
    std::filesystem::file_time_type read_at{};   // what the file's time was when it was last read
    std::filesystem::file_time_type seen_at{};   // and when it was last looked at: read when it has settled
    bool missing_told = false;
  };

  void open_listeners();
  void read_groups();
  void follow(LeaseFollower& follower);
  HttpResponse answer_script(const HttpRequest& request);
  void open_portal();
  HttpResponse answer_guest(const HttpRequest& request);
  void end_guests();
  void settle();
  Result<void> keep_changes();
  void hand_on_groups(Timestamp now);
  void forget_old(Timestamp now);
  void tell_counters(Timestamp now);
  void watch_feeds(Timestamp now);
  void wait();

  LodgeContext& context_;
  IdentitySettings settings_;
  IdentityStore store_;
  VoucherStore vouchers_;
  std::optional<SponsorStore> requests_;  // there when guests may ask
  Vendors vendors_;
  std::unique_ptr<radius::AccountingServer> radius_;
  std::unique_ptr<logon::Logons> logons_;
  std::unique_ptr<portal::Portal> portal_;
  std::vector<LeaseFollower> followers_;
  std::unique_ptr<SeenLeases> seen_leases_;
  std::vector<std::unique_ptr<UdpListener>> udp_;
  std::vector<std::unique_ptr<TcpListener>> tcp_;
  std::vector<std::unique_ptr<HttpListener>> http_;
  boost::asio::steady_timer timer_;
  GroupTable groups_;  // as last handed on
  std::vector<TimelineChange> unsaved_;
  Timestamp looked_at_groups_{};
  Timestamp forgot_{};
  Timestamp told_{};
  FeedWatch feeds_;
  Timestamp watched_{};
  bool stopped_ = false;
};

}  // namespace gatehouse::lodge
