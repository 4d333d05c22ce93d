#include "lodge/services.h"

#include "gate/respond/settings.h"
#include "lodge/gate_link.h"
#include "lodge/identity_service.h"
#include "lodge/ingest_service.h"
#include "lodge/notice_service.h"
#include "lodge/pages/page_server.h"
#include "lodge/report_service.h"
#include "lodge/sessions_service.h"
#include "process/notify.h"

namespace gatehouse::lodge {

std::vector<std::unique_ptr<Service>> make_services(LodgeContext& context) {
  std::vector<std::unique_ptr<Service>> out;
  out.push_back(std::make_unique<process::Heartbeat>(context.io, context.log));
  auto gate = std::make_unique<GateLink>(context);
  context.gate = gate.get();
  context.groups_changed.connect([link = gate.get()](const GroupTable& table) { link->set_groups(table); });
  out.push_back(std::move(gate));
  // Identity before ingest, so that the first events are asked about with what is known.
  if (context.settings.identity.any()) out.push_back(std::make_unique<IdentityService>(context));
  if (!context.settings.identity.sessions.empty()) out.push_back(std::make_unique<SessionsService>(context));
  // Before whatever has something to tell.
  if (context.settings.mail.on() || context.settings.alerts.on()) {
    out.push_back(std::make_unique<NoticeService>(context));
  }
  out.push_back(std::make_unique<ReportService>(context));
  out.push_back(std::make_unique<IngestService>(context));
  if (!context.settings.pages.listen.empty()) {
    out.push_back(std::make_unique<PageServer>(
        context.io, BlockPages::Parts{context.settings.pages, respond::read_respond_settings(context.config), context.policy,
                                      context.store.connection(), context.clock, context.log,
                                      [&context](const AccessRequest& asked) { context.access_requested(asked); }}));
  }
  return out;
}

}  // namespace gatehouse::lodge
