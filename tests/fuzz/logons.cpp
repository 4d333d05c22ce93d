// Log messages from forwarders: datagrams and streams of any bytes. From a sender that is not listed nothing comes,
// whatever it says.
#include <cstdlib>

#include "lodge/identity/logon/logons.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::lodge;
  using namespace gatehouse::lodge::logon;
  const std::string_view text = as_text({data, size});
  Settings settings;
  settings.senders = {*IpPrefix::parse("10.0.0.5")};
  for (const char* name : {"nxlog", "wef", "windows-text"}) settings.patterns.push_back(*built_in_pattern(name));
  settings.patterns.push_back(*template_pattern("ours", "User {login} from {address} ({any})", Event::Logon));
  settings.marks = Seconds{60};
  (void)template_pattern("any", text.substr(0, 200), Event::Logoff);
  GroupRules groups;
  (void)groups.read_file_text(text, "groups");
  SessionTimeline timeline;
  timeline.put(Seat{MacAddress{{2, 0, 0, 0, 0, 1}}, "LRC-14", "Library", "", false});
  Logons logons(settings, groups, timeline);
  const Timestamp now = timestamp_from_us(1'794'300'000'000'000);

  logons.take_message(*IpAddress::parse("10.0.0.6"), text, now);
  if (!timeline.logins().empty()) std::abort();
  const IpAddress forwarder = *IpAddress::parse("10.0.0.5");
  logons.take_message(forwarder, text, now);
  logons.take_message(forwarder, "<13>1 - lrc-14 app - - - " + std::string(text), now);
  SyslogFramer framer;
  bool going = true;
  for (std::size_t at = 0; going && at < size; at += 37) {
    going = framer.feed(text.substr(at, 37), [&](std::string_view one) { logons.take_message(forwarder, one, now); });
  }
  for (const Login& login : timeline.logins()) {
    if (login.login.empty() || login.to <= login.from) std::abort();
  }
  return 0;
}
