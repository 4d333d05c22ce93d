// The rows of the report: which theme a category belongs to, in one fixed order with fixed wording, so that
// every ideology is counted and worded alike. Used by everything that builds the report. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "lodge/store/records.h"

namespace gatehouse::lodge {

enum class Theme : std::uint8_t {
  IslamistExtremism,
  RightWingExtremism,
  OtherIdeology,
  Weapons,
  OtherHarm,      // also every category that a college adds
  Sealed,         // statutory lists: counted, never shown
  Circumvention,  // has a section of its own: a VPN user is not to be read as an extremist
};

// The six rows of "By theme", which stay when they are zero.
inline constexpr std::array kContentThemes = {Theme::IslamistExtremism, Theme::RightWingExtremism,
                                              Theme::OtherIdeology,     Theme::Weapons,
                                              Theme::OtherHarm,         Theme::Sealed};
inline constexpr std::size_t kThemeCount = 7;

Theme theme_of_category(std::string_view category) noexcept;
Theme theme_of(const Attempt& attempt) noexcept;     // sealed wins over the category
std::string_view theme_title(Theme theme) noexcept;  // "Extreme right-wing"
std::string_view theme_id(Theme theme) noexcept;     // "extreme-right-wing", for the CSV file

}  // namespace gatehouse::lodge
