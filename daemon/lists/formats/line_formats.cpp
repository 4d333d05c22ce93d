// Formats with one entry a line: plain names, hosts files, Adblock, dnsmasq, Unbound, networks.
#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/text.h"
#include "lists/formats/format.h"

namespace gatehouse::lists {

namespace {

constexpr std::size_t kSample = 200;  // lines looked at to recognise a format

// A comment ends the line where it begins: at its start, or after a space (a URL may hold "#").
std::string_view without_comment(std::string_view line) {
  line = trim(line);
  if (line.empty() || line.front() == '#' || line.front() == ';' || line.front() == '!') return {};
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '#' && (line[i - 1] == ' ' || line[i - 1] == '\t')) return trim(line.substr(0, i));
  }
  return line;
}

// Whether most of the first lines that are no comments please `is_entry`.
template <typename IsEntry>
bool most_lines(const Source& source, IsEntry&& is_entry) {
  if (source.folder || source.files.size() != 1) return false;
  std::size_t seen = 0;
  std::size_t fit = 0;
  for_each_line(std::string_view(source.files[0].text).substr(0, kSample * 200), [&](std::string_view line, std::uint32_t) {
    line = without_comment(line);
    if (line.empty() || seen >= kSample) return;
    ++seen;
    fit += is_entry(line) ? 1 : 0;
  });
  return seen > 0 && fit * 2 >= seen;
}

std::string_view take_word(std::string_view& rest) {
  rest = trim(rest);
  const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

bool has_word_chars(std::string_view word) { return word.find('.') != std::string_view::npos && word.size() > 2; }

// Addresses that a hosts file gives to what it blocks.
bool is_nowhere(const IpAddress& address) {
  const std::string text = address.to_string();
  return text == "0.0.0.0" || text == "::" || text == "::1" || text.starts_with("127.");
}

bool is_hosts_default(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kDefaults = {
      "localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback",
      "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts"};
  return std::find(kDefaults.begin(), kDefaults.end(), name) != kDefaults.end();
}

template <typename DoLine>
Result<void> read_lines(const Source& source, EntrySink& sink, DoLine&& do_line) {
  for (const SourceFile& file : source.files) {
    sink.begin_file(file.path);
    for_each_line(file.text, [&](std::string_view line, std::uint32_t number) { do_line(trim(line), number); });
  }
  return {};
}

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.find('"', 1) != std::string_view::npos) {
    return text.substr(1, text.find('"', 1) - 1);
  }
  return text;
}

void read_adblock_line(std::string_view line, std::uint32_t number, EntrySink& sink) {
  if (line.empty() || line.front() == '!' || line.front() == '[' || line.starts_with("# ") || line == "#") return;
  if (line.starts_with("@@")) {
    sink.bad_line(number, "this is an exception, which a block list cannot hold", "put the name in an allow list");
    return;
  }
  std::string_view rule = line;
  if (!rule.starts_with("||")) {
    sink.bad_line(number, "this rule hides parts of pages or matches by pattern", "write a bundle for such rules");
    return;
  }
  rule.remove_prefix(2);
  const std::size_t option = rule.find('$');
  if (option != std::string_view::npos) {
    const std::string_view options = rule.substr(option + 1);
    if (options != "important" && options != "all" && options != "document" && options != "doc") {
      sink.bad_line(number, fmt::format("the rule's option '{}' narrows it in a way that a gateway cannot see", options),
                    "remove the rule, or list the name in a bundle");
      return;
    }
    rule = rule.substr(0, option);
  }
  if (rule.ends_with("|")) rule.remove_suffix(1);
  if (rule.ends_with("^")) rule.remove_suffix(1);
  sink.entry(EntryKind::Domain, rule, number);
}

void read_dnsmasq_line(std::string_view line, std::uint32_t number, EntrySink& sink) {
  if (line.empty() || line.front() == '#') return;
  const std::size_t slash = line.find("=/");
  const std::string_view key = line.substr(0, std::min(slash, line.size()));
  if (slash == std::string_view::npos || (key != "address" && key != "server" && key != "local")) {
    sink.bad_line(number, "this is no line of the form address=/domain/#", "remove it");
    return;
  }
  const std::vector<std::string_view> parts = split(line.substr(slash + 2), '/');
  if (parts.size() < 2) {
    sink.bad_line(number, "the closing '/' after the domain is missing", "write address=/domain/#");
    return;
  }
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) sink.entry(EntryKind::Domain, parts[i], number);
}

