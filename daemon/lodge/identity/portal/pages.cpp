#include "lodge/identity/portal/pages.h"

#include <fmt/format.h>

#include "base/text.h"

namespace gatehouse::lodge::portal {
namespace {

constexpr const char* kStyle =
    "body{font:1.05em/1.5 system-ui,sans-serif;max-width:30em;margin:2em auto;padding:0 1em;color:#1d2733}"
    "label{display:block;margin:1em 0 .2em}input:not([type=checkbox]){font-size:1.1em;width:100%;padding:.5em;"
    "box-sizing:border-box}button{font-size:1.1em;margin:1.2em 1em 0 0;padding:.6em 1.4em}"
    ".problem{border-left:.3em solid #b3261e;padding-left:.8em}.policy{background:#f2f4f7;padding:.8em;white-space:pre-line}"
    "dt{color:#5b6774}dd{margin:0 0 .6em;overflow-wrap:anywhere}";

constexpr const char* kAccept =
    "<label><input type=\"checkbox\" name=\"accept\" value=\"yes\" required> I accept the policy above.</label>";

}  // namespace

std::string page(const std::string& title, const std::string& content, Seconds again) {
  const std::string refresh =
      again.count() > 0 ? fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">", again.count()) : std::string();
  return fmt::format(
      "<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">{3}<title>{0}</title><style>{1}</style></head><body><h1>{0}</h1>{2}"
      "</body></html>\n",
      title, kStyle, content, refresh);
}

std::string sign_in_page(const Settings& settings, const std::string& problem) {
  const bool sponsors = settings.sponsors.on();
  std::string content;
  if (!problem.empty()) content += fmt::format("<p class=\"problem\" role=\"alert\">{}</p>", html_escape(problem));
  content += fmt::format("<p class=\"policy\">{}</p>", html_escape(settings.policy));
  if (sponsors) content += "<h2>With a code</h2>";
  content += fmt::format(
      "<p>You need the code that your host or reception gave you.</p><form method=\"post\" action=\"/sign-in\">"
      "<label for=\"code\">Code</label><input type=\"text\" id=\"code\" name=\"code\" required maxlength=\"20\" "
      "autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\">"
      "<label for=\"name\">Your name</label><input type=\"text\" id=\"name\" name=\"name\" required maxlength=\"80\" "
      "autocomplete=\"name\">{}<button>Sign in</button></form>",
      kAccept);
  if (sponsors) {
    content += fmt::format(
        "<h2>Without a code</h2><p>Ask the person you visit. They get an e-mail and can let you in.</p>"
        "<form method=\"post\" action=\"/ask\"><label for=\"ask-name\">Your name</label><input type=\"text\" id=\"ask-name\" "
        "name=\"name\" required maxlength=\"80\" autocomplete=\"name\"><label for=\"purpose\">What your visit is for</label>"
        "<input type=\"text\" id=\"purpose\" name=\"purpose\" required maxlength=\"200\"><label for=\"sponsor\">E-mail address "
        "of the person you visit</label><input type=\"email\" id=\"sponsor\" name=\"sponsor\" required maxlength=\"254\" "
        "autocomplete=\"off\">{}<button>Ask</button></form>",
        kAccept);
  }
  return page("Guest network of " + html_escape(settings.college), content);
}

std::string welcome_page(const std::string& college, const std::string& who, const std::string& until) {
  return page("You are signed in",
              fmt::format("<p>{} may use the guest network of {} until {}.</p><form method=\"post\" action=\"/sign-out\">"
                          "<button>Sign out</button></form>",
                          html_escape(who), html_escape(college), html_escape(until)));
}

}  // namespace gatehouse::lodge::portal
