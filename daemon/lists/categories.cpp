#include "lists/categories.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "lists/formats/bundle.h"
#include "lists/formats/format.h"

namespace gatehouse::lists {

namespace {

constexpr std::array<std::string_view, 1> kRootKeys = {"categories"};
constexpr std::array<std::string_view, 7> kKeys = {"id", "title", "theme", "order", "severity", "sealed", "description"};

Result<int> read_number(const YAML::Node& node, const char* key, int otherwise, int low, int high,
                        const std::string& file) {
  const auto text = read_text(node, key, file);
  if (!text) return tl::make_unexpected(text.error());
  if (text->empty()) return otherwise;
  int value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < low || value > high) {
    return failure(fmt::format("'{}' is no number from {} to {}", key, low, high), "correct it", file,
                   line_of(node[key]));
  }
  return value;
}

Result<CategorySource> read_one(const YAML::Node& node, const std::string& file) {
  if (!node.IsMap()) return failure("a category is no mapping", "write '- id: name' and its keys below it", file, line_of(node));
  if (auto ok = check_keys(node, kKeys, file); !ok) return tl::make_unexpected(ok.error());
  CategorySource out;
  struct Field {
    const char* key;
    std::string* to;
  };
  for (const Field& field : {Field{"id", &out.id}, Field{"title", &out.title}, Field{"theme", &out.theme},
                             Field{"description", &out.description}}) {
    auto value = read_text(node, field.key, file);
    if (!value) return tl::make_unexpected(value.error());
    *field.to = std::move(*value);
  }
  if (out.id.empty() || out.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
    return failure("a category needs an 'id' of small letters, digits and hyphens", "write one", file, line_of(node));
  }
  if (out.title.empty()) out.title = out.id;
  if (out.theme.empty()) out.theme = out.title;
  const auto order = read_number(node, "order", 1000, 0, 100000, file);
  const auto severity = read_number(node, "severity", 3, 1, 5, file);
  const auto sealed = read_flag(node, "sealed", file);
  if (!order) return tl::make_unexpected(order.error());
  if (!severity) return tl::make_unexpected(severity.error());
  if (!sealed) return tl::make_unexpected(sealed.error());
  out.order = *order;
  out.severity = *severity;
  out.sealed = *sealed;
  return out;
}

}  // namespace

Result<std::vector<CategorySource>> read_categories_text(const std::string& text, const std::string& file) {
  const auto root = parse_yaml(text, file);
  if (!root) return tl::make_unexpected(root.error());
  std::vector<CategorySource> out;
  try {
    if (auto ok = check_keys(*root, kRootKeys, file); !ok) return tl::make_unexpected(ok.error());
    const YAML::Node items = (*root)["categories"];
    if (!items.IsSequence()) return failure("'categories' is no list", "write one after each '- id:'", file, line_of(items));
    for (const YAML::Node& item : items) {
      auto one = read_one(item, file);
      if (!one) return tl::make_unexpected(one.error());
      if (std::any_of(out.begin(), out.end(), [&](const CategorySource& other) { return other.id == one->id; })) {
        return failure(fmt::format("there are two categories '{}'", one->id), "rename or remove one", file, line_of(item));
      }
      out.push_back(std::move(*one));
    }
  } catch (const YAML::Exception& e) {
    return failure(fmt::format("this is not valid YAML: {}", e.msg), "correct it", file,
                   e.mark.is_null() ? 0 : e.mark.line + 1);
  }
  return out;
}

Result<std::vector<CategorySource>> read_categories_file(const std::string& path) {
  auto source = read_source(path);
  if (!source) return tl::make_unexpected(source.error());
  if (source->folder) return failure("this is a folder", "give the categories file", path);
  return read_categories_text(source->files[0].text, path);
}

}  // namespace gatehouse::lists
