// What is answered in place of what is stopped, as the college chose it: sections `respond` and `college` of the
// configuration. Built once at set-up or reload; the Responder of each worker shares it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/config_file.h"

namespace gatehouse::respond {

// What a query for a blocked name is told.
enum class DnsReply : std::uint8_t { NoSuchDomain, Address };

// RFC 8914 sections 4.16 to 4.18, by who ordered the block: the network's operator, somebody outside, the user.
enum class DnsReason : std::uint16_t { Blocked = 15, Censored = 16, Filtered = 17 };

enum class YouTube : std::uint8_t { Off, Moderate, Strict };

struct SafeSearchSettings {
  std::vector<std::string> groups;   // ids of policy groups; empty: nobody
  std::vector<std::string> engines;  // of known_engines()
  YouTube youtube = YouTube::Strict;
  std::vector<std::pair<std::string, std::string>> others;  // host to safe host, lower case
};

struct RespondSettings {
  std::string college;
  std::string contact;
  std::string request_url;  // where the block page's form leads; empty: no form

  bool block_page = true;   // false: a reset for HTTP too
  bool unreachable = true;  // ICMP errors for what is not TCP

  DnsReply dns = DnsReply::NoSuchDomain;
  std::optional<IpAddress> address_v4;  // the block page's
  std::optional<IpAddress> address_v6;
  Seconds dns_ttl{60};
  DnsReason dns_reason = DnsReason::Blocked;

  bool remove_ech = true;             // from HTTPS and SVCB answers
  bool refuse_encrypted_dns = true;   // the names by which browsers and systems ask whether they may use it
  bool refuse_private_relay = true;
  SafeSearchSettings safe_search;
};

// Mistakes go to the file's problems; absent sections mean the values above.
RespondSettings read_respond_settings(const ConfigFile& file);

}  // namespace gatehouse::respond
