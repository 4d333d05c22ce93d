// The body that a logon script posts: any bytes. What is taken from it is a login that a person could have, at the
// address that the connection came from, and nowhere else.
#include <cstdlib>

#include "base/bytes.h"
#include "lodge/identity/logon/logons.h"
#include "lodge/identity/logon/script_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::lodge;
  const auto login = logon::login_in_script_body(as_text({data, size}));
  if (!login) return 0;
  GroupRules groups;
  SessionTimeline timeline;
  logon::Logons logons({}, groups, timeline);
  const IpAddress machine = *IpAddress::parse("10.10.4.7");
  const Timestamp now = timestamp_from_us(1'794'300'000'000'000);
  const bool taken = logons.take_script(logon::Event::Logon, *login, machine, now);
  if (timeline.logins().size() != (taken ? 1u : 0u)) std::abort();
  for (const Login& one : timeline.logins()) {
    if (one.login.empty() || one.address != machine || one.to <= one.from) std::abort();
    for (const char c : one.login) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) std::abort();
    }
  }
  (void)logons.take_script(logon::Event::Logoff, *login, machine, now + Seconds{60});
  return 0;
}
