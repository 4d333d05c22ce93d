#include "lodge/mail/curl_start.h"

#include <curl/curl.h>

#include <mutex>

namespace gatehouse::lodge {

// libcurl's own start is not safe for two threads at once.
bool curl_ready() {
  static std::once_flag once;
  static bool ready = false;
  std::call_once(once, [] { ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; });
  return ready;
}

}  // namespace gatehouse::lodge
