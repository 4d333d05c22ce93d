#include "gate/respond/block_page.h"

#include <algorithm>

namespace gatehouse::respond {
namespace {

using packet::ByteWriter;

// Longer than any name or title that is meant to be read.
constexpr std::size_t kMostHost = 253;
constexpr std::size_t kMostTitle = 120;
constexpr std::size_t kMostReference = 64;
constexpr std::size_t kMostCollege = 100;
constexpr std::size_t kMostContact = 200;
constexpr std::size_t kMostUrl = 400;
constexpr std::size_t kLongestEscape = 6;  // &quot;
// All of them in full and of quotes only, as often as they stand in the page.
static_assert(BlockPages::kMostResponse > 5000 + kLongestEscape * (2 * kMostHost + 4 * kMostTitle + 2 * kMostReference +
                                                                   2 * kMostCollege + kMostContact + kMostUrl));

// The length is put in its five places when it is known; spaces before a value are allowed (RFC 9112 section 5.1).
constexpr std::string_view kLengthField = "Content-Length:      \r\n";
constexpr std::string_view kHead =
    "HTTP/1.1 403 Forbidden\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Connection: close\r\n"
    "Content-Language: en-GB\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n";

// Text 16:1 and the button 8:1 against their grounds; a focus ring of three pixels; nothing wider than the screen.
constexpr std::string_view kStyle =
    "*{box-sizing:border-box}"
    "body{margin:0;background:#f3f4f6;color:#1b1b1b;font:1.0625rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}"
    "main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 3rem}"
    "section{background:#fff;border:1px solid #767676;border-radius:.5rem;padding:1rem 1.25rem;margin:0 0 1rem}"
    "h1{font-size:1.7rem;line-height:1.25;margin:.5rem 0 1rem}h2{font-size:1.2rem;margin:.2rem 0 .6rem}"
    "dt{font-weight:700}dd{margin:0 0 .6rem}label{display:block;font-weight:700;margin:.8rem 0 .3rem}"
    "select,textarea,button{font:inherit;color:inherit;width:100%;padding:.6rem;border:2px solid #4a4a4a;"
    "border-radius:.3rem;background:#fff}"
    "button{margin-top:1rem;background:#1d4f91;border-color:#1d4f91;color:#fff;font-weight:700;cursor:pointer}"
    ":focus-visible{outline:3px solid #b34700;outline-offset:3px}";

std::string escaped(std::string_view text, std::size_t most) {
  std::string room(most * kLongestEscape, '\0');
  ByteWriter writer({reinterpret_cast<std::uint8_t*>(room.data()), room.size()});
  put_escaped(writer, text, most);
  return std::string(as_text(writer.written()));
}

// How many bytes the character at the front of `text` has in UTF-8; 0 when it is none that may stand in a page.
std::size_t character(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first >= 0x20 && first < 0x7f) return 1;
  const std::size_t length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90)) return 0;   // overlong
  if ((first == 0xed && byte(1) >= 0xa0) || (first == 0xf4 && byte(1) >= 0x90)) return 0; // no characters
  if (first == 0xc2 && byte(1) < 0xa0) return 0;                                          // control characters
  // Marks that turn the direction of what follows would let a name read as another (U+200E/F, U+202A-E, U+2066-9).
  if (first == 0xe2 && byte(1) == 0x80 && (byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xaa && byte(2) <= 0xae)))
    return 0;
  if (first == 0xe2 && byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9) return 0;
  return length;
}

}  // namespace

void put_escaped(ByteWriter& out, std::string_view text, std::size_t most) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = character(text.substr(at));
    const std::size_t taken = std::max<std::size_t>(length, 1);
    if (at + taken > most) break;
    switch (length == 0 ? '?' : text[at]) {
      case '&': out.text("&amp;"); break;
      case '<': out.text("&lt;"); break;
      case '>': out.text("&gt;"); break;
      case '"': out.text("&quot;"); break;
      case '\'': out.text("&#39;"); break;
      default: out.text(length == 0 ? std::string_view("?") : text.substr(at, length));
    }
    at += taken;
  }
}

