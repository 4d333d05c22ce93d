#include "lists/compiler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"

#include "lists/categories.h"
#include "lists/formats/format.h"

namespace gatehouse::lists {

std::size_t CompileReport::skipped() const {
  std::size_t sum = 0;
  for (const ListReport& list : lists) sum += list.skipped;
  return sum;
}

// Takes what a reader finds of one list and puts it into the builder.
class Compiler::Sink final : public EntrySink {
 public:
  Sink(Compiler& compiler, const ListInput& input, const Format& format) : compiler_(compiler), input_(input) {
    list_.id = input.id.empty() ? std::filesystem::path(input.path).stem().string() : input.id;
    list_.title = input.title;
    list_.source = input.source;
    list_.reason = input.reason;
    list_.path = input.path;
    list_.format = format.name;
    report_.path = input.path;
    report_.format = format.name;
  }

  void describe(const ListSource& list, const std::string& category_id) override {
    const ListSource given = std::exchange(list_, list);
    list_.path = given.path;
    list_.format = given.format;
    category_ = category_id;
  }

  void begin_file(const std::string& path) override {
    if (!open()) return;
    file_path_ = path;
    file_ = compiler_.builder_.add_file(path);
  }

  void entry(EntryKind kind, std::string_view text, std::uint32_t line, const NoteSource* note) override {
    if (fault_) return;
    if (auto refused = compiler_.reader_.read(kind, text, canonical_)) {
      refuse(line, text, std::move(*refused));
      return;
    }
    if (canonical_.kind == MatchKind::Pattern || canonical_.kind == MatchKind::Keyword) {
      if (std::string fault = pattern_fault(canonical_.text, canonical_.group); !fault.empty()) {
        refuse(line, text, {std::move(fault), "correct or remove the pattern"});
        return;
      }
    }
    EntryOrigin origin{.list = index_, .file = file_, .line = line, .note = kNone};
    if (note != nullptr) origin.note = compiler_.builder_.add_note(*note);
    const bool as_written = canonical_.kind == MatchKind::Pattern || canonical_.kind == MatchKind::Keyword;
    const auto added =
        compiler_.builder_.add(canonical_, as_written ? trim(text) : std::string_view(canonical_.text), origin);
    if (!added) {
      fault_ = added.error();
    } else {
      ++(*added ? report_.entries : report_.duplicates);
    }
  }

  void bad_line(std::uint32_t line, std::string message, std::string remedy) override {
    refuse(line, {}, {std::move(message), std::move(remedy)});
  }

  // Registers the list once its description is known.
  bool open() {
    if (fault_ || opened_) return !fault_;
    opened_ = true;
    if (!input_.id.empty()) list_.id = input_.id;
    if (!input_.title.empty()) list_.title = input_.title;
    if (list_.title.empty()) list_.title = list_.id;
    const auto category = compiler_.category_of(input_, input_.category.empty() ? category_ : input_.category);
    if (!category) {
      fault_ = category.error();
      return false;
    }
    const CategorySource& about = compiler_.builder_.categories()[*category];
    list_.category = *category;
    list_.allow = list_.allow || input_.allow;
    list_.sealed = !list_.allow && (list_.sealed || input_.sealed || about.sealed);
    report_.id = list_.id;
    report_.category = about.id;
    for (const ListSource& other : compiler_.builder_.lists()) {
      if (other.id != list_.id) continue;
      fault_ = Error{fmt::format("two lists have the id '{}'", list_.id), "give one of them another with --id",
                     input_.path, 0};
      return false;
    }
    sealed_ = list_.sealed;
    index_ = compiler_.builder_.add_list(list_);
    return true;
  }

  Result<ListReport> finish() {
    open();
    if (fault_) return tl::make_unexpected(*fault_);
    return std::move(report_);
  }

