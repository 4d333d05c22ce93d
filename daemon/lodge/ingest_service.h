// Follows the journal: looks several times a second whether the gate has written more, and takes it in slices, so
// that the other services of the event loop come to their turn also when a day's journal waits.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <string>

#include "base/service.h"
#include "lodge/context.h"
#include "lodge/ingest.h"

namespace gatehouse::lodge {

class IngestService final : public Service {
 public:
  explicit IngestService(LodgeContext& context);
  [[nodiscard]] std::string_view name() const noexcept override { return "ingest"; }
  void start() override;
  void stop() noexcept override;

 private:
  void wait(Milliseconds time);
  void step();
  void tell(const std::string& trouble);

  LodgeContext& context_;
  Ingest ingest_;
  boost::asio::steady_timer timer_;
  std::string trouble_;  // as last told, so that it is told once
  bool stopped_ = false;
};

}  // namespace gatehouse::lodge
