#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gluino {
namespace {

TEST(WholeNumber, IsTheNumberOrASentence) {
  for (const double value : {0.0, -0.0, 1.0, -7.0, 1e17, 0x1p62, -0x1p63, 0x1.fffffffffffffp62}) {
    EXPECT_EQ(static_cast<double>(whole_number(value, "n")), value);
  }
  for (const double value : {0.5, -1e-300, 0x1p63, -0x1.0000000000001p63, 1e300, std::nan(""),
                             std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(whole_number(value, "n"), Error) << value;
  }
}

TEST(Truth, IsOneOfSixTexts) {
  for (const char* text : {"True", "true", "1"}) EXPECT_EQ(truth_of(text), true);
  for (const char* text : {"False", "false", "0"}) EXPECT_EQ(truth_of(text), false);
  for (const char* text : {"", "yes", "TRUE", "2", "None", "1 "}) EXPECT_FALSE(truth_of(text));
}

}  // namespace
}  // namespace gluino
