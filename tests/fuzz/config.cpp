// Whatever stands in a configuration, reading it gives settings or a SetupError, and settings make a policy
// that answers. Nothing else may be thrown.
#include <memory>

#include "base/bytes.h"
#include "gate/policy/check.h"
#include "gate/policy/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  constexpr std::size_t kEnough = 16384;  // longer ones only make the YAML parser slower
  if (size > kEnough) return 0;
  try {
    const ConfigFile file = ConfigFile::parse(as_text({data, size}), "fuzz.yaml");
    policy::PolicySettings settings = policy::read_policy_settings(file);
    (void)policy::read_list_settings(file);
    (void)policy::read_journal_settings(file);
    file.root().finish();
    for (const ConfigProblem& one : file.problems()) (void)one.to_string();
    const auto pack = lists::Pack::empty();
    (void)policy::check_policy(settings, pack.get(), Timestamp{});
    policy::Decider decider(std::make_shared<const policy::PolicySnapshot>(std::move(settings), pack));
    inspect::Observation seen;
    seen.tunnel = "openvpn";
    seen.confidence = 100;
    (void)policy::explain(decider.decide({IpAddress::v4(0x0a0a0407), {}, 5}, seen, Timestamp{}));
  } catch (const SetupError&) {
  }
  return 0;
}
