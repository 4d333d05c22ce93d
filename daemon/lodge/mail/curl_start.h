// Starts libcurl once for the whole program, whichever thread comes first. False: it did not start.
#pragma once

namespace gatehouse::lodge {

bool curl_ready();

}  // namespace gatehouse::lodge
