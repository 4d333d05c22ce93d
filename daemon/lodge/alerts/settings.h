// The section `alerts` of gatehouse.yaml: where what cannot wait is told, at which hours, how it is folded,
// and who comes next when nobody answers. Plain data.
#pragma once

#include <string>
#include <vector>

#include "base/config_file.h"

namespace gatehouse::lodge {

enum class ChannelKind : std::uint8_t { Mail, Teams, Json, Syslog, Cef };

struct AlertChannel {
  std::string name;
  ChannelKind kind = ChannelKind::Mail;
  std::string to;    // a mail address, a URL, or host:port
  bool tcp = false;  // of syslog
};

struct AlertSettings {
  std::vector<AlertChannel> channels;
  std::vector<std::string> tell;      // within the hours
  std::vector<std::string> at_night;  // outside them; empty: held until they begin
  std::vector<std::string> deputy;    // when nobody has acknowledged, and when a report is late
  DaySet days = kEveryDay;
  int from = 0;       // minutes after midnight, London
  int to = 24 * 60;   // the end, not included
  Seconds fold{900};  // what the same holder does on the same theme within this time joins the alert
  int most_an_hour = 10;
  Seconds escalate_after{1800};
  bool places = false;  // say where; otherwise codes and themes only

  [[nodiscard]] bool on() const noexcept { return !tell.empty() || !at_night.empty(); }
  [[nodiscard]] const AlertChannel* channel(std::string_view name) const;
};

// Mistakes are noted in the file.
AlertSettings read_alert_settings(const ConfigFile& file);

}  // namespace gatehouse::lodge
