// Requests to the guest portal and to the sponsors' page: any method, path and form gives an answer, nobody is signed in
// without the voucher or the link, and what a guest writes stays text.
#include <cstdlib>

#include "base/bytes.h"
#include "base/text.h"
#include "lodge/identity/portal/portal.h"
#include "lodge/identity/portal/secret.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::lodge;

bool has_any(const std::string& text, const char* of) { return text.find_first_of(of) != std::string::npos; }

class NoVouchers final : public portal::VoucherKeeper {
 public:
  [[nodiscard]] Result<std::optional<portal::Voucher>> find(const std::string&) const override {
    return std::optional<portal::Voucher>();
  }
  Result<bool> use(const std::string&) override { std::abort(); }
};

// Request 1 is there, behind secrets that no input holds, and nobody decides or uses it.
class OneRequest final : public portal::SponsorKeeper {
 public:
  portal::SponsorRequest one;

  Result<std::int64_t> add(const portal::SponsorRequest& request, const std::string&) override {
    if (request.name.empty() || request.purpose.empty() || has_any(request.name, "\r\n")) std::abort();
    if (!request.sponsor.ends_with("@college.example") || has_any(request.sponsor, " \r\n<>,+")) std::abort();
    one.name = request.name;
    one.purpose = request.purpose;
    return 1;
  }
  [[nodiscard]] Result<std::optional<portal::SponsorRequest>> find(std::int64_t number) const override {
    return number == 1 ? std::optional(one) : std::nullopt;
  }
  Result<bool> decide(std::int64_t, bool, const IpAddress&, Timestamp, Timestamp) override { return false; }
  Result<bool> use(std::int64_t, Timestamp) override { std::abort(); }
  [[nodiscard]] Result<Asked> asked_since(const portal::SponsorRequest&, Timestamp) const override { return Asked{}; }
};

constexpr const char* kSecret = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";
const IpAddress kGuest = *IpAddress::parse("10.40.0.9");
const IpAddress kOffice = *IpAddress::parse("10.20.0.5");
const Timestamp kNow = timestamp_from_us(1'794'300'000'000'000);

void check(const portal::Response& answer) {
  if (answer.status < 200 || answer.status > 599) std::abort();
  if (to_lower(answer.body).find("<script") != std::string::npos) std::abort();
  for (const auto& [name, value] : answer.headers) {
    if (has_any(value, "\r\n")) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  NoVouchers vouchers;
  OneRequest requests;
  SessionTimeline timeline;
  portal::Settings settings;
  settings.networks = {*IpPrefix::parse("10.40.0.0/16")};
  settings.url = "https://guests.college.example";
  settings.sponsors.domains = {"college.example"};
  settings.sponsors.from = {*IpPrefix::parse("10.20.0.0/16")};
  settings.sponsors.url = "https://gatehouse.college.example";
  requests.one.number = 1;
  requests.one.address = kGuest;
  requests.one.until = kNow + Seconds{60};
  requests.one.guest_hash = requests.one.link_hash = portal::sha256_hex(kSecret);
  portal::Portal guests(settings, vouchers, timeline, &requests);
  const auto line = text.find('\n');
  const std::string target(text.substr(0, line));
  const std::string body(line == std::string_view::npos ? std::string_view() : text.substr(line + 1));
  if (text.find(kSecret) != std::string_view::npos) return 0;
  for (const char* method : {"GET", "POST", "PUT"}) {
    for (const std::string& path : {target, std::string("/sign-in"), std::string("/ask")}) {
      check(guests.handle({method, path, "host", body, kGuest, true}, kNow));
    }
    const auto answer = guests.handle_sponsor({method, target, "host", body, kOffice, true}, kNow);
    check(answer);
    if (answer.status == 200) std::abort();  // nobody comes by without the secret
  }
  // With the secrets: what was asked is shown as text.
  check(guests.handle({"GET", portal::guest_path(1, kSecret), "host", "", kGuest, true}, kNow));
  check(guests.handle_sponsor({"GET", portal::sponsor_path(1, kSecret), "host", "", kOffice, true}, kNow));
  check(guests.handle_sponsor({"POST", portal::sponsor_path(1, kSecret), "host", body, kOffice, true}, kNow));
  (void)portal::hash_of_code(text);
  if (!timeline.logins().empty()) std::abort();
  return 0;
}
