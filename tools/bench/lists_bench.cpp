// How fast a list of domains compiles, loads and answers, beside Hyperscan literals for the same names: why domains
// are kept in a hash of suffixes and only patterns in Hyperscan. Prints one table; takes about half a minute.
//
//   build/release/tools/bench/lists_bench [most domains for Hyperscan, 100000]
#include <hs/hs.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "lists/commands.h"
#include "lists/matcher.h"

namespace {

using gatehouse::lists::CompileOptions;
using gatehouse::lists::ListInput;
using gatehouse::lists::Matcher;
using gatehouse::lists::Pack;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kHosts = 200000;  // looked up: more than the caches hold
constexpr int kRounds = 5;              // the best of these counts: other work on the machine only adds

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Names as lists hold them: 8 to 24 letters, some with hyphens and digits, some two labels deep.
std::vector<std::string> make_domains(std::size_t count) {
  std::mt19937_64 random(20160701);
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzaeioustrn0123456789-";
  static constexpr const char* kTops[] = {".test", ".example", ".com.test", ".org.example", ".net.test"};
  std::vector<std::string> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string name(1, kLetters[random() % 26]);
    const std::size_t length = 7 + random() % 12;
    while (name.size() < length) name += kLetters[random() % kLetters.size()];
    name += kLetters[random() % 26];
    if (random() % 5 == 0) name.insert(0, "site.");
    out.push_back(name + kTops[random() % 5]);
  }
  return out;
}

struct Cost {
  double seconds = 0;
  double megabytes = 0;
};

// Runs `work` in a process of its own, so that its peak memory is its own.
template <typename Work>
Cost in_child(Work&& work) {
  std::fflush(stdout);
  const auto start = SteadyClock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    std::_Exit(0);
  }
  struct rusage usage {};
  int status = 0;
  ::wait4(child, &status, 0, &usage);
  if (status != 0) std::exit(1);
  return {seconds_since(start), static_cast<double>(usage.ru_maxrss) / 1024};
}

template <typename LookUp>
double nanoseconds(const std::vector<std::string>& hosts, LookUp&& look_up) {
  double best = 1e9;
  std::size_t found = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = SteadyClock::now();
    for (const std::string& host : hosts) found += look_up(host) ? 1 : 0;
    best = std::min(best, seconds_since(start) / static_cast<double>(hosts.size()) * 1e9);
  }
  if (found == ~std::size_t{0}) std::printf("impossible\n");
  return best;
}

struct Hosts {
  std::vector<std::string> listed;
  std::vector<std::string> others;
};

Hosts make_hosts(const std::vector<std::string>& domains) {
  std::mt19937_64 random(42);
  const std::vector<std::string> strangers = make_domains(kHosts + 1);
  Hosts out;
  for (std::size_t i = 0; i < kHosts; ++i) {
    out.listed.push_back("www." + domains[random() % domains.size()]);
    out.others.push_back("www.x" + strangers[i]);
  }
  return out;
}

void write_list(const std::filesystem::path& path, const std::vector<std::string>& domains) {
  std::ofstream out(path, std::ios::binary);
  for (const std::string& domain : domains) out << domain << '\n';
}

void measure_pack(const std::filesystem::path& folder, const std::vector<std::string>& domains) {
  const auto list = folder / "domains.txt";
  const auto file = (folder / "domains.pack").string();
  write_list(list, domains);
  const Cost compile = in_child([&] {
    ListInput input;
    input.path = list.string();
    input.category = "other-harm";
    if (!compile_lists(std::span(&input, 1), CompileOptions{}, file)) std::_Exit(1);
  });
  double load = 1e9;
  std::shared_ptr<const Pack> pack;
  for (int round = 0; round < kRounds; ++round) {
    pack.reset();
    const auto start = SteadyClock::now();
    pack = Pack::load(file).value();
    load = std::min(load, seconds_since(start));
  }
  const Matcher matcher(pack);
  const Hosts hosts = make_hosts(domains);
  const auto look_up = [&](const std::string& host) { return !matcher.match_host(host).empty(); };
  std::printf("%-22s %9zu %9.2f s %7.0f MB %7.1f MB %7.1f ms %8.0f ns %8.0f ns\n", "gatehouse pack", domains.size(),
              compile.seconds, compile.megabytes, static_cast<double>(pack->size_in_bytes()) / 1e6, load * 1e3,
              nanoseconds(hosts.listed, look_up), nanoseconds(hosts.others, look_up));
}

