// Events and files for the lodge's tests.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "journal/event.h"

namespace gatehouse::lodge::testing {

inline Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }

inline const MacAddress kPc = *MacAddress::parse("02:00:5e:10:00:01");
inline const MacAddress kPhone = *MacAddress::parse("02:00:5e:10:00:02");

// A blocked TLS hello to a listed firearms site, from one PC; change what the test is about.
inline journal::Event listed(const std::string& id, Timestamp when,
                             const std::string& host = "guns-direct.test") {
  journal::Event event;
  event.type = journal::EventType::Tls;
  event.id = id;
  event.at = when;
  event.src_ip = *IpAddress::parse("10.10.4.7");
  event.dest_ip = *IpAddress::parse("203.0.113.9");
  event.dest_port = 443;
  event.proto = 6;
  event.src_mac = kPc;
  event.host = host;
  event.action = journal::Action::Block;
  event.outcome = journal::Outcome::Blocked;
  event.category = "weapons-firearms";
  event.list = "demo-firearms";
  event.entry = host;
  event.line = 12;
  event.group = "students";
  return event;
}

inline journal::Event look_up(const std::string& id, Timestamp when,
                              const std::string& host = "guns-direct.test") {
  journal::Event event = listed(id, when, host);
  event.type = journal::EventType::Dns;
  event.outcome = journal::Outcome::WouldBlock;
  event.rrtype = "A";
  return event;
}

// A folder that is gone again after the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::string& file, const std::string& text, bool append = false) {
  std::ofstream out(file, append ? std::ios::app | std::ios::binary : std::ios::binary);
  out << text;
}

}  // namespace gatehouse::lodge::testing
