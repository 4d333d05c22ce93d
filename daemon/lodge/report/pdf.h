// The report on paper: HTML to PDF by a program that is kept up elsewhere (chromium, else weasyprint).
// Optional: a machine without one says so, and the HTML prints as well. Blocks for seconds; one thread.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace gatehouse::lodge {

// Which program would be used; empty: none is installed.
std::string pdf_converter();

// `html` to `pdf`, within a minute or not at all.
Result<void> write_pdf(const std::filesystem::path& html, const std::filesystem::path& pdf);

}  // namespace gatehouse::lodge