std::string escaped(const std::string& domain) {
  std::string out = "(?:^|\\.)";
  for (const char c : domain) out += c == '.' || c == '-' ? std::string("\\") + c : std::string(1, c);
  return out + "$";
}

void write_hyperscan(const std::filesystem::path& file, const std::vector<std::string>& domains) {
  std::vector<std::string> expressions;
  std::vector<const char*> pointers;
  std::vector<unsigned> flags(domains.size(), HS_FLAG_SINGLEMATCH);
  std::vector<unsigned> ids;
  for (const std::string& domain : domains) expressions.push_back(escaped(domain));
  for (const std::string& expression : expressions) {
    ids.push_back(static_cast<unsigned>(pointers.size()));
    pointers.push_back(expression.c_str());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(pointers.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()), HS_MODE_BLOCK,
                       nullptr, &database, &error) != HS_SUCCESS) {
    std::_Exit(1);
  }
  char* bytes = nullptr;
  std::size_t length = 0;
  if (hs_serialize_database(database, &bytes, &length) != HS_SUCCESS) std::_Exit(1);
  std::ofstream(file, std::ios::binary).write(bytes, static_cast<std::streamsize>(length));
}

void measure_hyperscan(const std::filesystem::path& folder, const std::vector<std::string>& domains) {
  const auto file = folder / "domains.hs";
  const Cost compile = in_child([&] { write_hyperscan(file, domains); });
  double load = 1e9;
  hs_database_t* database = nullptr;
  std::string bytes;
  for (int round = 0; round < kRounds; ++round) {
    if (database != nullptr) hs_free_database(database);
    const auto start = SteadyClock::now();
    std::ifstream in(file, std::ios::binary);
    bytes.resize(std::filesystem::file_size(file));
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (hs_deserialize_database(bytes.data(), bytes.size(), &database) != HS_SUCCESS) std::exit(1);
    load = std::min(load, seconds_since(start));
  }
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) std::exit(1);
  const auto look_up = [&](const std::string& host) {
    bool found = false;
    const auto on_match = [](unsigned, unsigned long long, unsigned long long, unsigned, void* given) {
      *static_cast<bool*>(given) = true;
      return 0;
    };
    hs_scan(database, host.data(), static_cast<unsigned>(host.size()), 0, scratch, on_match, &found);
    return found;
  };
  const Hosts hosts = make_hosts(domains);
  std::printf("%-22s %9zu %9.2f s %7.0f MB %7.1f MB %7.1f ms %8.0f ns %8.0f ns\n", "hyperscan literals", domains.size(),
              compile.seconds, compile.megabytes, static_cast<double>(bytes.size()) / 1e6, load * 1e3,
              nanoseconds(hosts.listed, look_up), nanoseconds(hosts.others, look_up));
  hs_free_scratch(scratch);
  hs_free_database(database);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t most = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100000;
  const auto folder = std::filesystem::temp_directory_path() / ("gatehouse-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::printf("%-22s %9s %11s %10s %10s %10s %11s %11s\n", "", "domains", "compile", "peak", "size", "load", "hit", "miss");
  for (const std::size_t count : {std::size_t{1000}, std::size_t{10000}, std::size_t{100000}, std::size_t{1000000}}) {
    const std::vector<std::string> domains = make_domains(count);
    measure_pack(folder, domains);
    if (count <= most) measure_hyperscan(folder, domains);
  }
  std::filesystem::remove_all(folder);
  return 0;
}
