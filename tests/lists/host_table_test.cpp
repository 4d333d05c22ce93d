#include "lists/host_table.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "lists/pack_format.h"

namespace gatehouse::lists {
namespace {

// Names laid out as the pack builder does it, with their long ones in a text of their own.
class HostTables : public ::testing::Test {
 protected:
  void lay_out(const std::vector<std::string>& names, std::size_t spread = 1) {
    std::size_t bytes = 0;
    for (const std::string& name : names) bytes += HostTableWriter::size_of(name.size());
    writer_.emplace(names.size(), bytes, spread);
    for (std::size_t i = 0; i < names.size(); ++i) {
      HostTableWriter::Name name;
      name.text = names[i];
      name.hash = hash_backwards(names[i]);
      name.item.entry = static_cast<std::uint32_t>(i);
      if (names[i].size() > kLongestInBucket) {
        name.elsewhere = static_cast<std::uint32_t>(text_.size());
        text_ += names[i];
      }
      ASSERT_NE(writer_->put(name), kNone) << names[i];
    }
    ASSERT_TRUE(writer_->usable());
    table_ = HostTable(writer_->buckets(), writer_->filter(), text_);
  }
  [[nodiscard]] std::optional<std::uint32_t> find(const std::string& name) const {
    HostItem item;
    const std::uint32_t hash = hash_backwards(name);
    if (!table_.find(hash, name, item)) return std::nullopt;
    EXPECT_TRUE(table_.may_hold(hash)) << "the filter denies " << name;
    return item.entry;
  }

  std::string text_;
  std::optional<HostTableWriter> writer_;
  HostTable table_;
};

TEST_F(HostTables, FindsEveryNameAndNoOtherThoughBucketsOverflow) {
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) names.push_back("name" + std::to_string(i * 3) + ".test");
  lay_out(names);
  ASSERT_EQ(table_.fault(names.size(), 1), nullptr);
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(find(names[i]), i);
    EXPECT_EQ(find("name" + std::to_string(i * 3 + 1) + ".test"), std::nullopt);
  }
}

TEST_F(HostTables, FindsNamesTooLongForABucket) {
  const std::string longest(63, 'a');
  const std::vector<std::string> names = {longest + ".test", longest + "." + longest + ".test", "short.test",
                                          std::string(kLongestInBucket - 5, 'b') + ".test",
                                          std::string(kLongestInBucket - 4, 'c') + ".test"};
  lay_out(names);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(find(names[i]), i) << names[i];
  EXPECT_EQ(find(longest + ".test2"), std::nullopt);
}

TEST_F(HostTables, CallsATableWithAnyDamagedItemFaulty) {
  lay_out({"one.test", "two.test", std::string(60, 'x') + ".test"});
  EXPECT_EQ(table_.fault(3, 1), nullptr);
  EXPECT_NE(table_.fault(2, 1), nullptr) << "an entry beyond the last";
  EXPECT_NE(table_.fault(3, 0), nullptr) << "a list beyond the last";
  EXPECT_NE(HostTable(writer_->buckets(), writer_->filter(), {}).fault(3, 1), nullptr) << "a name outside the text";
  EXPECT_NE(HostTable(writer_->buckets().first(32), writer_->filter(), text_).fault(3, 1), nullptr);
  EXPECT_NE(HostTable(writer_->buckets(), writer_->filter().first(1), text_).fault(3, 1), nullptr);
  std::vector<std::uint8_t> overfull(writer_->buckets().begin(), writer_->buckets().end());
  for (std::size_t at = 0; at < overfull.size(); at += kBucketSize) overfull[at] |= kBucketOverflow;
  EXPECT_NE(HostTable(overfull, writer_->filter(), text_).fault(3, 1), nullptr) << "a search would not end";
}

}  // namespace
}  // namespace gatehouse::lists
