// Vouchers for guests: made by staff for a sponsor and a purpose, with an end, good for some devices. The code is shown
// once and kept only as a hash. Kept by whoever implements VoucherKeeper (the store).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace gatehouse::lodge::portal {

struct Voucher {
  std::string hash;     // of its code
  std::string label;    // "guest 12": what reports call its holder when no name was given to it
  std::string name;     // that the sponsor vouches for; may be empty
  std::string sponsor;
  std::string purpose;
  Timestamp until{};
  std::uint32_t devices = 1;  // how many may use it
  std::uint32_t used = 0;
};

class VoucherKeeper {
 public:
  virtual ~VoucherKeeper() = default;
  [[nodiscard]] virtual Result<std::optional<Voucher>> find(const std::string& hash) const = 0;
  // Counts one device more; false when there is none left.
  virtual Result<bool> use(const std::string& hash) = 0;
};

// Ten characters without those that look alike, from the system's random source: "K7QM2-9XWTR".
std::string make_code();
// The hash of a code as a person types it: any case, blanks and dashes anywhere, O for 0, I and L for 1.
std::string hash_of_code(std::string_view typed);

}  // namespace gatehouse::lodge::portal
