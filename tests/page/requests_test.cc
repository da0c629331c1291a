#include <page/on_the_page.h>

// What goes between page and server: how much, in which order, and what if it does not.

namespace digits_test {
namespace {

using Requests = OnThePage;

// Every answer takes that long.
void slow_down(Page& page, int milliseconds) {
  page.call("Network.emulateNetworkConditions", {{"offline", false},
                                                 {"latency", milliseconds},
                                                 {"downloadThroughput", -1},
                                                 {"uploadThroughput", -1}});
}

TEST_F(Requests, OneIsUnderWayAtATimeAndTheNewestDrawingFollows) {
  Page& page = open();
  slow_down(page, 150);
  const Area on = page.board();
  for (const double across : {0.2, 0.4, 0.6, 0.8}) {
    page.draw(placed(written(1, 0), on.at(across, 0.5), 0.4 * on.height));
  }
  EXPECT_EQ(page.reads(), "1111");
  const Json times = page.value(
      "performance.getEntriesByType('resource').filter(({name}) => name.includes('classify'))"
      ".map(({startTime, responseEnd}) => [startTime, responseEnd])");
  ASSERT_GE(times.size(), 2U);
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i][0], times[i - 1][1]) << times;
}

TEST_F(Requests, AnAnswerToAClearedDrawingIsNotShown) {
  Page& page = open();
  slow_down(page, 300);
  const Area on = page.board();
  page.draw(placed(written(8, 0), on.at(0.5, 0.5), 0.6 * on.height));
  page.press("Escape");
  EXPECT_EQ(page.reads(), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(page.reads(), "");
  page.draw(placed(written(3, 0), on.at(0.5, 0.5), 0.6 * on.height));
  EXPECT_EQ(page.reads(), "3");
}

TEST_F(Requests, AServerThatIsGoneIsWaitedFor) {
  const SmallMnist mnist;
  const std::vector<std::string> data = {"--data", mnist.folder.path()};
  auto first = std::make_unique<Server>(data);
  const std::string port = first->port();
  Page page(browser(), first->address());
  first.reset();
  page.draw_digit(5, 0);
  page.wait_for("find_text('#notice').includes('does not answer')");
  const Server second(data, port);
  EXPECT_EQ(page.reads(), "5");
  page.wait_for("find_text('#notice') === 'The server is back.'");
}

}  // namespace
}  // namespace digits_test
