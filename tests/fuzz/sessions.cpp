// A sessions file is written by people and scripts: any text gives a timeline with its problems, or an error;
// and whatever the timeline holds, an answer of grade C or D names nobody.
#include <cstdlib>

#include "base/bytes.h"
#include "lodge/identity/sessions_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::lodge;
  TimelineBuilder builder;
  if (!read_sessions(as_text({data, size}), "sessions.yaml", builder)) return 0;
  const SessionTimeline timeline = std::move(builder).build();
  const auto check = [&](const IpAddress& address, const MacAddress& mac, Timestamp at) {
    const Attribution answer = who(timeline, address, mac, at);
    if (names_a_person(answer.grade) == answer.login.empty()) std::abort();
    if (answer.why.empty()) std::abort();
  };
  for (const Login& login : timeline.logins()) {
    const IpAddress address = login.address.value_or(IpAddress{});
    check(address, login.mac, login.from);
    if (login.to != kStillOpen) check(address, MacAddress{}, login.to);
  }
  for (const Lease& lease : timeline.leases()) check(lease.address, MacAddress{}, lease.from + Seconds(31));
  return 0;
}
