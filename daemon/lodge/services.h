// The one table of what the lodge does. A new service is one class and one line in services.cpp.
#pragma once

#include <memory>
#include <vector>

#include "base/service.h"
#include "lodge/context.h"

namespace gatehouse::lodge {

// In the order in which they start; they stop in the opposite one. The context outlives them.
std::vector<std::unique_ptr<Service>> make_services(LodgeContext& context);

}  // namespace gatehouse::lodge
