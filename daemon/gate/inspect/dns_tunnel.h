// Tells DNS used as a tunnel from DNS used for names: long, random-looking, ever-changing labels under one
// domain, record types that carry bulk. Used by the DNS inspectors; a small value, one a flow.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse::inspect {

struct DnsTunnelVerdict {
  std::uint8_t confidence = 0;  // 0: nothing suspicious
  std::string_view reason;
};

class DnsTunnelWatch {
 public:
  // Looks at one query's name and type.
  DnsTunnelVerdict query(std::string_view name, std::uint16_t type) noexcept;

 private:
  std::uint64_t domain_ = 0;  // hash of the last two labels being counted
  std::uint64_t last_name_ = 0;
  std::uint16_t heavy_names_ = 0;  // different names with much data under that domain
};

}  // namespace gatehouse::inspect
