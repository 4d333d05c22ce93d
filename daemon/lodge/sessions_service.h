// The sessions file as a source of identity: read at start, and again when it has changed. On the event loop.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <filesystem>

#include "base/service.h"
#include "lodge/context.h"

namespace gatehouse::lodge {

class SessionsService final : public Service {
 public:
  explicit SessionsService(LodgeContext& context) : context_(context), timer_(context.io) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "sessions file"; }
  void start() override;
  void stop() noexcept override;

 private:
  void wait();
  void read();

  LodgeContext& context_;
  boost::asio::steady_timer timer_;
  std::filesystem::file_time_type read_at_{};  // what the file's time was when it was last read
};

}  // namespace gatehouse::lodge
