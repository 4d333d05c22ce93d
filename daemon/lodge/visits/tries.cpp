#include "lodge/visits/tries.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lodge/visits/weights.h"

namespace gatehouse::lodge {
namespace {

using nlohmann::json;

json flags_of(const Try& one) {
  return (one.settled ? 1 : 0) | (one.stopped ? 2 : 0) | (one.sealed ? 4 : 0) | (one.around.known ? 8 : 0) |
         (one.around.other_program ? 16 : 0) | (one.unlike_pages ? 32 : 0) | (one.looked_up ? 64 : 0) |
         (one.connected ? 128 : 0);
}

Try try_from(const json& row) {
  const auto number = [&](std::size_t i) { return row.at(i).get<std::int64_t>(); };
  const auto hash = [&](std::size_t i) { return row.at(i).get<std::uint64_t>(); };
  Try one;
  one.serial = static_cast<std::uint32_t>(number(0));
  one.host = static_cast<std::uint32_t>(number(1));
  one.first = timestamp_from_us(number(2));
  one.last = timestamp_from_us(number(3));
  one.device = hash(4);
  one.name = hash(5);
  const auto flags = number(6);
  one.settled = (flags & 1) != 0;
  one.stopped = (flags & 2) != 0;
  one.sealed = (flags & 4) != 0;
  one.unlike_pages = (flags & 32) != 0;
  one.looked_up = (flags & 64) != 0;
  one.connected = (flags & 128) != 0;
  one.around.known = (flags & 8) != 0;
  one.around.other_program = (flags & 16) != 0;
  one.around.before = static_cast<int>(number(7));
  one.around.after = static_cast<int>(number(8));
  one.around.own_names = static_cast<int>(number(9));
  one.around.pause = Milliseconds(number(10));
  one.around.offset = Milliseconds(number(11));
  one.around.lead = hash(12);
  one.around.again = static_cast<int>(number(13));
  for (const json& after : row.at(14)) one.moments.push_back(one.first + Microseconds(after.get<std::int64_t>()));
  if (row.size() > 15) one.around.pages = row.at(15).get<std::vector<std::uint64_t>>();
  return one;
}

constexpr std::size_t kMostMoments = 12;

}  // namespace

void note_moment(Try& one, Timestamp at, bool look_up) {
  bool& seen = look_up ? one.looked_up : one.connected;
  const bool goes_on = !seen && !one.moments.empty();
  seen = true;
  if (goes_on) return;
  const auto near = [&](Timestamp other) { return std::chrono::abs(other - at) < kOneMoment; };
  if (one.moments.size() >= kMostMoments || std::any_of(one.moments.begin(), one.moments.end(), near)) return;
  one.moments.insert(std::upper_bound(one.moments.begin(), one.moments.end(), at), at);
}

bool loaded_again_as_pages_are(const Try& one) {
  const auto& at = one.moments;
  for (std::size_t i = 0; i + 2 < at.size(); ++i) {
    const bool second = at[i + 1] - at[i] >= kFirstReload && at[i + 1] - at[i] <= kFirstReload + kReloadDelay;
    const bool third = at[i + 2] - at[i + 1] >= kSecondReload && at[i + 2] - at[i + 1] <= kSecondReload + kReloadDelay;
    if (second && third) return true;
  }
  return false;
}

std::string tries_to_text(const Tries& tries) {
  json rows = json::array();
  for (const Try& one : tries.all) {
    const Around& around = one.around;
    json moments = json::array();
    for (const Timestamp at : one.moments) {
      moments.push_back(std::chrono::duration_cast<Microseconds>(at - one.first).count());
    }
    rows.push_back({one.serial, one.host, to_us(one.first), to_us(one.last), one.device, one.name,
                    flags_of(one), around.before, around.after, around.own_names, around.pause.count(),
                    around.offset.count(), around.lead, around.again, std::move(moments), around.pages});
  }
  const json out{{"brought", tries.brought}, {"next", tries.next_serial}, {"tries", std::move(rows)}};
  return out.dump();
}

Tries tries_from_text(const std::string& text) {
  Tries tries;
  try {
    const json value = json::parse(text);
    tries.brought = value.at("brought").get<bool>();
    tries.next_serial = value.at("next").get<std::uint32_t>();
    for (const json& row : value.at("tries")) tries.all.push_back(try_from(row));
  } catch (const json::exception&) {
    return {};  // of an older version: the attempt is judged by its hits alone
  }
  return tries;
}

}  // namespace gatehouse::lodge
