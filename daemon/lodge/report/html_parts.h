// What every page of ours begins with and is made of: head and style, paragraphs, the verdict, a check. Used
// by the daily report and the briefs. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "lodge/report/daily_report.h"
#include "lodge/report/render_html.h"

namespace gatehouse::lodge {

void html_head(std::string& out, std::string_view title);  // to <main>
void html_paragraph(std::string& out, std::string_view text,
                    std::string_view style = {});  // nothing when empty
void html_verdict(std::string& out, const Verdict& verdict);
void html_check(std::string& out, const Check& check);  // inside <dl class="checks">

}  // namespace gatehouse::lodge
