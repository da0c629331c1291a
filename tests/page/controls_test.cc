#include <page/on_the_page.h>

// Everything that can be pressed.

namespace digits_test {
namespace {

using Controls = OnThePage;

TEST_F(Controls, ClassifyOnAClearedBoardSaysThatNothingIsDrawn) {
  Page& page = open();
  page.click("#classify");
  EXPECT_EQ(page.says(), "Nothing is drawn yet.");
  page.draw_digit(4, 0);
  EXPECT_EQ(page.reads(), "4");
  page.click("#clear");
  EXPECT_EQ(page.reads(), "");
  EXPECT_EQ(page.value("document.querySelectorAll('#boxes div').length"), 0);
  page.click("#classify");
  EXPECT_EQ(page.says(), "Nothing is drawn yet.");
  page.press("Enter");  // the button has the focus
  EXPECT_EQ(page.reads(), "");
}

TEST_F(Controls, UndoTakesBackStrokesAndClear) {
  Page& page = open();
  EXPECT_EQ(page.value("document.querySelector('#undo').disabled"), true);
  const Area on = page.board();
  page.draw(placed(written(1, 0), on.at(0.3, 0.5), 0.5 * on.height));
  page.draw(placed(written(0, 0), on.at(0.6, 0.5), 0.5 * on.height));
  EXPECT_EQ(page.reads(), "10");
  page.click("#undo");
  EXPECT_EQ(page.reads(), "1");
  page.click("#clear");
  EXPECT_EQ(page.reads(), "");
  page.press("z", 2);
  EXPECT_EQ(page.reads(), "1");
  page.press("z", 2);
  EXPECT_EQ(page.reads(), "");
  EXPECT_EQ(page.value("document.querySelector('#undo').disabled"), true);
}

TEST_F(Controls, KeysOnTheBoard) {
  Page& page = open();
  page.draw_digit(6, 0);
  EXPECT_EQ(page.reads(), "6");
  const double brush =
      std::stod(page.value("document.querySelector('#brush').value").get<std::string>());
  page.press("]");
  EXPECT_EQ(page.value("Number(document.querySelector('#brush').value)"), brush + 1);
  page.press("Enter");
  EXPECT_EQ(page.reads(), "6");
  page.press("Escape");
  EXPECT_EQ(page.reads(), "");
}

TEST_F(Controls, ABroaderBrushLeavesMoreInk) {
  Page& page = open();
  const auto ink = [&](int size) -> double {
    page.value("document.querySelector('#brush').value = " + std::to_string(size));
    page.draw_digit(1, 0);
    page.reads();
    return page.value(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => {"
        "const {width, height} = document.querySelector('#board');"
        "return document.querySelector('#board').getContext('2d').getImageData(0, 0, width, height)"
        ".data.filter((value, i) => i % 4 === 3 && value > 128).length })");
  };
  const double thin = ink(2), broad = ink(8);
  EXPECT_NEAR(broad / thin, 4, 0.8);
}

TEST_F(Controls, WithoutLiveReadingOnlyClassifyAsks) {
  Page& page = open();
  page.click("#live");
  page.draw_digit(2, 0);
  EXPECT_EQ(page.reads(), "");
  EXPECT_EQ(page.value("performance.getEntriesByType('resource').filter(entry => "
                       "entry.name.includes('classify')).length"),
            0);
  page.click("#classify");
  EXPECT_EQ(page.reads(), "2");
}

TEST_F(Controls, TestDigitsOfTheGalleryArePutOnTheBoard) {
  Page& page = open();
  const Json names = page.gallery();
  ASSERT_EQ(names.size(), 60U);
  int right = 0;
  for (int i = 1; i <= 10; ++i) {
    page.click("#samples button:nth-child(" + std::to_string(i) + ")");
    const std::string name = names[i - 1];
    right += page.reads() == name.substr(name.size() - 1) ? 1 : 0;
  }
  EXPECT_GE(right, 9);
  // Which can be drawn on, and taken back.
  page.press("z", 2);
  EXPECT_EQ(page.reads(), std::string(1, names[8].get<std::string>().back()));
}

TEST_F(Controls, MistakesAreReadAsTheySay) {
  // Some digits are called by the name of the next one.
  const SmallMnist mnist;
  const std::string path = mnist.folder / SmallMnist::labels_name(false);
  gluino::io::IdxArray labels = gluino::io::read_idx(path);
  for (std::size_t i = 0; i < 12; ++i) {
    labels.data[i] = static_cast<std::uint8_t>((labels.data[i] + 1) % 10);
  }
  gluino::io::write_idx(path, labels);
  const Server mistaken({"--data", mnist.folder.path()});
  Page page(browser(), mistaken.address());
  page.gallery();
  page.click("#tab-mistakes");
  const Json names = page.gallery();
  ASSERT_GE(names.size(), 9U);
  int right = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    page.click("#samples button:nth-child(" + std::to_string(i + 1) + ")");
    // None where the network is not sure.
    const std::string read = page.reads(), said = names[i];
    if (read.empty()) continue;
    EXPECT_EQ(read, said.substr(said.size() - 1)) << said;
    ++right;
  }
  EXPECT_GE(right, 7);
}

TEST_F(Controls, TheGalleryIsWalkedByArrowKeys) {
  Page& page = open();
  page.gallery();
  page.value("document.querySelector('#samples button').focus()");
  page.press("ArrowRight");
  page.press("ArrowDown");
  page.press("ArrowUp");
  EXPECT_EQ(
      page.value(
          "[...document.querySelectorAll('#samples button')].indexOf(document.activeElement)"),
      1);
  page.press("Enter");
  const std::string name = page.value("document.activeElement.ariaLabel");
  EXPECT_EQ(page.reads(), name.substr(name.size() - 1));
  page.value("document.querySelector('#tab-samples').focus()");
  page.press("ArrowRight");
  EXPECT_EQ(page.value("document.activeElement.id + document.activeElement.ariaSelected"),
            "tab-mistakestrue");
}

TEST_F(Controls, CorrectionsAreKeptOnlyWhereAsked) {
  {
    Page& page = open();
    EXPECT_EQ(page.value("document.querySelector('#correct').checkVisibility()"), false);
    page.draw_digit(7, 0);
    page.press("7");
    EXPECT_EQ(page.reads(), "7");
  }
  TempFolder folder;
  const Server keeping({"--keep-corrections", folder.path()});
  Page page(browser(), keeping.address());
  page.draw_digit(7, 0);
  page.reads();
  page.click("#correct button:nth-child(2)");
  page.wait_for("find_text('#notice') === 'Kept as a one.'");
  EXPECT_TRUE(exists(folder / "1"));
  page.draw_digit(8, 0);
  page.reads();
  page.press("8");
  page.wait_for("find_text('#notice') === 'Kept as an eight.'");
  ASSERT_TRUE(exists(folder / "8"));
  const auto kept = std::filesystem::directory_iterator(folder / "8");
  EXPECT_EQ(read(kept->path().string()).substr(1, 3), "PNG");
}

TEST_F(Controls, OneOfSeveralNetworksIsChosen) {
  const SmallMnist mnist(1000);
  TempFolder folder;
  const auto train = [&](const std::string& net) {
    const Result result = run(words("train --epochs 6 --net " + net,
                                    {"--data", mnist.folder.path(), "--save", folder / net}));
    EXPECT_EQ(result.code, 0) << result.err;
  };
  train("mlp");
  train("lenet");
  Server two(
      {"--model", folder / "mlp", "--model", folder / "lenet", "--data", mnist.folder.path()});
  Page page(browser(), two.address());
  page.wait_for("document.querySelector('#model').checkVisibility()");
  EXPECT_EQ(page.value("document.querySelectorAll('#model option').length"), 2);
  page.gallery();
  // One that the network, which is a beginner, is sure of.
  const auto put_digit = [&] {
    for (int i = 1; i <= 60; ++i) {
      page.click("#samples button:nth-child(" + std::to_string(i) + ")");
      if (!page.reads().empty()) return;
    }
    FAIL() << "it is sure of none";
  };
  put_digit();
  constexpr const char* kLayers =
      "document.querySelectorAll('.inside figure:not([hidden])').length";
  EXPECT_EQ(page.value(kLayers), 1) << "no layer of an mlp has maps";
  page.value("document.querySelector('#model').focus()");
  page.press("ArrowDown");
  page.wait_for("document.querySelector('#model').selectedIndex === 1");
  put_digit();
  EXPECT_EQ(page.value(kLayers), 3);
}

}  // namespace
}  // namespace digits_test
