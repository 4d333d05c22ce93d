#include "gate/recorder.h"

#include "base/hash.h"
#include "journal/eve_writer.h"

namespace gatehouse::gate {
namespace {

// Clients with an open context are swept when there are this many; a college has fewer attempts at once.
constexpr std::size_t kSweepAt = 1024;

}  // namespace

std::size_t Recorder::AddressHash::operator()(const IpAddress& address) const noexcept {
  return siphash13({}, address.bytes());
}

void Recorder::record(const journal::Event& event, bool listed) {
  using journal::EventType;
  // What stands for itself, whatever is listed: figures, the gate's own life, leases of those who asked for them.
  const bool always = event.type == EventType::Stats || event.type == EventType::Gate || event.type == EventType::Dhcp;
  if (everything_ || always) {
    journal_.append(event);
    return;
  }
  forget_before(event.at - context_);
  if (listed) {
    write_context_of(event.src_ip);
    journal_.append(event);
    if (open_until_.size() >= kSweepAt) {
      std::erase_if(open_until_, [&](const auto& entry) { return entry.second < event.at; });
    }
    open_until_[event.src_ip] = event.at + context_;
    return;
  }
  const auto open = open_until_.find(event.src_ip);
  if (open != open_until_.end() && event.at <= open->second) {
    journal_.append(event);
  } else {
    hold(event);
  }
}

void Recorder::hold(const journal::Event& event) {
  line_.clear();
  journal::append_eve_line(line_, event);
  waiting_bytes_ += line_.size();
  waiting_.push_back({event.at, event.src_ip, line_});
  while (waiting_bytes_ > most_waiting_ && !waiting_.empty()) {
    waiting_bytes_ -= waiting_.front().line.size();
    if (!waiting_.front().written) ++forgotten_;
    waiting_.pop_front();
  }
}

void Recorder::write_context_of(const IpAddress& client) {
  for (Waiting& one : waiting_) {
    if (one.written || one.client != client) continue;
    journal_.append_line(one.line);
    one.written = true;
  }
}

void Recorder::forget_before(Timestamp at) {
  while (!waiting_.empty() && waiting_.front().at < at) {
    waiting_bytes_ -= waiting_.front().line.size();
    if (!waiting_.front().written) ++forgotten_;
    waiting_.pop_front();
  }
}

}  // namespace gatehouse::gate
