// How fast a list of domains compiles, loads and answers, beside Hyperscan literals for the same names: why domains
// are kept in a hash of suffixes and only patterns in Hyperscan. Prints one table, of processor time; takes about half a minute.
//
//   build/release/tools/bench/lists_bench [most domains for Hyperscan, 100000]
#include <hs/hs.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
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

// A college's day has some ten thousand distinct names, most of them listed nowhere. The last column asks for more
// distinct listed names than the caches hold: the worst case, one wait for memory after another.
constexpr std::size_t kHosts = 20000;
constexpr std::size_t kColdHosts = 200000;
constexpr int kRounds = 5;              // the best of these counts: other work on the machine only adds

// Processor time of this process: on a busy machine what the work costs, not how long it waited.
double cpu_seconds() {
  struct timespec now {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}
double seconds_since(double start) { return cpu_seconds() - start; }

// Names as lists and browsing have them: 8 to 20 letters, one in four with a hyphen, one in twelve with a digit (top
// sites: 4 to 6 % have one that is used in look-alike spellings), one in five two labels deep.
std::vector<std::string> make_domains(std::size_t count) {
  std::mt19937_64 random(20160701);
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzaeioustlnaeioustlnaeioust";
  std::vector<std::string> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string name;
    const std::size_t length = 8 + random() % 12;
    while (name.size() < length) name += kLetters[random() % kLetters.size()];
    if (random() % 4 == 0) name[3] = '-';
    if (random() % 12 == 0) name[5] = static_cast<char>('0' + random() % 10);
    if (random() % 5 == 0) name.insert(0, "site.");
    out.push_back(name + ".test");
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
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    std::_Exit(0);
  }
  struct rusage usage {};
  int status = 0;
  ::wait4(child, &status, 0, &usage);
  if (status != 0) std::exit(1);
  const auto seconds = [](const struct timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024};
}

// Hosts one after the other in memory, as fresh from a packet: what is measured is the look-up, not fetching them.
class HostTexts {
 public:
  void add(const std::string& host) {
    text_ += host;
    ends_.push_back(text_.size());
  }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  template <typename DoHost>
  void each(DoHost&& do_host) const {
    std::size_t at = 0;
    for (const std::size_t end : ends_) {
      do_host(std::string_view(text_).substr(at, end - at));
      at = end;
    }
  }

 private:
  std::string text_;
  std::vector<std::size_t> ends_;
};

template <typename LookUp>
double nanoseconds(const HostTexts& hosts, LookUp&& look_up) {
  double best = 1e9;
  std::size_t found = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = cpu_seconds();
    hosts.each([&](std::string_view host) { found += look_up(host) ? 1 : 0; });
    best = std::min(best, seconds_since(start) / static_cast<double>(hosts.size()) * 1e9);
  }
  if (found == ~std::size_t{0}) std::printf("impossible\n");
  return best;
}

struct Hosts {
  HostTexts listed;
  HostTexts others;
  HostTexts cold;
};

Hosts make_hosts(const std::vector<std::string>& domains) {
  std::mt19937_64 random(42);
  const std::vector<std::string> strangers = make_domains(kHosts + 1);
  Hosts out;
  for (std::size_t i = 0; i < kHosts; ++i) {
    out.listed.add("www." + domains[random() % domains.size()]);
    out.others.add("www.x" + strangers[i]);
  }
  for (std::size_t i = 0; i < kColdHosts; ++i) out.cold.add("www." + domains[random() % domains.size()]);
  return out;
}

void write_list(const std::filesystem::path& path, const std::vector<std::string>& domains) {
  std::ofstream out(path, std::ios::binary);
  for (const std::string& domain : domains) out << domain << '\n';
}

void measure_pack(const std::filesystem::path& folder, std::size_t count) {
  const auto list = folder / "domains.txt";
  const auto file = (folder / "domains.pack").string();
  (void)in_child([&] { write_list(list, make_domains(count)); });  // so that the next child begins small
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
    const auto start = cpu_seconds();
    pack = Pack::load(file).value();
    load = std::min(load, seconds_since(start));
  }
  const Matcher matcher(pack);
  const std::vector<std::string> domains = make_domains(count);
  const Hosts hosts = make_hosts(domains);
  const auto look_up = [&](std::string_view host) { return !matcher.match_host(host).empty(); };
  std::printf("%-22s %9zu %9.2f s %7.0f MB %7.1f MB %7.1f ms %8.0f ns %8.0f ns %8.0f ns\n", "gatehouse pack", domains.size(),
              compile.seconds, compile.megabytes, static_cast<double>(pack->size_in_bytes()) / 1e6, load * 1e3,
              nanoseconds(hosts.listed, look_up), nanoseconds(hosts.others, look_up), nanoseconds(hosts.cold, look_up));
}

void write_hyperscan(const std::filesystem::path& file, const std::vector<std::string>& domains) {
  std::vector<const char*> pointers;
  std::vector<std::size_t> lengths;
  std::vector<unsigned> flags(domains.size(), 0);
  std::vector<unsigned> ids;
  for (const std::string& domain : domains) {
    ids.push_back(static_cast<unsigned>(pointers.size()));
    pointers.push_back(domain.c_str());
    lengths.push_back(domain.size());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_lit_multi(pointers.data(), flags.data(), ids.data(), lengths.data(),
                           static_cast<unsigned>(ids.size()), HS_MODE_BLOCK, nullptr, &database, &error) != HS_SUCCESS) {
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
    const auto start = cpu_seconds();
    std::ifstream in(file, std::ios::binary);
    bytes.resize(std::filesystem::file_size(file));
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (hs_deserialize_database(bytes.data(), bytes.size(), &database) != HS_SUCCESS) std::exit(1);
    load = std::min(load, seconds_since(start));
  }
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) std::exit(1);
  const auto look_up = [&](std::string_view host) {
    struct Context {
      const std::vector<std::string>& domains;
      std::string_view host;
      bool found = false;
    } context{domains, host};
    const auto on_match = [](unsigned id, unsigned long long, unsigned long long to, unsigned, void* given) {
      auto& c = *static_cast<Context*>(given);
      const std::size_t length = c.domains[id].size();
      c.found = c.found || (to == c.host.size() && (length == to || c.host[to - length - 1] == '.'));
      return 0;
    };
    hs_scan(database, host.data(), static_cast<unsigned>(host.size()), 0, scratch, on_match, &context);
    return context.found;
  };
  const Hosts hosts = make_hosts(domains);
  std::printf("%-22s %9zu %9.2f s %7.0f MB %7.1f MB %7.1f ms %8.0f ns %8.0f ns %8.0f ns\n", "hyperscan literals", domains.size(),
              compile.seconds, compile.megabytes, static_cast<double>(bytes.size()) / 1e6, load * 1e3,
              nanoseconds(hosts.listed, look_up), nanoseconds(hosts.others, look_up), nanoseconds(hosts.cold, look_up));
  hs_free_scratch(scratch);
  hs_free_database(database);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t most = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100000;
  const auto folder = std::filesystem::temp_directory_path() / ("gatehouse-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::printf("%-22s %9s %11s %10s %10s %10s %11s %11s %11s\n", "", "domains", "compile", "peak", "size", "load", "hit",
              "miss", "cold hit");
  for (const std::size_t count : {std::size_t{1000}, std::size_t{10000}, std::size_t{100000}, std::size_t{1000000}}) {
    measure_pack(folder, count);
    if (count <= most) measure_hyperscan(folder, make_domains(count));
  }
  std::filesystem::remove_all(folder);
  return 0;
}
