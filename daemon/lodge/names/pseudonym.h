// Codes that stand for people and devices: the same person has the same code in every report of a college,
// and without the college's key nobody can work out the login behind one. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"

namespace gatehouse::lodge {

// "L-7Q2K9M" for a login, "D-..." for a device: `kind` is the letter. Six characters of 32: among 5,000
// people the chance that any two share a code is about 1 in 90, with four it would be a certainty.
std::string code_for(char kind, std::string_view secret, const HashKey& key);

}  // namespace gatehouse::lodge
