#include "gate/inspect/http_request.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::inspect {
namespace {

// Longest request line looked at before deciding that it is none: servers refuse longer ones (414).
constexpr std::size_t kMaxRequestLine = 16 * 1024;
// Longest method token: the registered ones have at most 17 characters (UPDATEREDIRECTREF).
constexpr std::size_t kMaxMethod = 24;
// Empty lines and blanks before a request line that are skipped (RFC 9112 section 2.2 asks for at least one).
constexpr std::size_t kMaxLeadingBlank = 64;

constexpr std::array<std::string_view, 43> kMethods = {"GET",
                                                       "HEAD",
                                                       "POST",
                                                       "PUT",
                                                       "DELETE",
                                                       "CONNECT",
                                                       "OPTIONS",
                                                       "TRACE",
                                                       "PATCH",
                                                       "PROPFIND",
                                                       "PROPPATCH",
                                                       "MKCOL",
                                                       "COPY",
                                                       "MOVE",
                                                       "LOCK",
                                                       "UNLOCK",
                                                       "SEARCH",
                                                       "REPORT",
                                                       "MKCALENDAR",
                                                       "ACL",
                                                       "BIND",
                                                       "UNBIND",
                                                       "REBIND",
                                                       "CHECKIN",
                                                       "CHECKOUT",
                                                       "UNCHECKOUT",
                                                       "MERGE",
                                                       "MKACTIVITY",
                                                       "MKWORKSPACE",
                                                       "UPDATE",
                                                       "LABEL",
                                                       "VERSION-CONTROL",
                                                       "BASELINE-CONTROL",
                                                       "ORDERPATCH",
                                                       "LINK",
                                                       "UNLINK",
                                                       "PURGE",
                                                       "SOURCE",
                                                       "RPC_IN_DATA",
                                                       "RPC_OUT_DATA",
                                                       "M-SEARCH",
                                                       "NOTIFY",
                                                       "QUERY"};

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r'; }

// RFC 9110 section 5.6.2.
bool is_token_char(char c) noexcept {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

std::string_view strip(std::string_view text) noexcept {
  while (!text.empty() && (is_blank(text.front()) || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  return text.size() >= lower.size() && equals_ignoring_case(text.substr(0, lower.size()), lower);
}

bool is_known_method(std::string_view method) noexcept {
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

std::size_t leading_blank(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && n < kMaxLeadingBlank && (is_blank(text[n]) || text[n] == '\n')) ++n;
  return n;
}

// Where "HTTP/<digit>" begins as the last word of a request line; npos when it does not.
std::size_t find_version(std::string_view line) noexcept {
  line = line.substr(0, line.find_last_not_of(" \t\r\v\f") + 1);
  const std::size_t last_blank = line.find_last_of(" \t\v\f");
  if (last_blank == std::string_view::npos) return last_blank;
  const std::string_view word = line.substr(last_blank + 1);
  if (!starts_with_ignoring_case(word, "http/") || word.size() < 6) return std::string_view::npos;
  return word[5] >= '0' && word[5] <= '9' ? last_blank + 1 : std::string_view::npos;
}

// Takes the next line, without its LF; false when there is no whole one.
bool take_line(std::string_view& rest, std::string_view& line) noexcept {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

void read_target(HttpRequestHead& head) noexcept {
  head.connect = equals_ignoring_case(head.method, "connect");
  if (head.connect) {
    head.authority = head.target.substr(0, head.target.find_first_of("/?#"));
    return;
  }
  const std::size_t scheme = head.target.find("://");
  // absolute-form only when the part before "://" is a scheme (RFC 3986 section 3.1): no path, no query
  if (scheme == 0 || scheme == std::string_view::npos || scheme > 16) return;
  const std::string_view name = head.target.substr(0, scheme);
  if (!std::all_of(name.begin(), name.end(), [](char c) { return is_token_char(c); })) return;
  const std::string_view rest = head.target.substr(scheme + 3);
  head.authority = rest.substr(0, rest.find_first_of("/?#\\"));
}

bool read_request_line(std::string_view line, HttpRequestHead& head) noexcept {
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  } else {
    head.odd |= evasion::kHttpOddSyntax;  // a bare LF
  }
  const std::size_t method_end = line.find_first_of(" \t\v\f\r");
  if (method_end == 0 || method_end == std::string_view::npos || method_end > kMaxMethod) return false;
  head.method = line.substr(0, method_end);
  if (!std::all_of(head.method.begin(), head.method.end(), is_token_char)) return false;
  const std::size_t version = find_version(line);
  head.has_version = version != std::string_view::npos;
  std::string_view middle =
      head.has_version ? line.substr(method_end, version - method_end) : line.substr(method_end);
  head.target = strip(middle);
  if (head.has_version) {
    const std::string_view word = strip(line.substr(version));
    head.host_required = word.size() >= 8 && (word[5] > '1' || (word[5] == '1' && word[7] >= '1'));
    // one blank on either side, an upper-case method and version: all that a browser ever sends
    if (middle.size() != head.target.size() + 2 || middle.front() != ' ' || middle.back() != ' ' ||
        !word.starts_with("HTTP/") || word.size() != 8 || line.size() != version + word.size()) {
      head.odd |= evasion::kHttpOddSyntax;
    }
  }
  if (std::any_of(head.method.begin(), head.method.end(), [](char c) { return c >= 'a' && c <= 'z'; }) ||
      head.target.find_first_of(std::string_view{"\t\v\f\0", 4}) != std::string_view::npos) {
    head.odd |= evasion::kHttpOddSyntax;
  }
  read_target(head);
  return true;
}

void read_length(std::string_view value, HttpRequestHead& head) noexcept {
  std::uint64_t number = 0;
  const std::size_t zeros = std::min(value.find_first_not_of('0'), value.size());
  if (zeros > 1) head.odd |= evasion::kHttpOddSyntax;  // legal (RFC 9110 section 8.6), and nobody's habit
  bool good = !value.empty() && value.size() - zeros <= 18;  // 18 digits never overflow
  for (const char c : value) {
    if (c < '0' || c > '9') {
      good = false;
      break;
    }
    if (good) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const bool repeated = head.framing == BodyFraming::Length && head.content_length != number;
  if (head.framing ==
      BodyFraming::Chunked) {  // RFC 9112 section 6.3: Transfer-Encoding wins; an attack or a bug
    head.odd |= evasion::kHttpOddSyntax;
  } else if (!good || repeated) {
    head.framing = BodyFraming::Unclear;
    head.odd |= evasion::kHttpOddSyntax;
  } else if (head.framing == BodyFraming::None) {
    head.framing = BodyFraming::Length;
    head.content_length = number;
  }
}

void read_field(std::string_view name, std::string_view value, HttpRequestHead& head) noexcept {
  if (equals_ignoring_case(name, "host")) {
    if (head.host_count < HttpRequestHead::kMaxHosts) head.hosts[head.host_count] = value;
    if (++head.host_count > 1) head.odd |= evasion::kHttpHostDoubled;
    if (head.host_count > HttpRequestHead::kMaxHosts) head.host_count = HttpRequestHead::kMaxHosts;
    if (value.find_first_of(std::string_view{" \t\0,", 4}) != std::string_view::npos)
      head.odd |= evasion::kHttpOddSyntax;
  } else if (equals_ignoring_case(name, "content-length")) {
    read_length(value, head);
  } else if (equals_ignoring_case(name, "transfer-encoding")) {
    if (head.framing != BodyFraming::None) head.odd |= evasion::kHttpOddSyntax;
    const std::size_t last = value.find_last_of(", \t");
    const bool chunked = equals_ignoring_case(
        strip(last == std::string_view::npos ? value : value.substr(last + 1)), "chunked");
    if (chunked) {
      head.framing = BodyFraming::Chunked;
    } else if (!equals_ignoring_case(value, "identity")) {
      head.framing = BodyFraming::Unclear;
    }
  } else if (equals_ignoring_case(name, "user-agent")) {
    if (head.user_agent.empty()) head.user_agent = value;
  } else if (equals_ignoring_case(name, "referer")) {
    if (head.referer.empty()) head.referer = value;
  } else if (equals_ignoring_case(name, "upgrade")) {
    head.upgrade = true;
  } else if (equals_ignoring_case(name, "expect")) {
    head.expect = true;
  }
}

// Header fields (RFC 9112 section 5), with what servers forgive: blanks before the colon, folded lines.
class FieldReader {
 public:
  explicit FieldReader(HttpRequestHead& head) noexcept : head_(head) {}

  // False at the empty line.
  bool line(std::string_view text) noexcept {
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
    } else {
      head_.odd |= evasion::kHttpOddSyntax;
    }
    if (text.empty() || text.find_first_not_of('\r') == std::string_view::npos) {
      finish();
      head_.ended = true;
      return false;
    }
    if (text.front() == ' ' || text.front() == '\t') {
      folded(text);
      return true;
    }
    finish();
    split(text);
    return true;
  }
  void finish() noexcept {
    if (!name_.empty()) read_field(name_, value_, head_);
    name_ = {};
  }

 private:
  void split(std::string_view text) noexcept {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
      head_.odd |= evasion::kHttpOddSyntax;
      return;
    }
    const std::string_view raw = text.substr(0, colon);
    name_ = strip(raw);
    const std::string_view spaced = text.substr(colon + 1);
    value_ = strip(spaced);
    // One blank or none before the value is all that clients write; more in the Host field is meant for somebody.
    const std::size_t before = spaced.size() > value_.size() && spaced.front() == ' ' ? 1 : 0;
    if (spaced.size() != before + value_.size() && equals_ignoring_case(name_, "host")) {
      head_.odd |= evasion::kHttpOddSyntax;
    }
    if (name_.size() != raw.size() || raw.find('\0') != std::string_view::npos)
      head_.odd |= evasion::kHttpOddSyntax;
    while (!name_.empty() && name_.front() == '\0') name_.remove_prefix(1);
    while (!name_.empty() && name_.back() == '\0') name_.remove_suffix(1);
  }
  // obs-fold (RFC 9112 section 5.2): the value goes on, or, after the request line, a field in disguise.
  void folded(std::string_view text) noexcept {
    head_.odd |= evasion::kHttpOddSyntax;
    const std::string_view inside = strip(text);
    if (name_.empty()) {
      split(inside);
      return;
    }
    if (value_.empty()) value_ = inside;
    if (starts_with_ignoring_case(inside, "host") && head_.folded_host.empty()) {
      const std::size_t colon = inside.find(':');
      if (colon != std::string_view::npos && strip(inside.substr(0, colon)).size() == 4) {
        head_.folded_host = strip(inside.substr(colon + 1));
      }
    }
  }

  HttpRequestHead& head_;
  std::string_view name_;
  std::string_view value_;
};

}  // namespace

HostPort split_authority(std::string_view authority) noexcept {
  HostPort out;
  authority = strip(authority);
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
    out.odd = true;
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    out.host = authority.substr(1, close == std::string_view::npos ? close : close - 1);
    if (close != std::string_view::npos && close + 1 < authority.size()) port = authority.substr(close + 1);
  } else {
    const std::size_t colon = authority.find(':');
    out.host = strip(authority.substr(0, colon));
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (port.empty()) return out;
  std::uint32_t number = 0;
  port.remove_prefix(1);
  for (const char c : strip(port)) {
    if (c < '0' || c > '9' || number > 65535) {
      out.odd = true;
      return out;
    }
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (number > 65535) {
    out.odd = true;
  } else {
    out.port = static_cast<std::uint16_t>(number);
  }
  return out;
}

bool same_host(std::string_view a, std::string_view b) noexcept {
  if (a.ends_with('.')) a.remove_suffix(1);
  if (b.ends_with('.')) b.remove_suffix(1);
  return equals_ignoring_case(a, b);
}

std::optional<std::size_t> find_head_end(Bytes bytes, std::size_t from) noexcept {
  const std::string_view text = as_text(bytes);
  std::size_t lf = text.find('\n', from);
  while (lf != std::string_view::npos) {
    std::size_t next = lf + 1;
    while (next < text.size() && text[next] == '\r') ++next;
    if (next < text.size() && text[next] == '\n') return next + 1;
    lf = text.find('\n', lf + 1);
  }
  return std::nullopt;
}

std::optional<HttpRequestHead> parse_request_head(Bytes bytes) noexcept {
  std::string_view rest = as_text(bytes);
  HttpRequestHead head;
  rest.remove_prefix(leading_blank(rest));
  std::string_view line;
  if (!take_line(rest, line) || !read_request_line(line, head)) return std::nullopt;
  if (!head.has_version) {
    // HTTP/0.9 has no fields; a client that merely left the version out goes on with them.
    const std::size_t colon = rest.find(':');
    const std::size_t end = rest.find('\n');
    const bool field =
        colon != std::string_view::npos && (end == std::string_view::npos || colon < end) && colon > 0 &&
        std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(colon), is_token_char);
    if (!field) {
      head.ended = true;
      return head;
    }
    head.odd |= evasion::kHttpOddSyntax;
  }
  FieldReader fields(head);
  while (take_line(rest, line)) {
    if (!fields.line(line)) return head;
  }
  fields.finish();
  return head;
}

Probe probe_http_request(Bytes first) noexcept {
  std::string_view text = as_text(first);
  text.remove_prefix(leading_blank(text));
  const auto end = std::find_if_not(text.begin(), text.end(), is_token_char);
  const auto length = static_cast<std::size_t>(end - text.begin());
  if (length > kMaxMethod) return Probe::No;
  if (end == text.end()) return Probe::Maybe;
  if (length == 0 || !(*end == ' ' || *end == '\t')) return Probe::No;
  const std::string_view method = text.substr(0, length);
  const std::size_t line_end = text.find('\n');
  if (line_end != std::string_view::npos) {
    if (line_end > kMaxRequestLine) return Probe::No;
    const std::string_view line = text.substr(0, line_end);
    if (find_version(line) != std::string_view::npos) return Probe::Yes;
    const std::string_view target = strip(line.substr(length));  // HTTP/0.9 has GET only
    return method == "GET" && (target.starts_with('/') || target.starts_with("http://")) ? Probe::Yes
                                                                                         : Probe::No;
  }
  // A known method before a path or a web address is sure enough before its line ends.
  const std::string_view after = strip(text.substr(length));
  if (is_known_method(method) && (after.starts_with('/') || starts_with_ignoring_case(after, "http://")))
    return Probe::Yes;
  if (text.size() > kMaxRequestLine) return Probe::No;
  return is_known_method(method) || text.size() < 256 ? Probe::Maybe : Probe::No;
}

Probe probe_http_response(Bytes first) noexcept {
  constexpr std::string_view kStart = "HTTP/1.";
  const std::string_view text = as_text(first).substr(0, kStart.size());
  if (!kStart.starts_with(text)) return Probe::No;
  return text.size() == kStart.size() ? Probe::Yes : Probe::Maybe;
}

}  // namespace gatehouse::inspect
