// An invented college on an ordinary day: who has which device, who is signed in where and when, and the few who
// try something. The plan is the ground truth: it is written down before a packet is made.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace gatehouse::traffic {

struct Network {
  std::string name;
  std::uint16_t vlan = 0;
  std::uint8_t third = 0;  // 10.<third>.0.0/16
};

struct Login {
  std::string login;
  std::string group;
  std::string source;   // directory, radius, portal
  std::string sponsor;  // guests
  Timestamp from;
  Timestamp to;
};

struct Device {
  MacAddress mac;
  IpAddress address;
  IpAddress address6;
  std::string name;
  std::string place;
  bool shared = false;
  std::size_t network = 0;
  Timestamp from;  // on the network between these times
  Timestamp to;
  std::vector<Login> logins;
};

enum class How { Tls, TlsLong, Tls12, Quic, Http, DnsOnly, TlsIpv6, SplitName, Disorder, LowTtl, BadChecksum, WireGuard };

struct Step {
  Timestamp at;
  std::string host;
  How how = How::Tls;
  std::string path = "/";
};

// One try that the report must show, once.
struct PlannedAttempt {
  std::size_t device = 0;
  std::string login;     // empty where the evidence cannot tell
  std::string category;
  std::vector<Step> steps;
};

struct College {
  std::vector<Network> networks;
  std::vector<Device> devices;
  std::vector<PlannedAttempt> attempts;
};

// `midnight` begins the day (London).
College plan_college(Timestamp midnight, std::mt19937_64& random);

// The feeds as a sessions file (daemon/lodge/identity/README.md), and the truth as JSON.
void write_sessions(const College& college, const std::string& path);
void write_truth(const College& college, const std::string& path);

}  // namespace gatehouse::traffic
