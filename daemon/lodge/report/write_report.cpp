#include "lodge/report/write_report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "lodge/report/render_csv.h"
#include "lodge/report/render_html.h"
#include "lodge/report/render_text.h"

namespace gatehouse::lodge {
namespace {

constexpr mode_t kReportMode = 0640;

std::string remedy_for(int error) {
  if (error == ENOSPC || error == EDQUOT)
    return "make room on the disk and ask for the report again; the data is kept";
  if (error == EACCES || error == EPERM || error == EROFS)
    return "choose a folder that you may write to, or change its owner";
  return "check the folder and ask for the report again; the data is kept";
}

tl::unexpected<Error> cannot(std::string_view what, int error, const std::filesystem::path& path) {
  return failure("cannot " + std::string(what) + ": " + std::strerror(error), remedy_for(error),
                 path.string());
}

Result<void> write_whole(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path part = path.string() + ".part";
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kReportMode);
  if (file < 0) return cannot("write the report", errno, part);
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && ::fsync(file) != 0) error = errno;
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(part.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(part.c_str());
  return cannot("write the report", error, path);
}

}  // namespace

Result<ReportFiles> write_report(const DailyReport& report, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return cannot("make the report's folder", error.value(), folder);
  const std::string stem = "gatehouse-" + format_day_iso(report.header.day);
  const ReportFiles files{folder / (stem + ".html"), folder / (stem + ".txt"), folder / (stem + ".csv")};
  // HTML last: who finds it finds the others too.
  if (auto done = write_whole(files.csv, render_csv(report)); !done) return tl::make_unexpected(done.error());
  if (auto done = write_whole(files.text, render_text(report)); !done)
    return tl::make_unexpected(done.error());
  if (auto done = write_whole(files.html, render_html(report)); !done)
    return tl::make_unexpected(done.error());
  return files;
}

}  // namespace gatehouse::lodge
