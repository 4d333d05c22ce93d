// A guest's request that somebody of the college vouches for them, and who keeps it (the store). Both links hold a secret
// of their own, of which only the hash is kept: the guest's shows how it stands, the sponsor's decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"

namespace gatehouse::lodge::portal {

struct SponsorRequest {
  enum class State : std::uint8_t { Waiting, Approved, Refused, SignedIn };

  std::int64_t number = 0;  // given by the keeper
  Timestamp asked{};
  Timestamp until{};        // from then on no link of it does anything
  std::string name;         // name and purpose as the guest wrote them
  std::string purpose;
  std::string sponsor;      // a mail address
  bool may_approve = true;  // false: nobody who approves guests has this address, and no mail goes there
  IpAddress address;        // the device that asked
  MacAddress mac;           // by its lease; zero: not known
  std::string guest_hash;
  std::string link_hash;
  State state = State::Waiting;
  Timestamp decided{};
  std::string decided_from;  // the address that the decision came from
  Timestamp signed_in{};
};

// What reports call the guest: "guest request 12: A Visitor". The number, which comes first, keeps a name that somebody
// wrote from ever being read as a login: one of the college, or "anonymous@..." and "@..." that name nobody.
std::string login_of(const SponsorRequest& request);
// The paths of both links.
std::string guest_path(std::int64_t number, const std::string& secret);
std::string sponsor_path(std::int64_t number, const std::string& secret);

class SponsorKeeper {
 public:
  virtual ~SponsorKeeper() = default;
  // Keeps it and, where its sponsor may approve, sends them the link: both or neither. Gives its number.
  virtual Result<std::int64_t> add(const SponsorRequest& request, const std::string& link_secret) = 0;
  [[nodiscard]] virtual Result<std::optional<SponsorRequest>> find(std::int64_t number) const = 0;
  // One decision a request, and in time; false: too late, or decided before. Approved: good until `until`.
  virtual Result<bool> decide(std::int64_t number, bool approve, const IpAddress& from, Timestamp now, Timestamp until) = 0;
  // One sign-in an approval; false: none is left.
  virtual Result<bool> use(std::int64_t number, Timestamp now) = 0;
  struct Asked {
    std::size_t by_guest = 0;  // of this address, and of this device (where it is known) at any other
    std::size_t of_sponsor = 0;
    std::size_t in_all = 0;
  };
  // Those like this one by its address, device or sponsor.
  [[nodiscard]] virtual Result<Asked> asked_since(const SponsorRequest& like, Timestamp since) const = 0;
};

}  // namespace gatehouse::lodge::portal
