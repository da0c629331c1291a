#include <page/on_the_page.h>

#include <cstdlib>

// Pictures of the page to look at, and the README's: with GLUINO_SCREENSHOTS=FOLDER.

namespace digits_test {
namespace {

using Screenshots = OnThePage;

TEST_F(Screenshots, OfThePage) {
  const char* folder = std::getenv("GLUINO_SCREENSHOTS");
  if (folder == nullptr) GTEST_SKIP() << "GLUINO_SCREENSHOTS names no folder";
  const struct {
    const char* name;
    Screen screen;
    std::vector<int> digits;
    bool whole_page;
  } shots[] = {
      {"page", {.width = 1180, .height = 1100}, {3}, false},
      {"light", {}, {3}, true},
      {"dark", {.is_dark = true}, {5}, true},
      {"empty", {}, {}, false},
      {"row", {}, {9, 0, 2, 1, 0}, false},
      {"phone", kPhone, {8}, true},
      {"phone-row", kPhone, {1, 9, 8, 4}, false},
  };
  for (const auto& [name, screen, digits, whole_page] : shots) {
    Page page(browser(), server().address(), screen);
    const Area on = page.board();
    const double count = static_cast<double>(digits.size());
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      text += std::to_string(digits[i]);
      page.draw(placed(written(digits[i], 0),
                       on.at((static_cast<double>(i) + 0.8) / (count + 0.6), 0.5),
                       std::min(0.66, 1.1 / count) * on.height));
    }
    EXPECT_EQ(page.reads(), text);
    std::this_thread::sleep_for(std::chrono::milliseconds(600));  // what moves has come to rest
    page.save_screenshot(std::string(folder) + "/" + name + ".png", whole_page);
  }
}

}  // namespace
}  // namespace digits_test
