#include "lodge/report/themes.h"

namespace gatehouse::lodge {
namespace {

bool begins_with(std::string_view text, std::string_view start) noexcept {
  return text.substr(0, start.size()) == start;
}

}  // namespace

Theme theme_of_category(std::string_view category) noexcept {
  if (begins_with(category, "statutory")) return Theme::Sealed;
  if (begins_with(category, "extremism-islamist")) return Theme::IslamistExtremism;
  if (begins_with(category, "extremism-right-wing")) return Theme::RightWingExtremism;
  if (begins_with(category, "extremism")) return Theme::OtherIdeology;
  if (begins_with(category, "weapons")) return Theme::Weapons;
  if (begins_with(category, "circumvention")) return Theme::Circumvention;
  return Theme::OtherHarm;
}

Theme theme_of(const Attempt& attempt) noexcept {
  return attempt.sealed ? Theme::Sealed : theme_of_category(attempt.category);
}

std::string_view theme_title(Theme theme) noexcept {
  switch (theme) {
    case Theme::IslamistExtremism:
      return "Islamist extremism";
    case Theme::RightWingExtremism:
      return "Extreme right-wing";
    case Theme::OtherIdeology:
      return "Other or mixed ideology";
    case Theme::Weapons:
      return "Firearms and weapons";
    case Theme::OtherHarm:
      return "Other high harm";
    case Theme::Sealed:
      return "Sealed (count only)";
    case Theme::Circumvention:
      return "Getting round the filter";
  }
  return "Other high harm";
}

std::string_view theme_id(Theme theme) noexcept {
  switch (theme) {
    case Theme::IslamistExtremism:
      return "islamist-extremism";
    case Theme::RightWingExtremism:
      return "extreme-right-wing";
    case Theme::OtherIdeology:
      return "other-ideology";
    case Theme::Weapons:
      return "firearms-and-weapons";
    case Theme::OtherHarm:
      return "other-high-harm";
    case Theme::Sealed:
      return "sealed";
    case Theme::Circumvention:
      return "circumvention";
  }
  return "other-high-harm";
}

}  // namespace gatehouse::lodge
