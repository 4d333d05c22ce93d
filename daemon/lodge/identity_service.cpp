#include "lodge/identity_service.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <fstream>
#include <sstream>

#include "lodge/identity/logon/script_body.h"
#include "lodge/regrade.h"
#include "lodge/sponsor_mail.h"

namespace gatehouse::lodge {
namespace {

// The group table is to be with the gate within a second of a change, and an answer in the store as soon.
constexpr Milliseconds kTick{250};
// Ends that come with time alone (a lease runs out) are found by asking for the whole table.
constexpr Seconds kWholeTable{10};
constexpr std::chrono::hours kForgetEvery{6};
constexpr std::chrono::minutes kTellEvery{10};
constexpr Seconds kWatchEvery{10};
// A larger lease file is of no college.
constexpr std::uintmax_t kLargestLeaseFile = 64u << 20;
constexpr const char* kBearer = "Bearer ";

std::optional<std::string> read_whole(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > kLargestLeaseFile) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return size == 0 ? std::optional<std::string>("") : std::nullopt;
  return text.str();
}

// When the file was written, by the clock that the timeline uses.
Timestamp written_at(std::filesystem::file_time_type time) {
  return std::chrono::time_point_cast<Microseconds>(std::chrono::file_clock::to_sys(time));
}

portal::Request portal_request(const HttpRequest& one) {
  return {one.method, one.target, one.host, one.body, one.from, one.encrypted};
}
HttpResponse http_answer(portal::Response answer) {
  return {answer.status, std::move(answer.content_type), std::move(answer.headers), std::move(answer.body)};
}

bool same_secret(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

IdentityService::IdentityService(LodgeContext& context)
    : context_(context),
      settings_(context.settings.identity),
      store_(value_or_throw(IdentityStore::open(context.store_file))),
      vouchers_(value_or_throw(VoucherStore::open(context.store_file))),
      timer_(context.io),
      feeds_(settings_.silence) {}

void IdentityService::start() {
  SessionTimeline& timeline = context_.timeline;
  throw_if_failed(store_.load(timeline));
  context_.log->info("identity: {} leases and {} sign-ins are known from before", timeline.leases().size(),
                     timeline.logins().size());
  timeline.remember_changes(true);
  if (const auto text = read_whole(settings_.vendors)) vendors_.read(*text);
  read_groups();
  if (!settings_.radius_listen.empty()) {
    radius_ = std::make_unique<radius::AccountingServer>(settings_.radius, settings_.groups, timeline);
  }
  logons_ = std::make_unique<logon::Logons>(settings_.logons, settings_.groups, timeline);
  if (settings_.portal.listen) open_portal();
  for (const LeaseFileSettings& one : settings_.lease_files) {
    followers_.push_back({one, dhcp::LeaseBook(one.name, Hearsay::No, vendors_, timeline)});
  }
  if (settings_.dhcp_seen.on()) {
    seen_leases_ = std::make_unique<SeenLeases>(settings_.dhcp_seen, vendors_, timeline);
    context_.dhcp_seen = [this](const journal::Event& event) { seen_leases_->take(event); };
    context_.keep_evidence = [this] { return keep_changes(); };
  }
  open_listeners();
  wait();
}

void IdentityService::open_portal() {
  if (settings_.guests.sponsors.on()) {
    const auto send = [this](const Connection& db, const portal::SponsorRequest& asked, const std::string& secret) {
      return put_in_outbox(db, sponsor_mail(asked, secret, settings_.guests, context_.settings.mail)).map([](bool) {});
    };
    requests_.emplace(value_or_throw(SponsorStore::open(context_.store_file, send)));
  }
  portal_ = std::make_unique<portal::Portal>(settings_.guests, vouchers_, context_.timeline, requests_ ? &*requests_ : nullptr);
}

void IdentityService::open_listeners() {
  for (const Endpoint& at : settings_.radius_listen) {
    udp_.push_back(std::make_unique<UdpListener>(context_.io, [this](const IpAddress& from, std::uint16_t port, Bytes datagram) {
      return radius_->handle(from, port, datagram, context_.clock.now());
    }));
    udp_.back()->start(at);
  }
  for (const Endpoint& at : settings_.syslog_udp) {
    udp_.push_back(std::make_unique<UdpListener>(context_.io, [this](const IpAddress& from, std::uint16_t, Bytes datagram) {
      logons_->take_message(from, as_text(datagram), context_.clock.now());
      return std::vector<std::uint8_t>();
    }));
    udp_.back()->start(at);
  }
  for (const Endpoint& at : settings_.syslog_tcp) {
    tcp_.push_back(std::make_unique<TcpListener>(context_.io, [this](const IpAddress& from) -> TcpListener::Handler {
      if (!logons_->may_send(from)) return {};
      return [this, from, framer = std::make_shared<logon::SyslogFramer>()](std::string_view bytes) {
        return framer->feed(bytes, [&](std::string_view one) { logons_->take_message(from, one, context_.clock.now()); });
      };
    }));
    tcp_.back()->start(at);
  }
  if (settings_.script.listen) {
    http_.push_back(std::make_unique<HttpListener>(context_.io, [this](const HttpRequest& one) { return answer_script(one); }));
    http_.back()->use_tls(settings_.script.certificate.string(), settings_.script.key.string());
    http_.back()->start(*settings_.script.listen);
  }
  if (settings_.portal.listen) {
    http_.push_back(std::make_unique<HttpListener>(context_.io, [this](const HttpRequest& one) { return answer_guest(one); }));
    http_.back()->use_tls(settings_.portal.certificate.string(), settings_.portal.key.string());
    http_.back()->start(*settings_.portal.listen);
  }
  if (settings_.portal_http) {
    http_.push_back(std::make_unique<HttpListener>(context_.io, [this](const HttpRequest& one) { return answer_guest(one); }));
    http_.back()->start(*settings_.portal_http);
  }
  if (requests_) {
    http_.push_back(std::make_unique<HttpListener>(context_.io, [this](const HttpRequest& one) {
      return http_answer(portal_->handle_sponsor(portal_request(one), context_.clock.now()));
    }));
    http_.back()->use_tls(settings_.sponsors.certificate.string(), settings_.sponsors.key.string());
    http_.back()->start(*settings_.sponsors.listen);
  }
}

void IdentityService::stop() noexcept {
  stopped_ = true;
  context_.dhcp_seen = {};
  context_.keep_evidence = {};
  timer_.cancel();
  for (const auto& one : udp_) one->stop();
  for (const auto& one : tcp_) one->stop();
  for (const auto& one : http_) one->stop();
  try {
    settle();
  } catch (const std::exception& error) {
    context_.log->error("identity: the last changes were not saved: {}", error.what());
  }
}

void IdentityService::read_groups() {
  if (settings_.group_file.empty()) return;
  const auto text = read_whole(settings_.group_file);
  if (!text) {
    context_.log->warn("{}: the mapping of logins to groups cannot be read", settings_.group_file.string());
    return;
  }
  for (const Error& problem : settings_.groups.read_file_text(*text, settings_.group_file.string())) {
    context_.log->warn("{}", problem.to_string());
  }
}

// A server rewrites its file in several steps; it is read when it has been still for a tick.
void IdentityService::follow(LeaseFollower& follower) {
  std::error_code missing;
  const auto changed = std::filesystem::last_write_time(follower.settings.file, missing);
  if (missing) {
    if (!follower.missing_told) {
      context_.log->warn("{}: the lease file of {} cannot be read: {}", follower.settings.file.string(), follower.settings.name,
                         missing.message());
    }
    follower.missing_told = true;
    return;
  }
  const bool settled = changed == follower.seen_at;
  follower.seen_at = changed;
  if (!settled || changed == follower.read_at) return;
  const auto text = read_whole(follower.settings.file);
  if (!text) return;
  follower.read_at = changed;
  ++follower.words;
  follower.missing_told = false;
  const auto leases = dhcp::read_lease_file(follower.settings.format, *text);
  if (leases.not_understood > 0) {
    context_.log->warn("{}: {} lines are not understood; is its format {}?", follower.settings.file.string(),
                       leases.not_understood, "right in identity: dhcp:");
  }
  follower.book.take(leases, std::min(written_at(changed), context_.clock.now()));
}

// POST /logon or /logoff with "Authorization: Bearer TOKEN" and {"login": "a.learner"}. The address is the
// connection's own: a script speaks for the machine it runs on and for no other.
HttpResponse IdentityService::answer_script(const HttpRequest& request) {
  const bool known = std::any_of(settings_.script_tokens.begin(), settings_.script_tokens.end(), [&](const auto& one) {
    return same_secret(request.authorization, kBearer + one.token) &&
           std::any_of(one.from.begin(), one.from.end(), [&](const IpPrefix& from) { return from.contains(request.from); });
  });
  if (!known) return {401, "text/plain; charset=utf-8", {{"WWW-Authenticate", "Bearer"}}, "The token is not known here.\n"};
  const bool logon = request.target == "/logon";
  if (request.method != "POST" || (!logon && request.target != "/logoff")) return {404, "text/plain", {}, "POST /logon or /logoff\n"};
  const auto login = logon::login_in_script_body(request.body);
  if (!login || !logons_->take_script(logon ? logon::Event::Logon : logon::Event::Logoff, *login, request.from,
                                      context_.clock.now())) {
    return {400, "text/plain; charset=utf-8", {}, "The body is to be {\"login\": \"...\"} with the login of a person.\n"};
  }
  return {204, "text/plain; charset=utf-8", {}, {}};
}

HttpResponse IdentityService::answer_guest(const HttpRequest& request) {
  return http_answer(portal_->handle(portal_request(request), context_.clock.now()));
}

// Those whom the command `gatehouse guests end` asked to end.
void IdentityService::end_guests() {
  const auto addresses = vouchers_.take_ended();
  if (!addresses) return;
  for (const IpAddress& address : *addresses) portal_->end(address, context_.clock.now());
}

void IdentityService::wait() {
  if (stopped_) return;
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& stopped) {
    if (stopped || stopped_) return;
    for (LeaseFollower& follower : followers_) follow(follower);
    if (portal_) end_guests();
    settle();
    const Timestamp now = context_.clock.now();
    forget_old(now);
    tell_counters(now);
    watch_feeds(now);
    wait();
  });
}

