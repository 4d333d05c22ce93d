// A form as a browser sends it. Bytes from outside; no state.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gatehouse::lodge::portal {

// "a=b&c=d%20e" to its fields; what is not well formed gives none.
std::map<std::string, std::string> read_form(std::string_view body);

}  // namespace gatehouse::lodge::portal
