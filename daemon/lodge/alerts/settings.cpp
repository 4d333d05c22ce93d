#include "lodge/alerts/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "lodge/mail/message.h"

namespace gatehouse::lodge {
namespace {

bool is_url(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://"); }

AlertChannel read_channel(const ConfigNode& node) {
  AlertChannel out;
  out.name = node.required("name").text();
  out.kind = node.required("kind").choice<ChannelKind>({{"mail", ChannelKind::Mail},
                                                        {"teams", ChannelKind::Teams},
                                                        {"json", ChannelKind::Json},
                                                        {"syslog", ChannelKind::Syslog},
                                                        {"cef", ChannelKind::Cef}},
                                                       ChannelKind::Mail);
  const ConfigNode to = node.required("to");
  out.to = to.text();
  out.tcp = node.child("transport").choice<bool>({{"udp", false}, {"tcp", true}}, false);
  node.finish();
  const bool hook = out.kind == ChannelKind::Teams || out.kind == ChannelKind::Json;
  if (out.kind == ChannelKind::Mail && !is_mailbox(out.to))
    to.wrong("is no mail address", "write it as name@college.example");
  if (hook && !is_url(out.to)) to.wrong("is no address of a webhook", "write it as https://...");
  if (!hook && out.kind != ChannelKind::Mail && out.to.rfind(':') == std::string::npos)
    to.wrong("has no port", "write it as log.college.example:514");
  return out;
}

std::vector<std::string> names_in(const ConfigNode& node, const AlertSettings& settings) {
  std::vector<std::string> out = node.texts();
  for (const std::string& name : out) {
    if (settings.channel(name) == nullptr)
      node.error(fmt::format("names `{}`, and no channel is called so", name), "add it to `channels`");
  }
  return out;
}

}  // namespace

const AlertChannel* AlertSettings::channel(std::string_view name) const {
  const auto found =
      std::find_if(channels.begin(), channels.end(), [&](const auto& one) { return one.name == name; });
  return found == channels.end() ? nullptr : &*found;
}

AlertSettings read_alert_settings(const ConfigFile& file) {
  AlertSettings out;
  const ConfigNode alerts = file.section("alerts");
  for (const ConfigNode& item : alerts.child("channels").list()) out.channels.push_back(read_channel(item));
  out.tell = names_in(alerts.child("tell"), out);
  out.at_night = names_in(alerts.child("at_night"), out);
  out.deputy = names_in(alerts.child("deputy"), out);
  const ConfigNode hours = alerts.child("hours");
  out.days = hours.child("days").days(out.days);
  out.from = hours.child("from").time_of_day(out.from);
  out.to = hours.child("to").time_of_day(out.to);
  hours.finish();
  if (out.to <= out.from) hours.wrong("end before they begin", "exchange `from` and `to`");
  out.fold = alerts.child("fold").duration(out.fold, Seconds{0}, Seconds{86400});
  out.most_an_hour = static_cast<int>(alerts.child("most_an_hour").integer(out.most_an_hour, 1, 1000));
  out.escalate_after =
      alerts.child("escalate_after").duration(out.escalate_after, Seconds{1}, Seconds{86400});
  out.places = alerts.child("places").boolean(out.places);
  alerts.finish();
  return out;
}

}  // namespace gatehouse::lodge
