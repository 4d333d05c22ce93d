#include "lodge/report/pdf.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "base/text.h"

extern char** environ;

namespace gatehouse::lodge {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::array<const char*, 3> kConverters = {"chromium", "chromium-browser", "weasyprint"};

std::string in_path(std::string_view program) {
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
    const std::string file = fmt::format("{}/{}", folder, program);
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

struct Folder {  // chromium wants a profile of its own, and leaves it
  std::filesystem::path path;
  ~Folder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
};

std::vector<std::string> command(const std::string& program, const std::filesystem::path& html,
                                 const std::filesystem::path& pdf, const std::filesystem::path& profile) {
  if (program.ends_with("weasyprint")) return {program, html.string(), pdf.string()};
  std::vector<std::string> out = {program,
                                  "--headless",
                                  "--disable-gpu",
                                  "--no-first-run",
                                  "--disable-background-networking",
                                  "--disable-extensions",
                                  "--user-data-dir=" + profile.string(),
                                  "--no-pdf-header-footer",
                                  "--print-to-pdf=" + pdf.string()};
  // Its sandbox refuses to work for root. The page is ours, loads nothing and runs nothing.
  if (::geteuid() == 0) out.insert(out.begin() + 1, "--no-sandbox");
  out.push_back("file://" + html.string());
  return out;
}

// The child's exit code; -1 when it had to be ended.
int wait_for(pid_t child) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > until) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Result<int> run_quietly(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int out : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&files, out, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) return failure(fmt::format("{} did not start: {}", words[0], std::strerror(error)));
  return wait_for(child);
}

}  // namespace

std::string pdf_converter() {
  for (const char* program : kConverters) {
    if (std::string found = in_path(program); !found.empty()) return found;
  }
  return {};
}

Result<void> write_pdf(const std::filesystem::path& html, const std::filesystem::path& pdf) {
  const std::string program = pdf_converter();
  if (program.empty()) {
    return failure("no program that makes PDF files is installed",
                   "as root: apt-get install chromium (or weasyprint); until then print the HTML file");
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "gatehouse-pdf-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return failure(fmt::format("no folder for making the PDF: {}", std::strerror(errno)),
                   "make room in /tmp");
  const Folder folder{pattern};
  const std::filesystem::path part = folder.path / "report.pdf";
  const auto code =
      run_quietly(command(program, std::filesystem::absolute(html), part, folder.path / "profile"));
  if (!code) return tl::make_unexpected(code.error());
  std::error_code error;
  if (*code != 0 || std::filesystem::file_size(part, error) == 0 || error)
    return failure(fmt::format("{} made no PDF (it ended with {})", program, *code),
                   "print the HTML file instead", html.string());
  std::filesystem::copy_file(part, pdf, std::filesystem::copy_options::overwrite_existing, error);
  if (error)
    return failure(fmt::format("cannot write the PDF: {}", error.message()), "check the folder",
                   pdf.string());
  ::chmod(pdf.c_str(), 0640);
  return {};
}

}  // namespace gatehouse::lodge
