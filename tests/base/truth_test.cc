#include <gluino/base/truth.h>
#include <gtest/gtest.h>

namespace gluino {
namespace {

TEST(Truth, IsOneOfSixTexts) {
  for (const char* text : {"True", "true", "1"}) EXPECT_EQ(truth_of(text), true);
  for (const char* text : {"False", "false", "0"}) EXPECT_EQ(truth_of(text), false);
  for (const char* text : {"", "yes", "TRUE", "2", "None", "1 "}) EXPECT_FALSE(truth_of(text));
}

}  // namespace
}  // namespace gluino
