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

}  // namespace
}  // namespace gluino
