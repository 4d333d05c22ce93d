// What a logon script posts: {"login": "a.learner"}. Foreign bytes; the endpoint bounds their number. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::lodge::logon {

// The login in it; nullopt: no JSON object with a text of that name. Whether a person could have it is not judged here.
std::optional<std::string> login_in_script_body(std::string_view body);

}  // namespace gatehouse::lodge::logon