 private:
  void refuse(std::uint32_t line, std::string_view text, Refusal refusal) {
    ++report_.skipped;
    if (report_.problems.size() >= compiler_.options_.keep_problems) return;
    std::string message = std::move(refusal.message);
    // What a sealed list holds is never shown, not even where it is wrong.
    if (sealed_) {
      message = "the entry was refused (its text is not shown: the list is sealed)";
    } else if (!text.empty() && message.find(text) == std::string::npos) {
      message = fmt::format("'{}': {}", text.substr(0, 80), message);
    }
    report_.problems.push_back({std::move(message), std::move(refusal.remedy), file_path_, static_cast<int>(line)});
  }

  Compiler& compiler_;
  const ListInput& input_;
  ListSource list_;
  std::string category_;
  std::string file_path_;
  CanonicalEntry canonical_;
  ListReport report_;
  std::optional<Error> fault_;
  std::uint16_t index_ = 0;
  std::uint16_t file_ = 0;
  bool opened_ = false;
  bool sealed_ = false;
};

Compiler::Compiler(CompileOptions options) : options_(std::move(options)) {}
Compiler::~Compiler() = default;

Result<void> Compiler::read_categories() {
  if (options_.categories_file.empty()) return {};
  auto categories = read_categories_file(options_.categories_file);
  if (!categories) return tl::make_unexpected(categories.error());
  for (CategorySource& one : *categories) builder_.add_category(std::move(one));
  return {};
}

Result<std::uint16_t> Compiler::category_of(const ListInput& input, const std::string& id) {
  if (id.empty()) {
    return failure("it is not said which category this list is about", "name one with --category", input.path);
  }
  const std::vector<CategorySource>& all = builder_.categories();
  const auto found = std::find_if(all.begin(), all.end(), [&](const CategorySource& one) { return one.id == id; });
  if (found != all.end()) return static_cast<std::uint16_t>(found - all.begin());
  if (options_.categories_file.empty()) {
    CategorySource made;
    made.id = made.title = made.theme = id;
    return builder_.add_category(std::move(made));
  }
  std::string known;
  for (const CategorySource& one : all) known += (known.empty() ? "" : ", ") + one.id;
  return failure(fmt::format("there is no category '{}'", id),
                 fmt::format("use one of {}, or add it to {}", known, options_.categories_file), input.path);
}

Result<void> Compiler::add(const ListInput& input) {
  auto source = read_source(input.path);
  if (!source) return tl::make_unexpected(source.error());
  return add_source(input, *source);
}

Result<void> Compiler::add_text(const ListInput& input, std::string text) {
  Source source;
  source.path = input.path;
  source.files.push_back({input.path, std::move(text)});
  return add_source(input, source);
}

Result<void> Compiler::add_source(const ListInput& input, const Source& source) {
  if (auto text = check_is_text(source); !text) return text;
  const Format* format = nullptr;
  if (input.format.empty()) {
    const auto recognised = recognise_format(source);
    if (!recognised) return tl::make_unexpected(recognised.error());
    format = *recognised;
  } else {
    format = find_format(input.format);
    if (format == nullptr) {
      std::string known;
      for (const Format& one : formats()) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
      return failure(fmt::format("there is no list format '{}'", input.format), fmt::format("use one of {}", known),
                     input.path);
    }
  }
  Sink sink(*this, input, *format);
  if (auto ok = format->read(source, sink); !ok) return ok;
  auto report = sink.finish();
  if (!report) return tl::make_unexpected(report.error());
  report_.lists.push_back(std::move(*report));
  report_.entries = builder_.entry_count();
  return {};
}

Result<void> Compiler::write(const std::filesystem::path& path) {
  const auto size = builder_.write(path, options_.now);
  if (!size) return tl::make_unexpected(size.error());
  report_.pack_bytes = *size;
  return {};
}

Result<std::shared_ptr<const Pack>> Compiler::to_pack() {
  const auto bytes = builder_.to_bytes(options_.now);
  if (!bytes) return tl::make_unexpected(bytes.error());
  return Pack::from_bytes(as_bytes(*bytes));
}

}  // namespace gatehouse::lists
