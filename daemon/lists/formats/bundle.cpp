// Our own format: a YAML file with entries and where they come from. rules/README.md teaches it.
#include "lists/formats/bundle.h"

#include <algorithm>
#include <array>

#include "base/london.h"
#include "base/text.h"
#include "lists/formats/format.h"

namespace gatehouse::lists {

namespace {

constexpr std::size_t kMostBundle = std::size_t{32} << 20;  // written and reviewed by people; data go in other formats

struct SectionKind {
  std::string_view key;
  EntryKind kind;
};
constexpr std::array<SectionKind, 6> kEntrySections = {{{"domains", EntryKind::Domain},
                                                        {"hosts", EntryKind::Host},
                                                        {"urls", EntryKind::Url},
                                                        {"host_patterns", EntryKind::HostPattern},
                                                        {"patterns", EntryKind::UrlPattern},
                                                        {"keywords", EntryKind::Keyword}}};
constexpr std::array<std::string_view, 17> kKeys = {
    "bundle", "list", "title", "category", "source", "reviewer", "reviewed", "reason", "review_by",
    "role", "sealed", "domains", "hosts", "urls", "host_patterns", "patterns", "keywords"};
constexpr std::array<std::string_view, 4> kEntryKeys = {"entry", "reason", "source", "review_by"};

// Number of single-letter changes from one word to the other (Levenshtein), for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

Result<void> read_item(const YAML::Node& item, EntryKind kind, const std::string& file, EntrySink& sink) {
  const auto line = static_cast<std::uint32_t>(line_of(item));
  if (item.IsScalar()) {
    sink.entry(kind, item.Scalar(), line);
    return {};
  }
  if (!item.IsMap()) {
    return failure("an entry is neither a text nor a mapping", "write '- name', or '- entry: name' with reason below it",
                   file, static_cast<int>(line));
  }
  if (auto ok = check_keys(item, kEntryKeys, file); !ok) return ok;
  const auto text = read_text(item, "entry", file);
  const auto reason = read_text(item, "reason", file);
  const auto source = read_text(item, "source", file);
  const auto review_by = read_date(item, "review_by", file);
  for (const auto* part : {&text, &reason, &source}) {
    if (!*part) return tl::make_unexpected(part->error());
  }
  if (!review_by) return tl::make_unexpected(review_by.error());
  if (text->empty()) {
    return failure("the entry has no 'entry:'", "write the name there", file, static_cast<int>(line));
  }
  const NoteSource note{*reason, *source, *review_by};
  sink.entry(kind, *text, line, note.empty() ? nullptr : &note);
  return {};
}

Result<void> read_head(const YAML::Node& root, const std::string& file, EntrySink& sink) {
  ListSource list;
  std::string category;
  std::string role;
  std::string version;
  struct Field {
    const char* key;
    std::string* to;
  };
  for (const Field& field : {Field{"bundle", &version}, Field{"list", &list.id}, Field{"title", &list.title},
                             Field{"category", &category}, Field{"source", &list.source},
                             Field{"reviewer", &list.reviewer}, Field{"reason", &list.reason}, Field{"role", &role}}) {
    auto value = read_text(root, field.key, file);
    if (!value) return tl::make_unexpected(value.error());
    *field.to = std::move(*value);
  }
  const int line = line_of(root);
  if (version != "1") {
    return failure("'bundle' is not 1, the version of this format", "begin the file with 'bundle: 1'", file, line);
  }
  for (const auto& [key, value] : {std::pair{"list", &list.id}, std::pair{"source", &list.source},
                                   std::pair{"reviewer", &list.reviewer}, std::pair{"reason", &list.reason}}) {
    if (value->empty()) {
      return failure(fmt::format("the bundle does not say its '{}'", key),
                     "a list without source, reviewer and reason cannot be defended: add them", file, line);
    }
  }
  if (!role.empty() && role != "block" && role != "allow") {
    return failure(fmt::format("'{}' is no role", role), "write block or allow", file, line_of(root["role"]));
  }
  list.allow = role == "allow";
  const auto sealed = read_flag(root, "sealed", file);
  const auto review_by = read_date(root, "review_by", file);
  const auto reviewed = read_date(root, "reviewed", file);
  if (!sealed) return tl::make_unexpected(sealed.error());
  if (!review_by) return tl::make_unexpected(review_by.error());
  if (!reviewed) return tl::make_unexpected(reviewed.error());
  if (*sealed && list.allow) {
    return failure("an allow list cannot be sealed", "remove 'sealed', or make it a block list", file, line);
  }
  list.sealed = *sealed;
  list.review_by = *review_by;
  if (list.title.empty()) list.title = list.id;
  sink.describe(list, category);
  return {};
}

}  // namespace

int line_of(const YAML::Node& node) { return node.Mark().is_null() ? 0 : node.Mark().line + 1; }

Result<YAML::Node> parse_yaml(const std::string& text, const std::string& file) {
  if (text.size() > kMostBundle) return failure("the file is larger than 32 MB", "use a plain list for data", file);
  try {
    YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return failure("the file is no mapping of keys to values", "see rules/README.md", file, 1);
    return root;
  } catch (const YAML::Exception& e) {
    return failure(fmt::format("this is not valid YAML: {}", e.msg), "check the indent and quotes of this line and the one before",
                   file, e.mark.is_null() ? 0 : e.mark.line + 1);
  }
}

Result<void> check_keys(const YAML::Node& mapping, std::span<const std::string_view> known, const std::string& file) {
  for (const auto& pair : mapping) {
    if (!pair.first.IsScalar()) return failure("a key is no text", "correct it", file, line_of(pair.first));
    const std::string& key = pair.first.Scalar();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto* const nearest = std::min_element(known.data(), known.data() + known.size(),
                                                 [&](auto a, auto b) { return distance(key, a) < distance(key, b); });
    return failure(fmt::format("there is no key '{}'", key.substr(0, 60)),
                   distance(key.substr(0, 60), *nearest) <= 3 ? fmt::format("did you mean '{}'?", *nearest)
                                                              : fmt::format("the keys are: {}", fmt::join(known, ", ")),
                   file, line_of(pair.first));
  }
  return {};
}

Result<std::string> read_text(const YAML::Node& mapping, const char* key, const std::string& file) {
  const YAML::Node value = mapping[key];
  if (!value || value.IsNull()) return std::string();
  if (!value.IsScalar()) return failure(fmt::format("'{}' is no text", key), "write one value", file, line_of(value));
  return std::string(trim(value.Scalar()));
}

Result<bool> read_flag(const YAML::Node& mapping, const char* key, const std::string& file) {
  const auto text = read_text(mapping, key, file);
  if (!text) return tl::make_unexpected(text.error());
  if (text->empty() || *text == "false" || *text == "no") return false;
  if (*text == "true" || *text == "yes") return true;
  return failure(fmt::format("'{}' is neither true nor false", key), "write true or false", file, line_of(mapping[key]));
}

Result<std::uint32_t> read_date(const YAML::Node& mapping, const char* key, const std::string& file) {
  const auto text = read_text(mapping, key, file);
  if (!text) return tl::make_unexpected(text.error());
  if (text->empty()) return 0u;
  const auto day = parse_day(*text);
  if (!day) {
    return failure(fmt::format("'{}' is not a date", *text), "write it as 2027-12-31", file, line_of(mapping[key]));
  }
  return static_cast<std::uint32_t>(static_cast<int>(day->year())) * 10000 + static_cast<unsigned>(day->month()) * 100 +
         static_cast<unsigned>(day->day());
}

bool is_bundle(const Source& source) {
  if (source.folder || source.files.size() != 1) return false;
  bool found = false;
  bool over = false;
  for_each_line(std::string_view(source.files[0].text).substr(0, 16384), [&](std::string_view line, std::uint32_t) {
    if (over || line.empty() || line.front() == '#' || line == "---") return;
    found = line.starts_with("bundle:") || line.starts_with("list:");
    over = true;
  });
  return found || source.path.ends_with(".yaml") || source.path.ends_with(".yml");
}

Result<void> read_bundle(const Source& source, EntrySink& sink) {
  if (source.files.size() != 1) return failure("a bundle is one file", "give the file", source.path);
  const std::string& file = source.files[0].path;
  const auto root = parse_yaml(source.files[0].text, file);
  if (!root) return tl::make_unexpected(root.error());
  try {
    if (auto ok = check_keys(*root, kKeys, file); !ok) return ok;
    if (auto ok = read_head(*root, file, sink); !ok) return ok;
    sink.begin_file(file);
    for (const SectionKind& section : kEntrySections) {
      const YAML::Node items = (*root)[std::string(section.key)];
      if (!items || items.IsNull()) continue;
      if (!items.IsSequence()) {
        return failure(fmt::format("'{}' is no list", section.key), "write one entry a line, each after '- '", file,
                       line_of(items));
      }
      for (const YAML::Node& item : items) {
        if (auto ok = read_item(item, section.kind, file, sink); !ok) return ok;
      }
    }
  } catch (const YAML::Exception& e) {
    return failure(fmt::format("this is not valid YAML: {}", e.msg), "see rules/README.md", file,
                   e.mark.is_null() ? 0 : e.mark.line + 1);
  }
  return {};
}

}  // namespace gatehouse::lists