BlockPages::BlockPages(const RespondSettings& settings, const policy::PolicySnapshot& snapshot) {
  const std::string college = settings.college.empty() ? "this college" : escaped(settings.college, kMostCollege);
  const std::string contact = settings.contact.empty() ? "the IT help desk" : escaped(settings.contact, kMostContact);

  opening_ = std::string(kHead) + std::string(kLengthField) +
             "\r\n<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>This site is blocked – " + college + "</title>\n<style>" + std::string(kStyle) +
             "</style>\n</head>\n<body>\n<main>\n<h1>This site is blocked</h1>\n<section>\n";
  help_ = "</dl>\n<p>It was blocked by the internet filter of " + college +
          ". Attempts to reach blocked sites are recorded.</p>\n</section>\n<section>\n"
          "<h2>Do you need it, or is it wrongly blocked?</h2>\n<p>Ask: <strong>" + contact +
          "</strong>. There are good reasons, such as history, politics, theology or work in the public services. "
          "Say which site it is and what you need it for, and give the reference if there is one above.</p>\n";
  if (!settings.request_url.empty()) form_ = form_of(settings);

  const lists::Pack& pack = snapshot.pack();
  for (std::size_t i = 0; i < pack.category_count(); ++i) {
    const lists::CategoryInfo& category = pack.category(i);
    categories_.push_back({std::string(category.id), escaped(category.title, kMostTitle)});
  }
  for (std::size_t i = 0; i < pack.list_count(); ++i) {
    const lists::ListInfo& list = pack.list(i);
    lists_.push_back({std::string(list.id), escaped(list.title, kMostTitle)});
  }
}

std::string BlockPages::form_of(const RespondSettings& settings) {
  return "<form method=\"post\" action=\"" + escaped(settings.request_url, kMostUrl) +
         "\" accept-charset=\"utf-8\">\n"
         "<label for=\"why\">Why do you ask?</label>\n<select id=\"why\" name=\"why\">\n"
         "<option value=\"study\">I need it for my course or my work</option>\n"
         "<option value=\"wrong\">I think it is wrongly blocked</option>\n"
         "<option value=\"other\">Something else</option>\n</select>\n"
         "<label for=\"text\">What do you need it for?</label>\n"
         "<textarea id=\"text\" name=\"text\" rows=\"4\" maxlength=\"1000\" required></textarea>\n"
         "<button type=\"submit\">Send the request</button>\n";
}

std::string_view BlockPages::title_of(const std::vector<Named>& all, std::string_view id) noexcept {
  for (const Named& one : all) {
    if (one.id == id) return one.title;
  }
  return {};
}

std::size_t BlockPages::write(std::span<std::uint8_t> out, const policy::Decision& decision,
                              const Request& request) const noexcept {
  ByteWriter page(out.first(std::min(out.size(), kMostResponse)));
  const auto put_title = [&](const std::vector<Named>& all, std::string_view id) {
    const std::string_view title = title_of(all, id);
    title.empty() ? put_escaped(page, id, kMostTitle) : page.text(title);
  };
  const auto hidden = [&](std::string_view name, std::string_view value, std::size_t most) {
    page.text("<input type=\"hidden\" name=\"");
    page.text(name);
    page.text("\" value=\"");
    put_escaped(page, value, most);
    page.text("\">\n");
  };
  const std::string_view host = decision.sealed ? std::string_view{} : request.host;

  page.text(opening_);
  page.text("<dl>\n");
  if (!host.empty()) {
    page.text("<dt>Site</dt><dd>");
    put_escaped(page, host, kMostHost);
    page.text("</dd>\n");
  }
  page.text("<dt>Why</dt><dd>It is listed as: ");
  decision.category.empty() ? page.text("not allowed here") : put_title(categories_, decision.category);
  page.text("</dd>\n");
  if (!decision.list.empty() && !decision.sealed) {
    page.text("<dt>On which list</dt><dd>");
    put_title(lists_, decision.list);
    page.text("</dd>\n");
  }
  if (!request.reference.empty()) {
    page.text("<dt>Reference</dt><dd>");
    put_escaped(page, request.reference, kMostReference);
    page.text("</dd>\n");
  }
  page.text(help_);
  if (!form_.empty()) {
    page.text(form_);
    if (!host.empty()) hidden("host", host, kMostHost);
    hidden("category", decision.category, kMostTitle);
    hidden("reference", request.reference, kMostReference);
    page.text("</form>\n");
  }
  page.text("</section>\n</main>\n</body>\n</html>\n");

  std::size_t length = page.written().size();
  if (length == 0) return 0;
  const std::size_t blank = opening_.find("\r\n\r\n");
  const std::size_t total = length;
  length -= blank + 4;
  for (std::size_t at = blank; length != 0; length /= 10) out[--at] = static_cast<std::uint8_t>('0' + length % 10);
  return total;
}

}  // namespace gatehouse::respond
