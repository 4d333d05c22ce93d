// What a browser sends from a block page, and what somebody else might.
#include "lodge/pages/request_form.h"

#include <gtest/gtest.h>

namespace gatehouse::lodge {
namespace {

TEST(RequestForm, ReadsWhatABrowserSends) {
  const auto read = read_request_form(
      "why=study&text=History+module+4%3A+%22sources%22%0D%0ATuesday&host=archive.example&category=other-harm&reference=1a-2&x=y");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->why, "study");
  EXPECT_EQ(read->text, "History module 4: \"sources\"\nTuesday");
  EXPECT_EQ(read->host, "archive.example");
  EXPECT_EQ(read->category, "other-harm");
  EXPECT_EQ(read->reference, "1a-2");
}

TEST(RequestForm, KeepsEveryLanguage) {
  const auto read = read_request_form("text=%D9%84%D9%84%D8%AF%D8%B1%D8%A7%D8%B3%D8%A9");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->text, "للدراسة");
  EXPECT_EQ(read->why, "other");
}

TEST(RequestForm, RefusesWhatIsEmptyTooLongOrBroken) {
  EXPECT_FALSE(read_request_form("").has_value());
  EXPECT_FALSE(read_request_form("why=study&text=+%0A").has_value()) << "it says nothing";
  EXPECT_FALSE(read_request_form("text=a%2").has_value());
  EXPECT_FALSE(read_request_form("text=a%zz").has_value());
  EXPECT_FALSE(read_request_form("text=" + std::string(4001, 'a')).has_value());
  EXPECT_FALSE(read_request_form("text=a&host=" + std::string(254, 'a')).has_value());
  EXPECT_FALSE(read_request_form("text=" + std::string(kMostFormBytes, 'a')).has_value());
}

TEST(RequestForm, TakesControlCharactersOut) {
  const auto read = read_request_form("text=a%1B%5B31mb%00c%7F&host=x%0Ay");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->text, "a [31mb c ");
}

TEST(RequestForm, ThePageSaysItAsTextWhateverItHolds) {
  const std::string page = plain_page("<b>", "\"><script>alert(1)</script>");
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::lodge
