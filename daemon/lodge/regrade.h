// Asks again who made attempts that are already stored, when evidence came late or was corrected. Used by the identity
// service; one thread.
#pragma once

#include <vector>

#include "lodge/identity/timeline.h"
#include "lodge/store/identity_store.h"
#include "lodge/store/store.h"

namespace gatehouse::lodge {

// The attempts among those stored whose holder is another than was thought, or known better or worse, because of
// `changes`; each with the new answer, which says that it was corrected.
Result<std::vector<Correction>> regrade(const Store& store, const SessionTimeline& timeline,
                                        const std::vector<TimelineChange>& changes, Timestamp now);

}  // namespace gatehouse::lodge
