#include "lodge/identity/portal/pages.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "lodge/identity/portal/portal.h"

namespace gatehouse::lodge::portal {
namespace {

constexpr const char* kStyle =
    "body{font:1.05em/1.5 system-ui,sans-serif;max-width:30em;margin:2em auto;padding:0 1em;color:#1d2733}"
    "label{display:block;margin:1em 0 .2em}input[type=text]{font-size:1.1em;width:100%;padding:.5em;box-sizing:border-box}"
    "button{font-size:1.1em;margin-top:1.2em;padding:.6em 1.4em}.problem{border-left:.3em solid #b3261e;padding-left:.8em}"
    ".policy{background:#f2f4f7;padding:.8em;white-space:pre-line}";

std::string page(const std::string& title, const std::string& content) {
  return fmt::format(
      "<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>{0}</title><style>{1}</style></head><body><h1>{0}</h1>{2}"
      "</body></html>\n",
      title, kStyle, content);
}

int hex(char c) {
  int value = -1;
  std::from_chars(&c, &c + 1, value, 16);
  return value;
}

}  // namespace

std::string sign_in_page(const std::string& college, const std::string& policy, const std::string& problem) {
  std::string content;
  if (!problem.empty()) content += fmt::format("<p class=\"problem\" role=\"alert\">{}</p>", html_escape(problem));
  content += fmt::format(
      "<p>You need the code that your host or reception gave you.</p><form method=\"post\" action=\"/sign-in\">"
      "<label for=\"code\">Code</label><input type=\"text\" id=\"code\" name=\"code\" required maxlength=\"20\" "
      "autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\">"
      "<label for=\"name\">Your name</label><input type=\"text\" id=\"name\" name=\"name\" required maxlength=\"80\" "
      "autocomplete=\"name\">"
      "<p class=\"policy\">{}</p><label><input type=\"checkbox\" name=\"accept\" value=\"yes\" required> I accept this."
      "</label><button>Sign in</button></form>",
      html_escape(policy));
  return page("Guest network of " + html_escape(college), content);
}

std::string welcome_page(const std::string& college, const std::string& who, const std::string& until) {
  return page("You are signed in",
              fmt::format("<p>{} may use the guest network of {} until {}.</p><form method=\"post\" action=\"/sign-out\">"
                          "<button>Sign out</button></form>",
                          html_escape(who), html_escape(college), html_escape(until)));
}

std::map<std::string, std::string> read_form(std::string_view body) {
  std::map<std::string, std::string> out;
  std::string name;
  std::string value;
  bool in_value = false;
  for (std::size_t i = 0; i <= body.size(); ++i) {
    if (i == body.size() || body[i] == '&') {
      if (in_value) out.emplace(std::move(name), std::move(value));
      name.clear();
      value.clear();
      in_value = false;
      continue;
    }
    std::string& part = in_value ? value : name;
    if (body[i] == '=' && !in_value) {
      in_value = true;
    } else if (body[i] == '+') {
      part += ' ';
    } else if (body[i] == '%') {
      if (i + 2 >= body.size() || hex(body[i + 1]) < 0 || hex(body[i + 2]) < 0) return {};
      part += static_cast<char>(hex(body[i + 1]) * 16 + hex(body[i + 2]));
      i += 2;
    } else {
      part += body[i];
    }
  }
  return out;
}

}  // namespace gatehouse::lodge::portal
