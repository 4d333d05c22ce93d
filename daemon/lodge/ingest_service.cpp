#include "lodge/ingest_service.h"

namespace gatehouse::lodge {
namespace {

// An event is to be in the store within a second of its line.
constexpr Milliseconds kLookAgain{200};
constexpr Milliseconds kAfterTrouble{2000};
// A slice of this many lines takes some tens of milliseconds.
constexpr std::size_t kSliceLines = 2000;

IngestOptions options_for(LodgeContext& context) {
  IngestOptions options;
  options.batch_lines = kSliceLines;
  options.most_batches = 1;
  options.saved = [&context](std::span<const Attempt> attempts) { context.attempts_saved(attempts); };
  options.dhcp_seen = [&context](const journal::Event& event) {
    if (context.dhcp_seen) context.dhcp_seen(event);
  };
  options.keep_evidence = [&context]() -> Result<void> {
    return context.keep_evidence ? context.keep_evidence() : Result<void>();
  };
  return options;
}

}  // namespace

IngestService::IngestService(LodgeContext& context)
    : context_(context), ingest_(context.store, context.timeline, options_for(context)), timer_(context.io) {
  context.attempts_corrected.connect([this](std::span<const Attempt>) { ingest_.forget(); });
}

void IngestService::start() { wait(Milliseconds{0}); }

void IngestService::stop() noexcept {
  stopped_ = true;
  timer_.cancel();
}

void IngestService::wait(Milliseconds time) {
  if (stopped_) return;
  timer_.expires_after(time);
  timer_.async_wait([this](const boost::system::error_code& stopped) {
    if (!stopped && !stopped_) step();
  });
}

void IngestService::step() {
  const auto counts = ingest_.run(context_.journal.path.string());
  if (!counts) {
    tell(counts.error().to_string());
    wait(kAfterTrouble);
    return;
  }
  if (!trouble_.empty()) context_.log->info("the journal is read again");
  trouble_.clear();
  if (counts->first_malformed) {
    context_.log->warn("{} lines of the journal are no events; the first: {}", counts->malformed,
                       counts->first_malformed->to_string());
  }
  if (counts->missed) {
    context_.log->error("the part of the journal where reading stopped is gone; what was in it unread is lost. Remedy: keep "
                        "more of it with journal: keep:, and the lodge running");
  }
  context_.caught_up = context_.caught_up || !counts->more;
  wait(counts->more ? Milliseconds{0} : kLookAgain);
}

void IngestService::tell(const std::string& trouble) {
  if (trouble == trouble_) return;
  trouble_ = trouble;
  context_.log->error("{}", trouble);
}

}  // namespace gatehouse::lodge
