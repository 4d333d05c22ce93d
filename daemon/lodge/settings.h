// What the lodge is configured to do: the sections college, report, mail, alerts, store, identity, control, pages of
// gatehouse.yaml, and where the journal is. Read at start and at each reload; plain data.
#pragma once

#include <filesystem>
#include <string>

#include "base/config_file.h"
#include "control/settings.h"
#include "lists/pack.h"
#include "lodge/alerts/settings.h"
#include "lodge/identity_settings.h"
#include "lodge/mail/settings.h"
#include "lodge/pages/settings.h"
#include "lodge/report/load_input.h"
#include "lodge/report/settings.h"

namespace gatehouse::lodge {

struct LodgeSettings {
  ReportSettings report;
  MailSettings mail;
  AlertSettings alerts;
  std::filesystem::path report_folder;  // empty: none is named
  int report_time = 6 * 60 + 30;        // minutes after midnight, London: when the report of the day before is made
  std::filesystem::path store;          // empty: none is named
  IdentitySettings identity;
  control::ControlSettings control;
  PagesSettings pages;
};

// Mistakes are noted in the file.
LodgeSettings read_lodge_settings(const ConfigFile& file);

// The lists of a pack as the report shows them, and the weights of its categories.
ReportContext report_context(const lists::Pack& pack, const ReportSettings& settings, std::string version);

}  // namespace gatehouse::lodge
