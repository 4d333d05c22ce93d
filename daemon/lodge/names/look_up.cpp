#include "lodge/names/look_up.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "lodge/names/pseudonym.h"

namespace gatehouse::lodge {
namespace {

std::string sha256(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

// Each field with its length, so that no two rows read alike.
std::string chain_of(const std::string& before, const NameLookUp& row) {
  std::string text = before;
  for (const std::string& field :
       {std::to_string(to_us(row.at)), row.code, row.person, row.role, row.purpose, row.second, row.answer}) {
    text += fmt::format("{}:{}", field.size(), field);
  }
  return sha256(text);
}

NameLookUp read_row(const Statement& row) {
  return {row.time(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)};
}

constexpr const char* kColumns = "at, code, person, role, purpose, second, answer";

Result<void> record(const Connection& db, const NameLookUp& row) {
  // The newest row and the one that follows it belong together, also when two people ask at once.
  if (auto begun = db.run("BEGIN IMMEDIATE"); !begun) return begun;
  std::string before;
  auto done = each_row(
      db, "SELECT chain FROM name_look_up ORDER BY id DESC LIMIT 1", [](Statement&) {},
      [&](const Statement& newest) { before = newest.text(0); });
  auto insert =
      db.prepare(fmt::format("INSERT INTO name_look_up ({}, chain) VALUES (?,?,?,?,?,?,?,?)", kColumns));
  if (done && !insert) done = tl::make_unexpected(insert.error());
  if (done) {
    insert->bind(row.at).bind(row.code).bind(row.person).bind(row.role).bind(row.purpose).bind(row.second);
    done = insert->bind(row.answer).bind(chain_of(before, row)).run();
  }
  if (done) done = db.run("COMMIT");
  if (!done) (void)db.run("ROLLBACK");
  return done;
}

struct Holders {
  std::set<std::string> names;
  bool staff = false;
};

// What stands behind a code: the letter says which column can hold it.
Result<Holders> holders_of(const Connection& db, const std::string& code, const HashKey& key) {
  Holders out;
  const char kind = code.empty() ? '?' : code[0];
  const char* column = kind == 'L'   ? "login"
                       : kind == 'D' ? "CASE WHEN device != '' THEN device ELSE address END"
                       : kind == 'S' ? "sponsor"
                                     : nullptr;
  if (column == nullptr) return out;
  auto done = each_row(
      db, fmt::format("SELECT DISTINCT {}, member_of FROM attempt", column), [](Statement&) {},
      [&](const Statement& row) {
        const std::string name = row.text(0);
        if (name.empty() || code_for(kind, name, key) != code) return;
        out.names.insert(name);
        out.staff |= row.text(1) == "staff";
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

std::string why_refused(const NameQuestion& question, const std::vector<std::string>& roles) {
  if (trim(question.person).empty()) return "whoever asks must be named";
  if (trim(question.purpose).empty()) return "a purpose must be given";
  if (std::find(roles.begin(), roles.end(), question.role) == roles.end()) {
    return fmt::format("the role `{}` may not open names here; these may: {}", question.role,
                       fmt::format("{}", fmt::join(roles, ", ")));
  }
  return {};
}

}  // namespace

const std::vector<std::string>& default_name_roles() {
  static const std::vector<std::string> roles = {"safeguarding-lead", "deputy-safeguarding-lead",
                                                 "prevent-lead"};
  return roles;
}

Result<NameAnswer> look_up_name(const Connection& db, const NameQuestion& question, const HashKey& key,
                                const std::vector<std::string>& roles, Timestamp now) {
  NameAnswer answer;
  answer.words = why_refused(question, roles);
  if (!answer.words.empty()) {
    answer.kind = NameAnswer::Kind::Refused;
  } else {
    auto found = holders_of(db, question.code, key);
    if (!found) return tl::make_unexpected(found.error());
    const std::string second(trim(question.second));
    if (found->names.empty()) {
      answer.words = "nobody on record has this code; a code is only good with the key it was made with";
    } else if (found->staff && (second.empty() || second == trim(question.person))) {
      answer.kind = NameAnswer::Kind::Refused;
      answer.words = "this code stands for a member of staff: a second person must agree (--second)";
    } else {
      answer.kind = NameAnswer::Kind::Shown;
      answer.names.assign(found->names.begin(), found->names.end());
    }
  }
  const char* kind = answer.kind == NameAnswer::Kind::Shown     ? "shown"
                     : answer.kind == NameAnswer::Kind::Refused ? "refused"
                                                                : "unknown";
  const NameLookUp row{now, question.code, question.person, question.role, question.purpose, question.second,
                       kind};
  if (auto written = record(db, row); !written) return tl::make_unexpected(written.error());
  return answer;
}

Result<std::vector<NameLookUp>> look_ups_between(const Connection& db, Timestamp from, Timestamp to) {
  std::vector<NameLookUp> out;
  auto done = each_row(
      db, fmt::format("SELECT {} FROM name_look_up WHERE at >= ? AND at < ? ORDER BY id", kColumns),
      [&](Statement& s) { s.bind(from).bind(to); },
      [&](const Statement& row) { out.push_back(read_row(row)); });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

Result<bool> look_ups_unbroken(const Connection& db) {
  bool unbroken = true;
  std::string before;
  std::int64_t expected = 1;
  auto done = each_row(
      db, fmt::format("SELECT {}, chain, id FROM name_look_up ORDER BY id", kColumns), [](Statement&) {},
      [&](const Statement& row) {
        const std::string chain = row.text(7);
        unbroken &= chain == chain_of(before, read_row(row)) && row.number(8) == expected++;
        before = chain;
      });
  if (!done) return tl::make_unexpected(done.error());
  return unbroken;
}

}  // namespace gatehouse::lodge
