// Many days put together: the week for the safeguarding lead, the term for governors. The first shows people
// by code only, the second nobody, and no count under five. One thread, as the store it is given.
#pragma once

#include "lodge/report/brief.h"
#include "lodge/report/load_input.h"

namespace gatehouse::lodge {

// The week (Monday to Sunday) that `day` is in, beside the four weeks before it.
Result<Brief> week_brief(const SqliteStore& store, Day day, const ReportContext& context);
// The term that `day` is in; the error says when the configuration knows none.
Result<Brief> term_brief(const SqliteStore& store, Day day, const ReportContext& context);

}  // namespace gatehouse::lodge
