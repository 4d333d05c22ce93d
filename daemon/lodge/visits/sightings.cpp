#include "lodge/visits/sightings.h"

#include <algorithm>

#include "lodge/visits/weights.h"

namespace gatehouse::lodge {
namespace {

// More of one name, page and day say nothing new.
constexpr std::ptrdiff_t kMostADay = 24;
constexpr std::size_t kMostPlaces = 20000;
// A page behind which several listed names came alike has links to them (a search engine, a mail box). Of its own parts
// there are few, and each comes every time: at least one in so many of its rows.
constexpr int kMostNamesOfAPage = 3;
constexpr int kMostHabits = 64;  // devices of one name that are counted

// People at an error page try again about as often as not; what pages bring along hardly ever comes again at once.
bool seldom_again(int again, int of) { return again * 5 < of * 2; }

bool same_moment(Milliseconds one, Milliseconds other) {
  const Milliseconds apart = std::chrono::abs(one - other);
  return apart <= kSameOffset || std::max(one, other) * 5 <= std::min(one, other) * 8;
}

}  // namespace

std::int32_t sighting_day(Timestamp at) noexcept {
  return static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(at).time_since_epoch().count());
}

void Sightings::restore(const std::vector<Sighting>& kept) {
  for (const Sighting& one : kept) {
    note(one);
    newest_day_ = std::max(newest_day_, one.day);
  }
}

void Sightings::note(const Sighting& one) {
  places_[{one.name, one.lead, one.brought}].push_back({one.day, one.device, one.offset, one.again});
  ++behind_[{one.lead, one.brought}][one.day];
  Habit& habit = habits_[one.name][one.device];
  (one.brought ? habit.brought : habit.alone).insert(one.day);
  if (one.again) habit.again.insert(one.day);
}

bool Sightings::part_of_pages(const Try& one) const {
  const auto found = habits_.find(one.name);
  if (one.sealed || found == habits_.end()) return false;
  const std::int32_t day = sighting_day(one.first);
  const auto in_week = [&](const Days& days) {
    const auto first = days.lower_bound(day - kSightingDays);
    return first != days.end() && *first <= day;
  };
  int brought = 0;
  int alone = 0;
  int devices = 0;
  int again = 0;
  for (const auto& [device, habit] : found->second) {
    const bool with_page = in_week(habit.brought);
    const bool by_itself = in_week(habit.alone);
    brought += with_page;
    alone += by_itself;
    devices += with_page || by_itself;
    again += in_week(habit.again);
    if (devices == kMostHabits) break;
  }
  return (brought > 1 && brought >= alone) || (devices > kManyDevices && seldom_again(again, devices));
}

bool Sightings::learn(const Try& one, bool again, std::vector<Sighting>& out) {
  if (one.sealed || !one.around.known) return false;
  const std::int32_t day = sighting_day(one.first);
  if (day > newest_day_) {
    newest_day_ = day;
    forget_before(day - kSightingDays - 2);
  }
  const Place place{one.name, one.around.lead, brought_along(one.around)};
  if (places_.size() >= kMostPlaces && places_.count(place) == 0) return false;
  auto& rows = places_[place];
  const auto today = std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.day == day; });
  if (today >= kMostADay) return false;
  const bool known = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return row.day == day && row.device == one.device && row.again >= again &&
           same_moment(row.offset, one.around.offset);
  });
  if (known) return false;
  out.push_back({one.name, one.around.lead, one.device, day, one.around.offset, brought_along(one.around),
                 again});
  note(out.back());
  return true;
}

int Sightings::others(const Try& one) const {
  if (one.sealed || !one.around.known || one.around.lead == 0) return 0;
  std::set<std::uint64_t> devices;
  others_behind({one.name, one.around.lead, true}, one, devices);
  others_behind({one.name, one.around.lead, false}, one, devices);
  return static_cast<int>(devices.size());
}

// What came while the page was loading and what came after it are each held against their own kind: a page that people
// click on has its own parts too.
void Sightings::others_behind(const Place& place, const Try& one, std::set<std::uint64_t>& devices) const {
  const auto found = places_.find(place);
  if (found == places_.end()) return;
  const std::int32_t day = sighting_day(one.first);
  int own = 0;
  int all = 0;
  int again = 0;
  std::set<std::uint64_t> alike;
  for (const Row& row : found->second) {
    if (row.day > day || row.day < day - kSightingDays) continue;
    ++own;
    again += row.again;
    if (row.device != one.device && same_moment(row.offset, one.around.offset)) alike.insert(row.device);
  }
  for (const auto& [of_day, count] : behind_.at({place.lead, place.brought})) {
    if (of_day <= day && of_day >= day - kSightingDays) all += count;
  }
  if (!place.brought && !seldom_again(again, own)) return;  // a class sent there from one page
  if (own * kMostNamesOfAPage >= all) devices.insert(alike.begin(), alike.end());
}

int Sightings::brought_elsewhere(const Try& one) const {
  int most = 0;
  if (one.sealed) return most;
  for (const std::uint64_t page : one.around.pages) most = std::max(most, brought_by(page, one));
  return most;
}

// On how many other devices. A page with few names has its part come alone, but soon, and nobody tries it again.
int Sightings::brought_by(std::uint64_t page, const Try& one) const {
  const std::int32_t day = sighting_day(one.first);
  const auto in_week = [&](std::int32_t of) { return of <= day && of >= day - kSightingDays; };
  std::set<std::uint64_t> devices;
  int own = 0;
  int all = 0;
  for (const bool brought : {true, false}) {
    const auto behind = behind_.find({page, brought});
    if (behind == behind_.end()) continue;
    for (const auto& [of_day, count] : behind->second) all += in_week(of_day) ? count : 0;
    const auto found = places_.find({one.name, page, brought});
    if (found == places_.end()) continue;
    std::set<std::uint64_t> these;
    int rows = 0;
    int again = 0;
    for (const Row& row : found->second) {
      if (!in_week(row.day)) continue;
      ++rows;
      again += row.again;
      if (row.device != one.device && row.offset <= kLatestPart && !row.again) these.insert(row.device);
    }
    own += rows;
    if (brought || seldom_again(again, rows)) devices.insert(these.begin(), these.end());
  }
  return own * kMostNamesOfAPage >= all ? static_cast<int>(devices.size()) : 0;
}

void Sightings::forget_before(std::int32_t day) {
  for (auto& [place, rows] : places_) std::erase_if(rows, [&](const Row& row) { return row.day < day; });
  std::erase_if(places_, [](const auto& entry) { return entry.second.empty(); });
  behind_.clear();
  for (const auto& [place, rows] : places_) {
    for (const Row& row : rows) ++behind_[{place.lead, place.brought}][row.day];
  }
  for (auto& [name, habits] : habits_) {
    for (auto& [device, habit] : habits) {
      for (Days* days : {&habit.brought, &habit.alone, &habit.again}) {
        days->erase(days->begin(), days->lower_bound(day));
      }
    }
    std::erase_if(habits, [](const auto& entry) { return entry.second.brought.empty() && entry.second.alone.empty(); });
  }
  std::erase_if(habits_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace gatehouse::lodge