void read_unbound_line(std::string_view line, std::uint32_t number, EntrySink& sink) {
  if (line.empty() || line.front() == '#' || line == "server:") return;
  if (line.starts_with("local-zone:")) {
    std::string_view rest = line.substr(11);
    const std::string_view name = unquoted(take_word(rest));
    const std::string_view type = unquoted(take_word(rest));
    if (type == "transparent" || type == "typetransparent" || type == "always_transparent") return;  // lets through
    sink.entry(EntryKind::Domain, name, number);
  } else if (line.starts_with("local-data:")) {
    std::string_view record = unquoted(line.substr(11));
    sink.entry(EntryKind::Host, take_word(record), number);
  } else {
    sink.bad_line(number, "this is no local-zone or local-data line", "remove it");
  }
}

void read_hosts_line(std::string_view line, std::uint32_t number, EntrySink& sink) {
  std::string_view rest = without_comment(line);
  if (rest.empty()) return;
  const std::string_view first = take_word(rest);
  const auto address = IpAddress::parse(first.substr(0, first.find('%')));
  if (!address) {
    sink.bad_line(number, "the line does not begin with an address", "write '0.0.0.0 name', or give --format domains");
    return;
  }
  if (!is_nowhere(*address) && first != "255.255.255.255" && !first.starts_with("fe80::") && !first.starts_with("ff0")) {
    sink.bad_line(number, "the line gives a name a real address instead of blocking it",
                  "remove it, or write 0.0.0.0 before the name");
    return;
  }
  for (std::string_view name = take_word(rest); !name.empty(); name = take_word(rest)) {
    if (!is_hosts_default(name) && name != first) sink.entry(EntryKind::Host, name, number);
  }
}

}  // namespace

bool is_adblock(const Source& source) {
  return most_lines(source, [](std::string_view line) {
    return line.starts_with("||") || line.starts_with("@@") || line.find("##") != std::string_view::npos ||
           line.starts_with("[Adblock");
  });
}

bool is_dnsmasq(const Source& source) {
  return most_lines(source, [](std::string_view line) {
    return line.starts_with("address=/") || line.starts_with("server=/") || line.starts_with("local=/");
  });
}

bool is_unbound(const Source& source) {
  return most_lines(source, [](std::string_view line) {
    return line == "server:" || line.starts_with("local-zone:") || line.starts_with("local-data:");
  });
}

bool is_hosts(const Source& source) {
  return most_lines(source, [](std::string_view line) {
    std::string_view rest = line;
    const std::string_view first = take_word(rest);
    return IpAddress::parse(first.substr(0, first.find('%'))).has_value() && !trim(rest).empty();
  });
}

bool is_cidr(const Source& source) {
  return most_lines(source, [](std::string_view line) { return IpPrefix::parse(line).has_value(); });
}

bool is_domains(const Source& source) {
  return most_lines(source, [](std::string_view line) {
    return has_word_chars(line) && line.find_first_of(" \t<>{}\"=") == std::string_view::npos;
  });
}

Result<void> read_adblock(const Source& source, EntrySink& sink) {
  return read_lines(source, sink, [&](std::string_view line, std::uint32_t number) { read_adblock_line(line, number, sink); });
}

Result<void> read_dnsmasq(const Source& source, EntrySink& sink) {
  return read_lines(source, sink, [&](std::string_view line, std::uint32_t number) { read_dnsmasq_line(line, number, sink); });
}

Result<void> read_unbound(const Source& source, EntrySink& sink) {
  return read_lines(source, sink, [&](std::string_view line, std::uint32_t number) { read_unbound_line(line, number, sink); });
}

Result<void> read_hosts(const Source& source, EntrySink& sink) {
  return read_lines(source, sink, [&](std::string_view line, std::uint32_t number) { read_hosts_line(line, number, sink); });
}

Result<void> read_domains(const Source& source, EntrySink& sink) {
  return read_lines(source, sink, [&](std::string_view line, std::uint32_t number) {
    const std::string_view entry = without_comment(line);
    if (!entry.empty()) sink.entry(EntryKind::Domain, entry, number);
  });
}

}  // namespace gatehouse::lists
