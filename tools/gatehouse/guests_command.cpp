// `gatehouse guests`: vouchers for the guest portal, who is signed in, who asked a sponsor, and ending a sign-in.
#include <fmt/format.h>

#include "base/london.h"
#include "commands.h"
#include "lodge/store/sponsor_store.h"
#include "lodge/store/voucher_store.h"
#include "setup.h"

namespace gatehouse::cli {
namespace {

struct GuestOptions {
  std::string config;
  std::string store;
  std::string sponsor;
  std::string purpose;
  std::string name;
  std::string address;
  int hours = 8;
  int count = 1;
  int devices = 1;
};

std::string store_file(const GuestOptions& options) {
  std::string file = options.store;
  if (file.empty()) file = load_setup(options.config, true).lodge.store.string();
  if (file.empty()) throw SetupError({"no store is configured", "name one with --store, or as store: path:", {}, 0});
  return file;
}

lodge::VoucherStore open_store(const GuestOptions& options) {
  return value_or_throw(lodge::VoucherStore::open(store_file(options)));
}

int make_vouchers(const GuestOptions& options) {
  lodge::VoucherStore store = open_store(options);
  const Timestamp until = SystemClock().now() + std::chrono::hours{options.hours};
  for (int i = 0; i < options.count; ++i) {
    const std::string code = lodge::portal::make_code();
    lodge::portal::Voucher voucher;
    voucher.hash = lodge::portal::hash_of_code(code);
    voucher.sponsor = options.sponsor;
    voucher.purpose = options.purpose;
    voucher.name = options.name;
    voucher.until = until;
    voucher.devices = static_cast<std::uint32_t>(options.devices);
    const auto made = value_or_throw(store.add(std::move(voucher)));
    fmt::print("{}  {}, until {}\n", code, made.label, format_date_clock(until));
  }
  return kOk;
}

std::string state_words(const lodge::portal::SponsorRequest& one, Timestamp now) {
  using State = lodge::portal::SponsorRequest::State;
  const std::string by = fmt::format(" at {} from {}", format_clock(one.decided), one.decided_from);
  switch (one.state) {
    case State::Refused: return "refused" + by;
    case State::SignedIn: return fmt::format("approved{}, signed in at {}", by, format_clock(one.signed_in));
    case State::Approved:
      return "approved" + by + (one.until > now ? ", the guest's page has still to come for it" : ", and never came for it");
    case State::Waiting: break;
  }
  if (!one.may_approve) return "no mail: this address may not approve guests";
  return one.until > now ? "waiting until " + format_clock(one.until) : "not answered in time";
}

// What a guest wrote stands last in each line: it could be worded as an approval.
void list_requests(const std::string& file, Timestamp now) {
  const auto store = value_or_throw(lodge::SponsorStore::open(file, {}));
  for (const auto& one : value_or_throw(store.asked_since(now - std::chrono::hours{24}))) {
    const std::string mac = one.mac.is_zero() ? std::string() : fmt::format(" ({})", one.mac.to_string());
    fmt::print("request {}: asked {} at {} from {}{}: {}; wrote that they are \"{}\", here for \"{}\"\n", one.number, one.sponsor,
               format_clock(one.asked), one.address.to_string(), mac, state_words(one, now), one.name, one.purpose);
  }
}

int list_guests(const GuestOptions& options) {
  const Timestamp now = SystemClock().now();
  for (const auto& one : value_or_throw(open_store(options).sessions(now - std::chrono::hours{24}))) {
    fmt::print("{:<40} sponsor {:<16} since {} {} {}  {}\n", one.address, one.sponsor, format_clock(one.from),
               one.to > now ? "until" : "ended", format_clock(one.to), one.login);
  }
  list_requests(store_file(options), now);
  return kOk;
}

int end_guest(const GuestOptions& options) {
  const auto address = IpAddress::parse(options.address);
  if (!address) throw SetupError({fmt::format("`{}` is no address", options.address), "see `gatehouse guests list`", {}, 0});
  throw_if_failed(open_store(options).ask_to_end(*address));
  fmt::print("The lodge ends it within a second, if it runs.\n");
  return kOk;
}

}  // namespace

void add_guests(CLI::App& app, Run& run) {
  auto options = std::make_shared<GuestOptions>();
  CLI::App* command =
      app.add_subcommand("guests", "Vouchers for the guest portal, who is signed in there, and who asked a sponsor.");
  command->require_subcommand(1);
  const auto common = [&](CLI::App* sub) {
    sub->add_option("--config", options->config, "gatehouse.yaml");
    sub->add_option("--store", options->store, "the lodge's store");
  };
  CLI::App* make = command->add_subcommand("voucher", "Makes vouchers; each code is shown once and kept only as a hash.");
  common(make);
  make->add_option("--sponsor", options->sponsor, "the login of who answers for the guest")->required();
  make->add_option("--purpose", options->purpose, "what the visit is for")->required();
  make->add_option("--name", options->name, "the guest's name, if the sponsor vouches for it; otherwise 'guest 12'");
  make->add_option("--hours", options->hours, "good for so long from now")->check(CLI::Range(1, 24 * 31));
  make->add_option("--count", options->count, "how many")->check(CLI::Range(1, 1000));
  make->add_option("--devices", options->devices, "how many devices may use each")->check(CLI::Range(1, 500));
  make->footer("Example: gatehouse guests voucher --sponsor j.patel --purpose 'Open evening' --hours 4 --count 20");
  make->callback([options, &run] { run = [options] { return make_vouchers(*options); }; });
  CLI::App* list = command->add_subcommand("list", "Guests of the last day, and what sponsors were asked.");
  common(list);
  list->callback([options, &run] { run = [options] { return list_guests(*options); }; });
  CLI::App* end = command->add_subcommand("end", "Ends the sign-in at an address.");
  common(end);
  end->add_option("address", options->address, "as `list` shows it")->required();
  end->callback([options, &run] { run = [options] { return end_guest(*options); }; });
}

}  // namespace gatehouse::cli
