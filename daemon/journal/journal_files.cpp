#include "journal/journal_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "base/hash.h"

namespace gatehouse::journal {
namespace {

// Enough of the first line: it begins with a time to the microsecond.
constexpr std::size_t kHeadBytes = 512;

}  // namespace

std::vector<std::uint64_t> rotated_numbers(const std::string& journal) {
  std::vector<std::uint64_t> numbers;
  const std::filesystem::path path(journal);
  const std::string prefix = path.filename().string() + ".";
  std::error_code failed;
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  for (std::filesystem::directory_iterator file(folder, failed), end; !failed && file != end; file.increment(failed)) {
    const std::string name = file->path().filename().string();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string_view digits = std::string_view(name).substr(prefix.size());
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc{} && stop == digits.data() + digits.size() && number > 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string rotated_name(const std::string& journal, std::uint64_t number) {
  return fmt::format("{}.{}", journal, number);
}

std::uint64_t identity_of(int file) {
  struct stat facts {};
  char head[kHeadBytes];
  const ssize_t got = ::pread(file, head, sizeof head, 0);
  if (got <= 0 || fstat(file, &facts) != 0) return 0;
  std::string_view line(head, static_cast<std::size_t>(got));
  const auto end = line.find('\n');
  if (end == std::string_view::npos && line.size() < sizeof head) return 0;
  line = line.substr(0, end);
  // Of 63 bits, since a store keeps it as a signed number; never 0.
  return (fnv1a(fmt::format("{} {}", facts.st_ino, line)) >> 1) | 1;
}

}  // namespace gatehouse::journal
