#include "lodge/services.h"

#include "lodge/identity_service.h"
#include "lodge/ingest_service.h"
#include "lodge/notice_service.h"
#include "lodge/report_service.h"
#include "lodge/sessions_service.h"

namespace gatehouse::lodge {

std::vector<std::unique_ptr<Service>> make_services(LodgeContext& context) {
  std::vector<std::unique_ptr<Service>> out;
  // Identity first, so that the first events are asked about with what is known.
  if (context.settings.identity.any()) out.push_back(std::make_unique<IdentityService>(context));
  if (!context.settings.identity.sessions.empty()) out.push_back(std::make_unique<SessionsService>(context));
  // Before whatever has something to tell.
  if (context.settings.mail.on() || context.settings.alerts.on()) {
    out.push_back(std::make_unique<NoticeService>(context));
  }
  out.push_back(std::make_unique<ReportService>(context));
  out.push_back(std::make_unique<IngestService>(context));
  return out;
}

}  // namespace gatehouse::lodge
