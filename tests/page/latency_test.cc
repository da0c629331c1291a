#include <page/on_the_page.h>

#include <algorithm>
#include <iostream>

// From the pen's last move to the answer that is shown, in the browser, with the server on the same
// machine.

namespace digits_test {
namespace {

using LatencyLong = OnThePage;

// Notes when a pointer is lifted, and how long afterwards the page, done with its drawing, shows
// its next frame.
constexpr const char* kStopwatch = R"((() => {
  window.waits = [];
  const reading = document.querySelector('#reading'), board = document.querySelector('#board');
  const isBusy = () => reading.getAttribute('aria-busy') === 'true';
  board.addEventListener('pointerup', () => {
    const begin = performance.now();
    const end = () => requestAnimationFrame(() => {
      const frame = new MessageChannel();
      frame.port1.onmessage = () => waits.push(performance.now() - begin);
      frame.port2.postMessage(0);
    });
    if (!isBusy()) return end();
    const watch = new MutationObserver(() => { if (!isBusy()) { watch.disconnect(); end(); } });
    watch.observe(reading, {attributes: true});
  });
})())";

TEST_F(LatencyLong, FromADrawingToItsAnswer) {
  constexpr int kDrawings = 100;
  Page& page = open();
  page.value(kStopwatch);
  int count = 0;
  while (count < kDrawings) {
    const int digit = count % 10;
    page.click("#clear");
    const Area on = page.board();
    for (const Stroke& stroke : placed(written(digit, 0), on.at(0.5, 0.5), 0.6 * on.height)) {
      page.draw(stroke);
      page.wait_for("waits.length === " + std::to_string(++count));
    }
  }
  std::vector<double> waits = page.value("waits");
  std::sort(waits.begin(), waits.end());
  const auto at = [&](double part) {
    return waits[static_cast<std::size_t>(part * static_cast<double>(waits.size() - 1))];
  };
  std::cout << "drawing to answer: median " << at(0.5) << " ms, 95th percentile " << at(0.95)
            << " ms, longest " << at(1) << " ms\n";
  RecordProperty("p95_ms", std::to_string(at(0.95)));
  // Generous, as other tests may run beside it; 50 ms is what it takes on a machine of its own.
  EXPECT_LT(at(0.95), 500);
}

}  // namespace
}  // namespace digits_test
