// Widgets, learned here and from nothing else: the same name at the same moment behind the same page on
// several devices is a part of that page; a name that comes with pages more than alone is a part of pages.
// Hashes only; kept for a week. Used by the folder; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "lodge/store/records.h"
#include "lodge/visits/tries.h"

namespace gatehouse::lodge {

class Sightings {
 public:
  // Of the days before, as the store kept them.
  void restore(const std::vector<Sighting>& kept);
  // A settled try, and whether it was asked for again as by somebody who tries. True where it was new; `out` then has
  // it for the store.
  bool learn(const Try& one, bool again, std::vector<Sighting>& out);
  // Whether, in that week, the name came up while pages were loading on two devices or more and on as many as it did
  // alone; or on several and seldom again at once, as it would if people had tried it.
  [[nodiscard]] bool part_of_pages(const Try& one) const;
  // On how many other devices the name came at the same moment behind the same page, in the week that ends with its
  // day.
  [[nodiscard]] int others(const Try& one) const;
  // On how many other devices a page that began here lately brings the name along; of several pages the most.
  [[nodiscard]] int brought_elsewhere(const Try& one) const;

 private:
  struct Place {  // a name behind a page
    std::uint64_t name = 0;
    std::uint64_t lead = 0;
    bool brought = false;  // while the page was loading
    auto operator<=>(const Place&) const = default;
  };
  struct Row {
    std::int32_t day = 0;
    std::uint64_t device = 0;
    Milliseconds offset{};
    bool again = false;
  };
  using Days = std::set<std::int32_t>;
  struct Habit {  // of a device with a name
    Days brought;
    Days alone;
    Days again;
  };
  void note(const Sighting& one);
  void others_behind(const Place& place, const Try& one, std::set<std::uint64_t>& devices) const;
  [[nodiscard]] int brought_by(std::uint64_t page, const Try& one) const;
  void forget_before(std::int32_t day);

  std::map<Place, std::vector<Row>> places_;
  // By page, and whether it was loading, then day: rows of all the listed names that came behind it.
  std::map<std::pair<std::uint64_t, bool>, std::map<std::int32_t, int>> behind_;
  std::map<std::uint64_t, std::map<std::uint64_t, Habit>> habits_;  // by name, then device
  std::int32_t newest_day_ = 0;
};

// Days since 1970, UTC.
std::int32_t sighting_day(Timestamp at) noexcept;

}  // namespace gatehouse::lodge
