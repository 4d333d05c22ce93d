#include "lodge/identity/portal/forms.h"

#include <charconv>

namespace gatehouse::lodge::portal {
namespace {

int hex(char c) {
  int value = -1;
  std::from_chars(&c, &c + 1, value, 16);
  return value;
}

}  // namespace

std::map<std::string, std::string> read_form(std::string_view body) {
  std::map<std::string, std::string> out;
  std::string name;
  std::string value;
  bool in_value = false;
  for (std::size_t i = 0; i <= body.size(); ++i) {
    if (i == body.size() || body[i] == '&') {
      if (in_value) out.emplace(std::move(name), std::move(value));
      name.clear();
      value.clear();
      in_value = false;
      continue;
    }
    std::string& part = in_value ? value : name;
    if (body[i] == '=' && !in_value) {
      in_value = true;
    } else if (body[i] == '+') {
      part += ' ';
    } else if (body[i] == '%') {
      if (i + 2 >= body.size() || hex(body[i + 1]) < 0 || hex(body[i + 2]) < 0) return {};
      part += static_cast<char>(hex(body[i + 1]) * 16 + hex(body[i + 2]));
      i += 2;
    } else {
      part += body[i];
    }
  }
  return out;
}

}  // namespace gatehouse::lodge::portal
