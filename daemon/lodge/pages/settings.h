// Where the block page is served and requests from it are taken: section `pages` of gatehouse.yaml. Plain data.
#pragma once

#include <filesystem>
#include <vector>

#include "base/config_file.h"

namespace gatehouse::lodge {

struct PagesSettings {
  std::vector<IpAddress> listen;  // empty: not served
  std::uint16_t http_port = 80;
  std::uint16_t https_port = 443;
  std::filesystem::path ca_certificate;  // the college's own authority; empty: HTTP only
  std::filesystem::path ca_key;
  int requests_an_hour = 10;  // of one address
};

// Mistakes are noted in the file.
PagesSettings read_pages_settings(const ConfigFile& file);

}  // namespace gatehouse::lodge
