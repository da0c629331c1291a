#include <page/on_the_page.h>

#include <set>

// How the page looks and speaks: in light and dark, on narrow and wide screens, to keyboards and to
// those who listen.

namespace digits_test {
namespace {

using Look = OnThePage;

// The texts of less contrast with what lies behind them than WCAG's AA asks for, measured by its
// formula.
constexpr const char* kPaleTexts = R"((() => {
  const numbers = text => text.match(/[\d.]+/g).map(Number);
  const light = color => numbers(color).slice(0, 3).map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if (numbers(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const pale = [];
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.checkVisibility() || element.disabled) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const [a, b] = [light(style.color), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (size >= 24 ? 3 : 4.5)) pale.push(`${element.textContent.trim()}: ${ratio.toFixed(2)}`);
  }
  return pale;
})())";

TEST_F(Look, TextsStandOutInLightAndDark) {
  std::set<std::string> papers;
  for (const bool is_dark : {false, true}) {
    Page page(browser(), server().address(), {.is_dark = is_dark});
    page.draw_digit(3, 0);
    EXPECT_EQ(page.reads(), "3");
    page.wait_for(
        "document.getAnimations().every(one => one.playState === 'finished' || "
        "one.effect.getTiming().iterations === Infinity)");
    EXPECT_EQ(page.value(kPaleTexts), Json::array()) << (is_dark ? "dark" : "light");
    papers.insert(page.value("getComputedStyle(document.querySelector('#paper')).backgroundColor"));
  }
  EXPECT_EQ(papers.size(), 2U);
}

TEST_F(Look, TheInkChangesWithTheScheme) {
  Page& page = open();
  page.draw_digit(1, 0);
  // The page hears of it, and paints, when the browser draws its next frame.
  const std::string ink =
      "(({width, height}) => document.querySelector('#board').getContext('2d')"
      ".getImageData(width / 2, height / 2 - 20, 1, 1).data[0])"
      "(document.querySelector('#board'))";
  page.prefer({.is_dark = false});
  page.wait_for(ink + " < 60");
  page.prefer({.is_dark = true});
  page.wait_for(ink + " > 200");
  page.prefer({.is_dark = false});
  page.wait_for(ink + " < 60");
}

TEST_F(Look, NarrowAndWideScreensNeverScrollSidewards) {
  for (const int width : {320, 360, 412, 600, 768, 1024, 1280, 1920, 2560}) {
    Page page(browser(), server().address(), {.width = width, .height = 740, .has_touch = true});
    const Area on = page.board();
    for (int i = 0; i < 5; ++i) {
      page.draw(placed(written(3, 0), on.at(0.12 + 0.19 * i, 0.5), 0.2 * on.height));
    }
    EXPECT_EQ(page.reads(), "33333") << width;
    EXPECT_LE(page.value("document.documentElement.scrollWidth"), width);
    EXPECT_EQ(page.value("[...document.querySelectorAll('button, input, select')]"
                         ".filter(one => one.checkVisibility() && !one.closest('label'))"
                         ".map(one => one.getBoundingClientRect())"
                         ".filter(({width, height}) => width < 24 || height < 24).length"),
              0)
        << "too small for a finger at " << width;
  }
}

TEST_F(Look, ADrawingStaysWhenThePhoneIsTurned) {
  Page& page = open(kPhone);
  page.draw_digit(5, 0);
  EXPECT_EQ(page.reads(), "5");
  page.call("Emulation.setDeviceMetricsOverride",
            {{"width", 740}, {"height", 360}, {"deviceScaleFactor", 2.5}, {"mobile", true}});
  page.wait_for("innerWidth === 740");
  page.click("#classify");
  EXPECT_EQ(page.reads(), "5");
  const Area on = page.board(), box = page.area("#boxes div");
  EXPECT_NEAR(box.x + box.width / 2, on.at(0.5, 0.5).x, 0.05 * on.width);
  EXPECT_GT(box.height, 0.5 * on.height);
}

TEST_F(Look, EverythingThatCanBePressedHasAName) {
  Page& page = open();
  page.draw_digit(8, 0);
  page.reads();
  page.gallery();
  page.call("Accessibility.enable");
  const std::set<std::string> named = {"button", "slider", "checkbox",    "tab",   "combobox",
                                       "meter",  "image",  "application", "group", "tabpanel"};
  std::map<std::string, int> seen;
  const Json tree = page.call("Accessibility.getFullAXTree");
  for (const Json& node : tree["nodes"]) {
    if (node.value("ignored", false)) continue;
    const std::string role = node["role"].value("value", "");
    if (!named.contains(role)) continue;
    ++seen[role];
    EXPECT_TRUE(node.contains("name") && node["name"].value("value", "") != "") << node.dump();
  }
  EXPECT_EQ(seen["meter"], 10);
  EXPECT_EQ(seen["tab"], 2);
  EXPECT_GE(seen["button"], 63);
  EXPECT_EQ(seen["slider"], 1);
  EXPECT_EQ(seen["checkbox"], 1);
  EXPECT_EQ(seen["application"], 1);
}

TEST_F(Look, TabReachesEveryControl) {
  Page& page = open();
  page.draw_digit(8, 0);
  page.reads();
  page.gallery();
  page.value("document.activeElement.blur()");
  std::set<std::string> reached;
  for (int i = 0; i < 14; ++i) {
    page.press("Tab");
    reached.insert(
        page.value("document.activeElement.id || document.activeElement.parentElement.id"));
    EXPECT_EQ(page.value("document.activeElement === document.body || "
                         "getComputedStyle(document.activeElement).outlineStyle !== 'none'"),
              true)
        << "the focus cannot be seen";
  }
  for (const char* id :
       {"board", "brush", "live", "undo", "clear", "classify", "tab-samples", "samples"}) {
    EXPECT_TRUE(reached.contains(id)) << id;
  }
}

TEST_F(Look, TheAnswerIsToldToThoseWhoListen) {
  Page& page = open();
  page.draw_digit(2, 0);
  EXPECT_EQ(page.reads(), "2");
  page.wait_for("/^2, \\d+\\.\\d %$/.test(find_text('#answer'))");
  EXPECT_EQ(page.value("document.querySelector('#answer').getAttribute('role')"), "status");
}

TEST_F(Look, NothingMovesForThoseWhoDoNotWantIt) {
  Page& page = open({.is_still = true});
  page.draw_digit(2, 0);
  EXPECT_EQ(page.reads(), "2");
  EXPECT_EQ(page.value("document.getAnimations().length"), 0);
}

}  // namespace
}  // namespace digits_test
