// From an Observation to the question that the policy answers: which names, addresses and tunnels it holds.
#include <optional>

#include "gate/policy/policy.h"

namespace gatehouse::policy {
namespace {

using inspect::NameSource;
using inspect::Observation;

constexpr std::size_t kMostAnswers = 32;  // of one DNS answer; browsers use the first few, and so may be ours
constexpr std::uint16_t kCname = 5;       // RFC 1035 section 3.2.2

// Names of the local network lead to no site, whatever they spell.
bool is_local(NameSource from) noexcept {
  return from == NameSource::MdnsName || from == NameSource::LlmnrName || from == NameSource::NetbiosName;
}

// The path and query of a request target in any of its forms (RFC 9112 section 3.2); empty when it has none.
std::string_view path_of(std::string_view target) noexcept {
  if (target.starts_with('/')) return target;
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view{} : target.substr(slash);
}

void add_all(lists::MatchSet& out, const lists::MatchSet& more) noexcept {
  for (const lists::Match& match : more.all()) out.add(match);
}

}  // namespace

Decider::Decider(std::shared_ptr<const PolicySnapshot> snapshot, std::shared_ptr<const GroupTable> groups)
    : snapshot_(std::move(snapshot)), groups_(std::move(groups)), matcher_(snapshot_->shared_pack()) {
  (void)to_london(Timestamp{});  // a missing time zone table shows here and not on the packet path
}

Client Decider::client_of(const Subject& subject, Timestamp at) const noexcept {
  Client client = snapshot_->client_of(subject);
  if (groups_ == nullptr || client.by == KnownBy::Mac) return client;
  if (const auto group = groups_->find(subject.address, at)) {
    client.group = *group;
    client.by = KnownBy::Session;
  }
  return client;
}

// Hours of rules are whole minutes, and packets come in order of time: one conversion a minute.
const LondonTime& Decider::london(Timestamp at) noexcept {
  const auto minute = std::chrono::floor<std::chrono::minutes>(at);
  if (minute != minute_) {
    london_ = to_london(at);
    minute_ = minute;
  }
  return london_;
}

Decision Decider::decide(const Subject& subject, const Observation& observation, Timestamp at,
                         const IpAddress* server, Trace* trace) noexcept {
  lists::MatchSet matches;
  if (!observation.host.empty() && !is_local(observation.from)) {
    const std::string_view path = path_of(observation.url);
    matches =
        path.empty() ? matcher_.match_host(observation.host) : matcher_.match_url(observation.host, path);
  }
  std::size_t answers = 0;
  for (const inspect::DnsAnswer& answer : observation.answers) {
    if (is_local(observation.from) || ++answers > kMostAnswers) break;
    if (answer.type == kCname && !answer.target.empty()) add_all(matches, matcher_.match_host(answer.target));
    if (answer.address != IpAddress{}) add_all(matches, matcher_.match_address(answer.address));
  }
  if (server != nullptr) add_all(matches, matcher_.match_address(*server));

  PolicySnapshot::Question question;
  question.subject = subject;
  question.client = client_of(subject, at);
  // Permissions compare names; only a listed name needs one.
  std::optional<lists::Host> canonical;
  if (!matches.empty()) canonical = lists::canonical_host(observation.host);
  if (canonical) question.host = canonical->text.view();
  question.matches = &matches;
  if (!observation.tunnel.empty()) {
    // Whoever names a kind means it, also where it seldom is a way round.
    const bool named = observation.kind_certain && snapshot_->tunnel_kind(observation.tunnel) != nullptr;
    const bool sure = observation.confidence >= snapshot_->settings().tunnels.min_confidence;
    if (named || sure) question.tunnel = observation.tunnel;
  }
  question.at = at;
  if (!matches.empty() || !question.tunnel.empty() || trace != nullptr) question.london = &london(at);
  return snapshot_->answer(question, trace);
}

}  // namespace gatehouse::policy
