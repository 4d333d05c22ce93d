#include "lodge/names/pseudonym.h"

namespace gatehouse::lodge {
namespace {

constexpr int kCodeLength = 6;
// No I, L, O or U: they are misread, misheard, or spell something (Crockford's base 32).
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

std::string code_for(char kind, std::string_view secret, const HashKey& key) {
  std::string keyed(1, kind);
  keyed += secret;
  std::uint64_t bits = siphash13(key, as_bytes(keyed));
  std::string code{kind, '-'};
  for (int i = 0; i < kCodeLength; ++i) {
    code += kAlphabet[bits % kAlphabet.size()];
    bits /= kAlphabet.size();
  }
  return code;
}

}  // namespace gatehouse::lodge
