#include <gluino/base/error.h>
#include <gluino/base/json_text.h>
#include <gluino/base/name_pattern.h>
#include <gluino/base/text.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

namespace gluino {
namespace {

TEST(Text, FixedIsWhatPrintfGives) {
  for (const double value :
       {0.0, -0.0, 0.5, 1.5, -2.675, 1e-9, 123456.789, 1e22, -1.7e308, 5e-324}) {
    for (const int digits : {0, 1, 2, 6, 40}) {
      char expected[512];
      std::snprintf(expected, sizeof expected, "%.*f", digits, value);
      EXPECT_EQ(fixed(value, digits), expected);
    }
  }
  EXPECT_EQ(fixed(std::nan(""), 3), "nan");
  EXPECT_EQ(fixed(-std::nan(""), 3), "nan");
  EXPECT_EQ(fixed(-std::numeric_limits<double>::infinity(), 3), "-inf");
}

TEST(Text, LowerCaseTouchesLettersAlone) {
  EXPECT_EQ(lower_case("Ab[Z`\xc4"), "ab[z`\xc4");
  EXPECT_EQ(lower_case(""), "");
}

TEST(Text, NamePatternsMatchFromTheBeginning) {
  const NamePattern pattern("dense[0-9]_w|bias", "test");
  EXPECT_TRUE(pattern.matches("dense3_weight"));
  EXPECT_TRUE(pattern.matches("bias"));
  EXPECT_FALSE(pattern.matches("my_bias"));
}

TEST(Text, NamePatternsRefuseWithASentence) {
  EXPECT_THROW(NamePattern("(", "test"), Error);
  EXPECT_THROW(NamePattern("[z-a]", "test"), Error);
  EXPECT_THROW(NamePattern("*", "test"), Error);
  EXPECT_THROW(NamePattern(std::string(1 << 20, '('), "test"), Error);
  const NamePattern any(".*", "test");
  EXPECT_THROW(any.matches(std::string(1 << 20, 'x')), Error);
  EXPECT_TRUE(any.matches(std::string(4096, 'x')));
}

TEST(Text, JsonMayOnlyBeSoDeep) {
  const auto nested = [](int depth, char open, char close) {
    const auto n = static_cast<std::size_t>(depth);
    return std::string(n, open) + std::string(n, close);
  };
  EXPECT_NO_THROW(check_json_depth(nested(100, '[', ']')));
  EXPECT_THROW(check_json_depth(nested(101, '[', ']')), Error);
  EXPECT_THROW(check_json_depth(std::string(1 << 20, '{')), Error);
  EXPECT_NO_THROW(check_json_depth('"' + std::string(1000, '[') + '"'));
  EXPECT_NO_THROW(check_json_depth("\"\\\"" + std::string(1000, '[') + '"'));
  EXPECT_NO_THROW(check_json_depth("\"\\\\\"" + nested(100, '[', ']')));
  std::string wide;
  for (int i = 0; i < 1000; ++i) wide += "[]";
  EXPECT_NO_THROW(check_json_depth(wide));
}

}  // namespace
}  // namespace gluino
