#include "lists/formats/format.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/text.h"

namespace gatehouse::lists {

namespace {

constexpr std::array<Format, 10> kFormats = {{
    {"squidguard", "a squidGuard or UT1 folder (domains, urls, expressions)", &is_squidguard, &read_squidguard},
    {"bundle", "a Gatehouse bundle in YAML, with sources and reviewers", &is_bundle, &read_bundle},
    {"json", "a JSON array of names, or a MISP warning list", &is_json, &read_json},
    {"csv", "a table with a header and a column 'url' or 'domain'", &is_csv, &read_csv},
    {"adblock", "Adblock syntax: ||domain^", &is_adblock, &read_adblock},
    {"dnsmasq", "dnsmasq configuration: address=/domain/#", &is_dnsmasq, &read_dnsmasq},
    {"unbound", "Unbound configuration: local-zone: \"domain.\" always_null", &is_unbound, &read_unbound},
    {"hosts", "a hosts file: 0.0.0.0 name", &is_hosts, &read_hosts},
    {"cidr", "networks and addresses: 192.0.2.0/24", &is_cidr, &read_domains},
    {"domains", "names, *.names or URLs, one a line", &is_domains, &read_domains},
}};

constexpr std::size_t kMostFile = std::size_t{512} << 20;  // ten times the largest public list
constexpr std::size_t kLooked = 4096;                      // enough to tell text from rubbish

struct Magic {
  std::string_view bytes;
  std::string_view what;
};
constexpr std::array<Magic, 6> kArchives = {{{"\x1f\x8b", "a gzip archive"},
                                             {"PK\x03\x04", "a zip archive or office document"},
                                             {"BZh", "a bzip2 archive"},
                                             {"\xfd" "7zXZ", "an xz archive"},
                                             {"\x28\xb5\x2f\xfd", "a Zstandard archive"},
                                             {"%PDF", "a PDF document"}}};

std::string fault_of_bytes(std::string_view text) {
  for (const Magic& magic : kArchives) {
    if (text.starts_with(magic.bytes)) return fmt::format("this is {}, not a list", magic.what);
  }
  const std::string_view head = text.substr(0, kLooked);
  const auto odd = std::count_if(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f';
  });
  if (head.find('\0') != std::string_view::npos || odd * 50 > static_cast<std::ptrdiff_t>(head.size())) {
    return "this is binary data, not a list";
  }
  if (trim(head).starts_with("<")) return "this is a web page, not a list: the download may have failed";
  return {};
}

Result<std::string> read_whole(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size > kMostFile) return failure("the file is larger than 512 MB", "split it", path.string());
  std::ifstream in(path, std::ios::binary);
  std::string text;
  if (!error) text.resize(size);
  if (error || !in || !in.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    return failure("cannot read the list", "check the path and its rights", path.string());
  }
  return text;
}

}  // namespace

std::span<const Format> formats() noexcept { return kFormats; }

const Format* find_format(std::string_view name) noexcept {
  if (name == "ut1") name = "squidguard";
  if (name == "wildcard" || name == "plain") name = "domains";
  if (name == "misp") name = "json";
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

Result<void> check_is_text(const Source& source) {
  for (const SourceFile& file : source.files) {
    if (const std::string fault = fault_of_bytes(file.text); !fault.empty()) {
      return failure(fault, "give the list itself, unpacked, as text", file.path);
    }
  }
  return {};
}

Result<const Format*> recognise_format(const Source& source) {
  for (const Format& format : kFormats) {
    if (format.recognise(source)) return &format;
  }
  const bool nothing = std::all_of(source.files.begin(), source.files.end(), [](const SourceFile& file) {
    return trim(file.text).empty();
  });
  if (nothing) return failure("the list is empty", "the download may have failed: get it again", source.path);
  return failure("this is no list in any format that Gatehouse reads",
                 source.folder ? "a folder must hold a file 'domains', 'urls' or 'expressions'"
                               : "see 'gatehouse lists --help' for the formats, or name one with --format",
                 source.path);
}

Result<Source> read_source(const std::string& path) {
  Source source;
  source.path = path;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error || !std::filesystem::exists(status)) {
    return failure("there is no such list", "check the path", path);
  }
  source.folder = std::filesystem::is_directory(status);
  if (!source.folder) {
    auto text = read_whole(path);
    if (!text) return tl::make_unexpected(text.error());
    source.files.push_back({path, std::move(*text)});
    return source;
  }
  for (const char* const name : {"domains", "urls", "expressions"}) {
    const auto file = std::filesystem::path(path) / name;
    if (!std::filesystem::exists(file, error)) continue;
    auto text = read_whole(file);
    if (!text) return tl::make_unexpected(text.error());
    source.files.push_back({file.string(), std::move(*text)});
  }
  if (source.files.empty()) {
    return failure("this folder is no list", "a folder must hold a file 'domains', 'urls' or 'expressions'", path);
  }
  return source;
}

}  // namespace gatehouse::lists
