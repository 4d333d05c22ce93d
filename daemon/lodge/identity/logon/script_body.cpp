#include "lodge/identity/logon/script_body.h"

#include <nlohmann/json.hpp>

namespace gatehouse::lodge::logon {

std::optional<std::string> login_in_script_body(std::string_view body) {
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  const auto login = parsed.find("login");
  if (login == parsed.end() || !login->is_string()) return std::nullopt;
  return login->get<std::string>();
}

}  // namespace gatehouse::lodge::logon
