#include "lodge/pages/settings.h"

namespace gatehouse::lodge {

PagesSettings read_pages_settings(const ConfigFile& file) {
  PagesSettings out;
  const ConfigNode node = file.section("pages");
  for (const ConfigNode& one : node.child("listen").list()) {
    if (const auto address = one.address()) out.listen.push_back(*address);
  }
  out.http_port = static_cast<std::uint16_t>(node.child("http_port").integer(out.http_port, 1, 65535));
  out.https_port = static_cast<std::uint16_t>(node.child("https_port").integer(out.https_port, 1, 65535));
  const ConfigNode certificate = node.child("ca_certificate");
  out.ca_certificate = certificate.path();
  out.ca_key = node.child("ca_key").path();
  if (out.ca_certificate.empty() != out.ca_key.empty()) {
    node.error("a certificate authority needs its certificate and its key", "name both ca_certificate and ca_key, or neither");
  }
  out.requests_an_hour = static_cast<int>(node.child("requests_an_hour").integer(out.requests_an_hour, 1, 1000));
  node.finish();
  return out;
}

}  // namespace gatehouse::lodge
