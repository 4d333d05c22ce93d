// DNS messages for tests, byte by byte (RFC 1035, RFC 6891, RFC 9460).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "support/packets.h"

namespace gatehouse::test {

inline void put_dns_name(Buffer& out, std::string_view name) {
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    put8(out, static_cast<unsigned>(dot));
    put(out, as_bytes(name.substr(0, dot)));
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  put8(out, 0);
}
inline Buffer dns_name(std::string_view name) {
  Buffer out;
  put_dns_name(out, name);
  return out;
}
inline Buffer dns_pointer(std::size_t target) {
  Buffer out;
  put16(out, 0xc000u | static_cast<unsigned>(target));
  return out;
}

struct DnsCounts {
  unsigned questions = 1, answers = 0, authority = 0, additional = 0;
};
inline Buffer dns_header(unsigned id, unsigned flags, const DnsCounts& counts) {
  Buffer out;
  for (const unsigned one : {id, flags, counts.questions, counts.answers, counts.authority, counts.additional})
    put16(out, one);
  return out;
}
inline void put_dns_question(Buffer& out, std::string_view name, unsigned type) {
  put_dns_name(out, name);
  put16(out, type);
  put16(out, 1);
}
// The offset of its RDATA.
inline std::size_t put_dns_record(Buffer& out, Bytes owner, unsigned type, std::uint32_t ttl, Bytes rdata,
                                  unsigned klass = 1) {
  put(out, owner);
  put16(out, type);
  put16(out, klass);
  put32(out, ttl);
  put16(out, static_cast<unsigned>(rdata.size()));
  put(out, rdata);
  return out.size() - rdata.size();
}
inline void put_dns_opt(Buffer& out, bool dnssec = false) {
  put_dns_record(out, dns_name(""), 41, dnssec ? 0x8000 : 0, {}, 1232);
}

// A query as a stub resolver sends it, recursion desired.
inline Buffer dns_query(std::string_view name, unsigned type, bool edns = false, unsigned id = 0x1234) {
  Buffer out = dns_header(id, 0x0100, {1, 0, 0, edns ? 1u : 0u});
  put_dns_question(out, name, type);
  if (edns) put_dns_opt(out);
  return out;
}

using SvcParams = std::initializer_list<std::pair<unsigned, Buffer>>;
inline Buffer svcb_rdata(unsigned priority, std::string_view target, SvcParams params) {
  Buffer out;
  put16(out, priority);
  put_dns_name(out, target);
  for (const auto& [key, value] : params) {
    put16(out, key);
    put16(out, static_cast<unsigned>(value.size()));
    put(out, value);
  }
  return out;
}

// As TCP carries it.
inline Buffer dns_framed(const Buffer& message) {
  Buffer out;
  put16(out, static_cast<unsigned>(message.size()));
  put(out, message);
  return out;
}

}  // namespace gatehouse::test
