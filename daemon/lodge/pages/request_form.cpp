#include "lodge/pages/request_form.h"

#include <array>
#include <cctype>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kMostHost = 253;
constexpr std::size_t kMostCategory = 120;
constexpr std::size_t kMostReference = 64;
constexpr std::size_t kMostText = 4000;  // 1,000 characters, of up to four bytes

std::optional<unsigned> hex(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  const char lower = static_cast<char>(digit | 0x20);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
  return std::nullopt;
}

// Spaces for control characters but line ends, so that nobody's terminal or mail is spoken to.
std::string without_controls(std::string text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') continue;
    out += (byte < 0x20 && c != '\n') || byte == 0x7f ? ' ' : c;
  }
  return out;
}

}  // namespace

std::optional<std::string> decode_form_value(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex(text[i + 1]);
    const auto low = hex(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

Result<AccessRequest> read_request_form(std::string_view body) {
  if (body.size() > kMostFormBytes) return failure("The request is too long.");
  AccessRequest out;
  struct Field {
    std::string_view name;
    std::string* value;
    std::size_t most;
  };
  const std::array fields{Field{"why", &out.why, 16}, Field{"text", &out.text, kMostText}, Field{"host", &out.host, kMostHost},
                          Field{"category", &out.category, kMostCategory}, Field{"reference", &out.reference, kMostReference}};
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    for (const Field& field : fields) {
      if (pair.substr(0, equals) != field.name) continue;
      auto value = decode_form_value(pair.substr(equals + 1));
      if (!value) return failure("The request could not be read.");
      if (value->size() > field.most) return failure("Something in the request is too long.");
      *field.value = without_controls(std::move(*value));
    }
  }
  if (out.text.find_first_not_of(" \n") == std::string::npos) return failure("Please say what you need it for.");
  if (out.why != "study" && out.why != "wrong") out.why = "other";
  return out;
}

std::string plain_page(std::string_view title, std::string_view text) {
  return "<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         html_escape(title) +
         "</title>\n<style>*{box-sizing:border-box}body{margin:0;background:#f3f4f6;color:#1b1b1b;"
         "font:1.0625rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}main{max-width:40rem;margin:0 auto;"
         "padding:1.5rem 1rem 3rem}h1{font-size:1.7rem;line-height:1.25}</style>\n</head>\n<body>\n<main>\n<h1>" +
         html_escape(title) + "</h1>\n<p>" + html_escape(text) + "</p>\n</main>\n</body>\n</html>\n";
}

}  // namespace gatehouse::lodge
