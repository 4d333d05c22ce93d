// Requests to the guest portal: any method, path and form gives an answer, and nobody is signed in without the voucher.
#include <cstdlib>

#include "base/bytes.h"
#include "lodge/identity/portal/portal.h"

namespace {

class NoVouchers final : public gatehouse::lodge::portal::VoucherKeeper {
 public:
  [[nodiscard]] gatehouse::Result<std::optional<gatehouse::lodge::portal::Voucher>> find(const std::string&) const override {
    return std::optional<gatehouse::lodge::portal::Voucher>();
  }
  gatehouse::Result<bool> use(const std::string&) override { std::abort(); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::lodge;
  const std::string_view text = as_text({data, size});
  NoVouchers keeper;
  SessionTimeline timeline;
  portal::Settings settings;
  settings.networks = {*IpPrefix::parse("10.40.0.0/16")};
  settings.url = "https://guests.college.example";
  portal::Portal guests(settings, keeper, timeline);
  const auto line = text.find('\n');
  const std::string target(text.substr(0, line));
  const std::string body(line == std::string_view::npos ? std::string_view() : text.substr(line + 1));
  const Timestamp now = timestamp_from_us(1'794'300'000'000'000);
  for (const char* method : {"GET", "POST", "PUT"}) {
    for (const std::string& path : {target, std::string("/sign-in")}) {
      const auto answer = guests.handle({method, path, "host", body, *IpAddress::parse("10.40.0.9"), true}, now);
      if (answer.status < 200 || answer.status > 599) std::abort();
      if (answer.body.find("<script") != std::string::npos) std::abort();
    }
  }
  (void)portal::hash_of_code(text);
  if (!timeline.logins().empty()) std::abort();
  return 0;
}