// The next settle() asks for the attempts that it concerns.
Result<void> IdentityService::keep_changes() {
  std::vector<TimelineChange> changes = context_.timeline.take_changes();
  unsaved_.insert(unsaved_.end(), changes.begin(), changes.end());
  return store_.save(unsaved_, context_.timeline);
}

// What has changed since the last tick is saved, stored attempts are asked for again, the group table is handed on.
void IdentityService::settle() {
  const Timestamp now = context_.clock.now();
  const auto saved = keep_changes();
  if (!unsaved_.empty() || now - looked_at_groups_ >= kWholeTable) hand_on_groups(now);
  if (unsaved_.empty()) return;
  if (!saved) {
    context_.log->error("identity: {}", saved.error().to_string());
    return;  // tried again with the next tick
  }
  const auto corrections = regrade(context_.store, context_.timeline, unsaved_, now);
  unsaved_.clear();
  if (!corrections) {
    context_.log->error("identity: attempts could not be asked for again: {}", corrections.error().to_string());
    return;
  }
  if (corrections->empty()) return;
  if (const auto done = store_.correct(*corrections, now); !done) {
    context_.log->error("identity: attempts could not be corrected: {}", done.error().to_string());
    return;
  }
  std::vector<Attempt> corrected;
  for (const Correction& one : *corrections) corrected.push_back(one.attempt);
  context_.log->info("identity: evidence that came later changed who made {} attempts", corrected.size());
  context_.attempts_corrected(corrected);
}

