// A JSON array of names, or a MISP warning list (an object whose "list" is one). JSON is read as the YAML it is, so
// that every entry has its line.
#include <yaml-cpp/yaml.h>

#include "base/text.h"
#include "lists/formats/bundle.h"
#include "lists/formats/format.h"

namespace gatehouse::lists {

bool is_json(const Source& source) {
  if (source.folder || source.files.size() != 1) return false;
  const std::string_view head = trim(std::string_view(source.files[0].text).substr(0, 4096));
  return head.starts_with("{") || (head.starts_with("[") && !head.starts_with("[Adblock"));
}

Result<void> read_json(const Source& source, EntrySink& sink) {
  const SourceFile& file = source.files.at(0);
  try {
    YAML::Node items = YAML::Load(file.text);
    sink.begin_file(file.path);
    if (items.IsMap()) {
      const YAML::Node list = items["list"];
      items.reset(list);
    }
    if (!items.IsSequence()) {
      return failure("there is no array of names in this JSON", "give an array, or an object with an array 'list'",
                     file.path, 1);
    }
    for (const YAML::Node& item : items) {
      if (item.IsScalar()) {
        sink.entry(EntryKind::Domain, item.Scalar(), static_cast<std::uint32_t>(line_of(item)));
      } else {
        sink.bad_line(static_cast<std::uint32_t>(line_of(item)), "this is no text", "remove it");
      }
    }
  } catch (const YAML::Exception& e) {
    return failure(fmt::format("this is not valid JSON: {}", e.msg), "download it again", file.path,
                   e.mark.is_null() ? 0 : e.mark.line + 1);
  }
  return {};
}

}  // namespace gatehouse::lists
