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

// The published values of the function (Fowler, Noll and Vo).
TEST(Text, Fnv1aIsTheOneOfItsAuthors) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325U);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8U);
}

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

TEST(Text, NamePatternsEndWhateverTheyAre) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "(?:a*)*";
  EXPECT_FALSE(NamePattern(many + "b", "here").matches("MLP_dense0_weight"));
  EXPECT_FALSE(NamePattern("(a+)+$", "here").matches(std::string(60, 'a') + "!"));
  // Back-references are known still.
  EXPECT_TRUE(NamePattern("(a|b)\\1", "here").matches("aab"));
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

// What Python 3 prints for these.
TEST(Text, NumbersAreWrittenAsPythonWritesThem) {
  const std::pair<double, const char*> numbers[] = {{0, "0.0"},
                                                    {-0.0, "-0.0"},
                                                    {1, "1.0"},
                                                    {-2, "-2.0"},
                                                    {0.1, "0.1"},
                                                    {0.0001, "0.0001"},
                                                    {0.00012345, "0.00012345"},
                                                    {1e-05, "1e-05"},
                                                    {1.5e-7, "1.5e-07"},
                                                    {100000, "100000.0"},
                                                    {123456.789, "123456.789"},
                                                    {1234567890123456, "1234567890123456.0"},
                                                    {1e16, "1e+16"},
                                                    {1.25e100, "1.25e+100"},
                                                    {1e-300, "1e-300"},
                                                    {2.0 / 3, "0.6666666666666666"},
                                                    {NAN, "nan"},
                                                    {INFINITY, "inf"},
                                                    {-INFINITY, "-inf"}};
  for (const auto& [number, text] : numbers) EXPECT_EQ(python_repr(number), text);
  EXPECT_EQ(python_repr(0.1F), "0.1");
  EXPECT_EQ(python_repr(16777216.0F), "16777216.0");
}

TEST(Text, ZerosFillUpNumbers) {
  EXPECT_EQ(zero_padded(0, 4), "0000");
  EXPECT_EQ(zero_padded(17, 4), "0017");
  EXPECT_EQ(zero_padded(12345, 4), "12345");
  EXPECT_EQ(zero_padded(7, 0), "7");
}

TEST(Text, DistanceCountsChangesOfLetters) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("train", "train"), 0U);
  EXPECT_EQ(edit_distance("trian", "train"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("Convolutoin", "Convolution"), 1U);
}

}  // namespace
}  // namespace gluino