void IdentityService::hand_on_groups(Timestamp now) {
  looked_at_groups_ = now;
  GroupTable table = group_table(context_.timeline, now);
  if (table == groups_) return;
  groups_ = std::move(table);
  context_.groups_changed(groups_);
}

void IdentityService::forget_old(Timestamp now) {
  if (now - forgot_ < kForgetEvery) return;
  forgot_ = now;
  const auto gone = store_.forget(now - settings_.keep, now);
  if (!gone) {
    context_.log->error("identity: old evidence could not be deleted: {}", gone.error().to_string());
    return;
  }
  context_.timeline.forget(now - settings_.keep);
  for (const Deletion& one : *gone) {
    context_.log->info("identity: {} {} from before {} deleted", one.number, one.what, format_utc(one.before));
  }
}

// What a stranger sends is no word of a feed. The portal and logon scripts may well be still for a day.
void IdentityService::watch_feeds(Timestamp now) {
  if (now - watched_ < kWatchEvery) return;
  watched_ = now;
  if (radius_) {
    const auto& c = radius_->counters();
    feeds_.tell("RADIUS accounting", c.accepted + c.duplicates, now);
  }
  if (!settings_.syslog_udp.empty() || !settings_.syslog_tcp.empty()) {
    const auto& l = logons_->counters();
    feeds_.tell("directory logons", l.received - l.unknown_sender - l.malformed, now);
  }
  for (const LeaseFollower& one : followers_) feeds_.tell("DHCP leases of " + one.settings.name, one.words, now);
  if (seen_leases_) feeds_.tell("DHCP packets that the gate sees", seen_leases_->counters().leases, now);
  for (const FeedSilence& one : feeds_.look(now)) {
    if (const auto noted = note_feed_silence(context_.store.connection(), one); !noted) {
      context_.log->error("identity: a silent feed could not be noted: {}", noted.error().to_string());
    }
  }
}

