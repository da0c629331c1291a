#include <gluino/base/error.h>
#include <page/page.h>

namespace digits_test {
namespace {

std::string quoted(const std::string& text) { return Json(text).dump(); }

// The number of a key in events, which Chromium needs for those that do not write.
int key_code(const std::string& key) {
  static const std::map<std::string, int> kCodes = {
      {"Tab", 9},      {"Enter", 13},      {"Escape", 27},    {"ArrowLeft", 37},
      {"ArrowUp", 38}, {"ArrowRight", 39}, {"ArrowDown", 40}, {"Delete", 46}};
  const auto found = kCodes.find(key);
  if (found != kCodes.end()) return found->second;
  return std::toupper(static_cast<unsigned char>(key[0]));
}

}  // namespace

Page::Page(Chromium& browser, const std::string& address, const Screen& screen)
    : browser_(browser), address_(address) {
  context_ = browser.call("Target.createBrowserContext")["browserContextId"];
  const Json target =
      browser.call("Target.createTarget", {{"url", "about:blank"}, {"browserContextId", context_}});
  session_ = browser.call("Target.attachToTarget",
                          {{"targetId", target["targetId"]}, {"flatten", true}})["sessionId"];
  for (const char* told : {"Page.enable", "Runtime.enable", "Log.enable", "Network.enable"}) {
    call(told);
  }
  call("Emulation.setDeviceMetricsOverride", {{"width", screen.width},
                                              {"height", screen.height},
                                              {"deviceScaleFactor", screen.pixel_ratio},
                                              {"mobile", screen.has_touch}});
  call("Emulation.setTouchEmulationEnabled", {{"enabled", screen.has_touch}});
  prefer(screen);
  call("Page.addScriptToEvaluateOnNewDocument",
       {{"source", "const find_text = selector => document.querySelector(selector).textContent"}});
  call("Page.navigate", {{"url", address}});
  wait_for("document.querySelectorAll('#model option').length > 0");
}

Page::~Page() {
  try {
    browser_.call("Target.disposeBrowserContext", {{"browserContextId", context_}});
  } catch (const std::exception&) {  // the browser has ended, and the test has failed
  }
}

void Page::prefer(const Screen& screen) {
  const auto feature = [](const char* name, const char* value) {
    return Json{{"name", name}, {"value", value}};
  };
  Json features = Json::array();
  features.push_back(feature("prefers-color-scheme", screen.is_dark ? "dark" : "light"));
  features.push_back(
      feature("prefers-reduced-motion", screen.is_still ? "reduce" : "no-preference"));
  call("Emulation.setEmulatedMedia", {{"features", features}});
}

Json Page::call(const std::string& method, const Json& parameters) {
  return browser_.call(method, parameters, session_);
}

Json Page::value(const std::string& expression) {
  const Json answer =
      call("Runtime.evaluate",
           {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
  if (answer.contains("exceptionDetails")) {
    throw gluino::Error(expression + ": " + answer["exceptionDetails"].dump());
  }
  return answer["result"].value("value", Json());
}

void Page::wait_for(const std::string& expression) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (value("Boolean(" + expression + ")") != true) {
    if (std::chrono::steady_clock::now() > give_up) {
      throw gluino::Error("waited in vain for " + expression +
                          "; the page: " + value("document.body.innerText.slice(0, 900)").dump());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(4));
  }
}

Area Page::area(const std::string& selector) {
  const Json box = value(
      "(({x, y, width, height}) => ({x, y, width, height}))"
      "(document.querySelector(" +
      quoted(selector) + ").getBoundingClientRect())");
  return {box["x"], box["y"], box["width"], box["height"]};
}

void Page::stand_still(const std::string& selector) {
  value(
      "new Promise(done => { let before = '', same = 0; const look = () => { const now = "
      "JSON.stringify(document.querySelector(" +
      quoted(selector) +
      ").getBoundingClientRect()); same = now === before ? same + 1 : 0; before = now; "
      "same < 4 ? requestAnimationFrame(look) : done(); }; look(); })");
}

void Page::click(const std::string& selector) {
  stand_still(selector);
  value("document.querySelector(" + quoted(selector) +
        ").scrollIntoView({block: 'nearest', behavior: 'instant'})");
  stand_still(selector);
  const Point middle = area(selector).at(0.5, 0.5);
  draw(Stroke{middle});
}

void Page::press(const std::string& key, int modifiers) {
  for (const char* type : {"keyDown", "keyUp"}) {
    Json event = {{"type", type},
                  {"key", key},
                  {"modifiers", modifiers},
                  {"windowsVirtualKeyCode", key_code(key)}};
    if (key == "Enter") event["text"] = "\r";
    if (key.size() == 1 && modifiers == 0) event["text"] = key;
    call("Input.dispatchKeyEvent", event);
  }
}

std::int64_t Page::send_pointer(const std::string& type, const Point& at, Pointer pointer) {
  const bool is_down = type == "Pressed", is_up = type == "Released";
  if (pointer == Pointer::finger) {
    Json touches = Json::array();
    if (!is_up) touches.push_back({{"x", at.x}, {"y", at.y}});
    const char* name = is_down ? "touchStart" : is_up ? "touchEnd" : "touchMove";
    return browser_.send("Input.dispatchTouchEvent", {{"type", name}, {"touchPoints", touches}},
                         session_);
  }
  return browser_.send("Input.dispatchMouseEvent",
                       {{"type", "mouse" + type},
                        {"x", at.x},
                        {"y", at.y},
                        {"button", "left"},
                        {"buttons", is_up ? 0 : 1},
                        {"clickCount", 1},
                        {"force", 0.5},
                        {"pointerType", pointer == Pointer::pen ? "pen" : "mouse"}},
                       session_);
}

void Page::draw(const Stroke& stroke, Pointer pointer) {
  std::vector<std::int64_t> sent = {send_pointer("Pressed", stroke.front(), pointer)};
  for (const Point& point : stroke) sent.push_back(send_pointer("Moved", point, pointer));
  sent.push_back(send_pointer("Released", stroke.back(), pointer));
  for (const std::int64_t number : sent) browser_.answer(number);
}

void Page::draw(const std::vector<Stroke>& strokes, Pointer pointer) {
  for (const Stroke& stroke : strokes) draw(stroke, pointer);
}

void Page::draw_digit(int digit, int hand, double height, Point where, Pointer pointer) {
  click("#clear");
  const Area on = board();
  draw(placed(written(digit, hand), on.at(where.x, where.y), height * on.height), pointer);
}

Json Page::gallery() {
  wait_for("!find_text('#samples').includes('still being tested')");
  return value("[...document.querySelectorAll('#samples button')].map(button => button.ariaLabel)");
}

std::string Page::reads() {
  wait_for("document.querySelector('#reading').getAttribute('aria-busy') === 'false'");
  return value("[...document.querySelectorAll('.numeral')].map(all => all.dataset.digit).join('')");
}

std::vector<std::string> Page::complaints() {
  value("0");  // after which all that was told before has come
  std::vector<std::string> result;
  for (const Json& event : browser_.events()) {
    if (event.value("sessionId", "") != session_) continue;
    const std::string method = event["method"];
    const Json& about = event["params"];
    if (method == "Runtime.exceptionThrown") result.push_back(about.dump());
    if (method == "Runtime.consoleAPICalled") result.push_back(about["args"].dump());
    if (method == "Log.entryAdded") {
      const std::string text = about["entry"]["text"];
      // The tests look at pixels; the page does not.
      if (text.find("willReadFrequently") == std::string::npos) result.push_back(text);
    }
    if (method != "Network.requestWillBeSent") continue;
    const std::string url = about["request"]["url"];
    if (!url.starts_with(address_) && !url.starts_with("data:")) result.push_back(url);
  }
  return result;
}

void Page::save_screenshot(const std::string& path, bool whole_page) {
  const Json picture = call("Page.captureScreenshot", {{"captureBeyondViewport", whole_page}});
  const std::string text = picture["data"];
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    static const std::string kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (letter == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(kLetters.find(letter));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  gluino::write_file(path, bytes);
}

}  // namespace digits_test
