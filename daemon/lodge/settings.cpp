#include "lodge/settings.h"

#include "lodge/report/words.h"

namespace gatehouse::lodge {

LodgeSettings read_lodge_settings(const ConfigFile& file) {
  LodgeSettings out;
  out.report = read_report_settings(file);
  const ConfigNode report = file.section("report");
  out.report_folder = report.child("folder").path();
  out.report_time = report.child("time").time_of_day(out.report_time);
  out.mail = read_mail_settings(file);
  out.alerts = read_alert_settings(file);
  if (out.mail.on() && out.report_time >= out.mail.at) {
    report.child("time").wrong("is not before the mail goes out (`mail: at:`)",
                               "leave a few minutes between");
  }
  if ((out.mail.on() || out.alerts.on()) && out.alerts.deputy.empty()) {
    const ConfigNode alerts = file.section("alerts");
    alerts.child("deputy").warning(
        "names nobody: nobody is told of a report that could not be sent, or of an alert that nobody answers",
        "name a channel other than the first one's in `alerts: deputy:`");
  }
  const ConfigNode store = file.section("store");
  out.store = store.child("path").path();
  store.finish();
  out.identity = read_identity_settings(file, out.report);
  if (out.identity.guests.sponsors.on() && !out.mail.on()) {
    file.section("identity").child("portal").child("sponsors").wrong(
        "needs mail, which is off: a sponsor gets the link by mail", "fill in section `mail` (server and from)");
  }
  out.control = control::read_control_settings(file);
  out.pages = read_pages_settings(file);
  return out;
}

ReportContext report_context(const lists::Pack& pack, const ReportSettings& settings, std::string version) {
  ReportContext out;
  for (std::size_t i = 0; i < pack.list_count(); ++i) {
    const lists::ListInfo& list = pack.list(i);
    if (list.allow) continue;
    const lists::CategoryInfo& category = pack.category(list.category);
    LoadedList loaded;
    loaded.name = list.title.empty() ? std::string(list.id) : std::string(list.title);
    loaded.category = category.id;
    loaded.entries = list.entries;
    out.lists.push_back(loaded);
    // Only a sealed list that holds something stands between a learner and unlawful material.
    out.statutory_loaded |= (list.sealed || category.sealed) && list.entries > 0;
  }
  for (std::size_t i = 0; i < pack.category_count(); ++i) {
    const lists::CategoryInfo& category = pack.category(i);
    out.categories[std::string(category.id)] = {std::string(category.title), category.severity};
  }
  out.settings = settings;
  out.measured = measured_words();
  out.version = std::move(version);
  return out;
}

}  // namespace gatehouse::lodge