void IdentityService::tell_counters(Timestamp now) {
  if (now - told_ < kTellEvery) return;
  const bool first = told_ == Timestamp{};
  told_ = now;
  if (first) return;
  if (radius_) {
    const auto& c = radius_->counters();
    context_.log->info("radius: {} requests, {} taken, {} repeated; refused: {} from strangers, {} malformed, {} signed wrongly; "
                       "{} names not proved",
                       c.received, c.accepted, c.duplicates, c.unknown_client, c.malformed + c.not_accounting,
                       c.bad_authenticator + c.bad_message_authenticator + c.no_message_authenticator, c.names_not_proved);
  }
  if (requests_) {
    const auto c = portal_->sponsor_counters();
    context_.log->info("portal: {} asked a sponsor ({} of them one who may not approve), {} held back; {} approved, {} refused, "
                       "{} signed in; {} answers came too late, {} wrong links, {} from elsewhere",
                       c.asked, c.to_nobody, c.held_back, c.approved, c.refused, c.signed_in, c.too_late, c.wrong_link,
                       c.wrong_place);
  }
  if (seen_leases_) {
    const auto& s = seen_leases_->counters();
    context_.log->info("dhcp packets: {} leases given or renewed, {} ended, {} not taken", s.leases, s.ended, s.not_taken);
  }
  const auto& l = logons_->counters();
  if (l.received > 0) {
    context_.log->info("syslog: {} messages, {} logons, {} logoffs; {} from strangers, {} malformed, {} of unknown machines",
                       l.received, l.logons, l.logoffs, l.unknown_sender, l.malformed, l.unknown_place);
  }
}

}  // namespace gatehouse::lodge
