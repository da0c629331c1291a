#include <gluino/base/log.h>
#include <gtest/gtest.h>

#include <vector>

namespace gluino {
namespace {

TEST(Log, GoesToStandardErrorOrWhereItIsSent) {
  std::vector<std::string> lines;
  set_logger([&](const std::string& line) { lines.push_back(line); });
  log_line("Epoch[0] Time cost=1.000");
  EXPECT_EQ(lines, std::vector<std::string>{"Epoch[0] Time cost=1.000"});
  const Logger before = set_logger({});
  before("by hand");
  EXPECT_EQ(lines.size(), 2U);

  ::testing::internal::CaptureStderr();
  log_line("to all");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "to all\n");
  EXPECT_EQ(lines.size(), 2U);
}

}  // namespace
}  // namespace gluino
