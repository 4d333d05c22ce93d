// Mail and alerts in the lodge: hears of attempts and reports, and looks once a second for what is due. The
// work waits on networks, so it is done on two threads with a connection each: one for alerts, one for
// reports and mail, so that a relay that does not answer delays no alert. One round of each at a time.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/service.h"
#include "lodge/alerts/notices.h"
#include "lodge/context.h"

namespace gatehouse::lodge {

class NoticeService final : public Service {
 public:
  explicit NoticeService(LodgeContext& context);
  [[nodiscard]] std::string_view name() const noexcept override { return "mail and alerts"; }
  void start() override;
  void stop() noexcept override;

 private:
  void hear(std::span<const Attempt> attempts);
  void post(const ReportMade& made);
  void wait();
  struct Worker {
    boost::asio::thread_pool thread{1};
    std::unique_ptr<SqliteStore> store;
    bool busy = false;
    std::string trouble;  // as last told
  };
  using Round = std::function<Result<NoticeRun>(const SqliteStore&)>;
  void look();
  void round(Worker& worker, std::string_view what, Round work);

  LodgeContext& context_;
  NoticeSettings settings_;
  boost::asio::steady_timer timer_;
  Worker alerts_;
  Worker mail_;
  bool stopped_ = false;
};

}  // namespace gatehouse::lodge
