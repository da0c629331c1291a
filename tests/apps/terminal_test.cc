#include <apps/program.h>
#include <fcntl.h>
#include <pty.h>

#include <optional>

namespace digits_test {
namespace {

// What the program shows on a terminal of that width, standard error only.
std::string show(const std::vector<std::string>& arguments, unsigned short columns,
                 const std::map<std::string, std::string>& environment) {
  int terminal = -1;
  int program_side = -1;
  winsize size{};
  size.ws_col = columns;
  size.ws_row = 24;
  EXPECT_EQ(::openpty(&terminal, &program_side, nullptr, nullptr, &size), 0);
  std::string shown;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(terminal, buffer, sizeof buffer)) > 0;) {
      shown.append(buffer, static_cast<std::size_t>(got));
    }
  });
  Program program(arguments, {.environment = environment, .err = program_side});
  ::close(program_side);
  const Result result = program.wait();
  reader.join();
  ::close(terminal);
  EXPECT_EQ(result.code, 0) << shown;
  return shown;
}

std::vector<std::string> redraws(const std::string& shown) {
  std::vector<std::string> result;
  std::istringstream in(shown);
  for (std::string line; std::getline(in, line, '\r');) result.push_back(line);
  return result;
}

class DigitsTerminal : public testing::Test {
 protected:
  std::vector<std::string> train(const char* options) const {
    return words(std::string("train --net mlp --epochs 30 --batch-size 10 ") + options,
                 {"--data", mnist.folder.path()});
  }
  SmallMnist mnist;
};

TEST_F(DigitsTerminal, ShowsAProgressBarWithSpeedAndTimeLeft) {
  const std::string shown = show(train(""), 100, {{"TERM", "xterm"}, {"NO_COLOR", ""}});
  EXPECT_NE(shown.find("epoch "), std::string::npos) << shown;
  EXPECT_NE(shown.find("/s "), std::string::npos);
  EXPECT_NE(shown.find(" left"), std::string::npos);
  EXPECT_NE(shown.find("["), std::string::npos);
}

TEST_F(DigitsTerminal, FitsFortyColumnsWithoutColor) {
  const std::string shown = show(train(""), 40, {{"TERM", "xterm"}, {"NO_COLOR", "1"}});
  EXPECT_NE(shown.find("epoch "), std::string::npos);
  EXPECT_EQ(shown.find('\x1b'), std::string::npos) << "NO_COLOR asks for none";
  for (const std::string& line : redraws(shown)) EXPECT_LT(line.size(), 40U) << line;
}

TEST_F(DigitsTerminal, QuietShowsNothing) {
  EXPECT_EQ(show(train("--quiet"), 80, {{"TERM", "xterm"}}), "");
}

TEST(DigitsOutput, AReaderThatHasGoneIsNoMistake) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  Program program({"summary"}, {.out = ends[1]});
  ::close(ends[1]);
  const Result result = program.wait();
  EXPECT_EQ(result.code, 0) << result.err;
}

TEST(DigitsOutput, AFullDiskIsTold) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  Program program({"summary"}, {.out = full});
  const Result result = program.wait();
  ::close(full);
  EXPECT_EQ(result.code, 1);
  expect_sentence(result, "standard output");
}

}  // namespace
}  // namespace digits_test
