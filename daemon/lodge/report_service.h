// Makes each day's report when it is due, quiet days too, and those that are owed after being down. The report is put
// together on a thread of its own, with a connection of its own, so that nobody waits for it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/service.h"
#include "lodge/context.h"

namespace gatehouse::lodge {

class ReportService final : public Service {
 public:
  explicit ReportService(LodgeContext& context);
  [[nodiscard]] std::string_view name() const noexcept override { return "daily report"; }
  void start() override;
  void stop() noexcept override;

 private:
  void wait(Milliseconds time);
  void look();
  [[nodiscard]] Result<std::vector<Day>> owed(Timestamp now) const;
  void make(Day day);
  void made(Day day, const Result<ReportFiles>& files);

  LodgeContext& context_;
  boost::asio::steady_timer timer_;
  boost::asio::thread_pool maker_{1};
  std::filesystem::path folder_;
  bool stopped_ = false;
};

}  // namespace gatehouse::lodge
