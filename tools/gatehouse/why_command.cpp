// `gatehouse why`: what would happen to a name, and which entry and rule decide it.
#include "gate/policy/why.h"

#include <fmt/format.h>

#include "base/london.h"
#include "commands.h"
#include "lodge/identity/sessions_file.h"
#include "setup.h"

namespace gatehouse::cli {
namespace {

struct WhyOptions {
  std::string name;
  std::string config;
  std::string from;
  std::string login;
  std::string at;
};

// "14:30" today, or a whole time; the present when nothing was given.
Timestamp time_from(const std::string& text) {
  const Timestamp now = SystemClock().now();
  if (text.empty()) return now;
  if (const auto whole = parse_time(text)) return *whole;
  const LondonTime today = to_london(now);
  // A clock time is London's: read as if it were UTC, then moved by the offset in force at that time of the day.
  const auto clock = parse_time(fmt::format("{}T{}Z", format_day_iso(today.day), text));
  if (!clock) {
    throw SetupError({fmt::format("`{}` is no time", text), "write it as 14:30, or as 2026-11-10T14:30:00Z", {}, 0});
  }
  return *clock - to_london(*clock).offset;
}

// The group of whoever signs in by that name, as the sessions file says.
std::string group_of(const std::string& login, const Setup& setup) {
  if (setup.lodge.identity.sessions.empty()) {
    throw SetupError({"no sessions file is configured, so logins are not known",
                      "name one as identity: sessions: in the configuration, or ask with --from ADDRESS", setup.config, 0});
  }
  lodge::TimelineBuilder builder;
  value_or_throw(lodge::SessionsFile(setup.lodge.identity.sessions.string()).feed(builder));
  const lodge::SessionTimeline timeline = std::move(builder).build();
  for (const lodge::Login& one : timeline.logins()) {
    if (one.login == login) return one.group;
  }
  throw SetupError({fmt::format("nobody signed in as `{}`", login), "check the spelling, or ask with --from ADDRESS",
                    setup.lodge.identity.sessions.string(), 0});
}

int why(const WhyOptions& options) {
  const Setup setup = load_setup(options.config, false);
  const Timestamp at = time_from(options.at);
  if (!options.login.empty()) {
    fmt::print("{}", policy::to_text(policy::why_as_group(setup.policy, options.name, group_of(options.login, setup), at)));
    return kOk;
  }
  policy::Subject subject;
  if (!options.from.empty()) {
    const auto address = IpAddress::parse(options.from);
    const auto mac = MacAddress::parse(options.from);
    if (!address && !mac) {
      throw SetupError({fmt::format("`{}` is neither an IP address nor a MAC address", options.from),
                        "write it as 10.10.1.14 or 02:00:5e:10:00:01", {}, 0});
    }
    if (address) subject.address = *address;
    if (!address) subject.mac = *mac;
  }
  fmt::print("{}", policy::to_text(policy::why(setup.policy, options.name, subject, at)));
  return kOk;
}

}  // namespace

void add_why(CLI::App& app, Run& run) {
  auto options = std::make_shared<WhyOptions>();
  CLI::App* command = app.add_subcommand("why", "Walks a name or URL through the policy: which entry and rule decide.");
  command->add_option("name", options->name, "a host name or a URL")->required();
  command->add_option("--config", options->config, "gatehouse.yaml");
  CLI::Option* from = command->add_option("--from", options->from, "asked by this IP or MAC address");
  command->add_option("--as", options->login, "asked by this login")->excludes(from);
  command->add_option("--at", options->at, "at this time: 14:30 today, or 2026-11-10T14:30:00Z");
  command->footer("Example: gatehouse why https://guns.test/shop --from 10.10.1.14 --at 14:30");
  command->callback([options, &run] { run = [options] { return why(*options); }; });
}

}  // namespace gatehouse::cli
