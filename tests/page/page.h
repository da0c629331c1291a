#pragma once

#include <page/chromium.h>
#include <page/hand.h>

#include <string>
#include <vector>

namespace digits_test {

struct Screen {
  int width = 1280;
  int height = 800;
  double pixel_ratio = 1;
  bool has_touch = false;
  bool is_dark = false;
  bool is_still = false;  // prefers-reduced-motion
};

/// Mostly the whole board, in CSS pixels of the window.
struct Area {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  /// The place at parts of its width and height.
  Point at(double across, double down) const { return {x + across * width, y + down * height}; }
};

enum class Pointer { mouse, pen, finger };

/// A tab that shows our page. What people do is done by real events of mouse and finger; what they
/// see is asked by JavaScript.
class Page {
 public:
  /// Opens the page, and waits until it has met the server.
  Page(Chromium& browser, const std::string& address, const Screen& screen = {});
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  ~Page();

  /// The value of an expression. Throws Error with JavaScript's where it throws.
  Json value(const std::string& expression);
  /// Waits until an expression is true; throws Error with what the page says when it takes half a
  /// minute.
  void wait_for(const std::string& expression);
  /// `value(...)` of DevTools' own commands for this tab.
  Json call(const std::string& method, const Json& parameters = Json::object());

  /// Takes colours and motion from there.
  void prefer(const Screen& screen);

  /// Waits until an element stays where it is: scrolling takes a while.
  void stand_still(const std::string& selector);
  Area area(const std::string& selector);
  Area board() {
    stand_still("#board");
    return area("#board");
  }
  /// Clicks with the mouse onto the middle of an element, which is scrolled into sight.
  void click(const std::string& selector);
  /// A key by its DOM name, "Enter" or "7"; `modifiers`: 2 for Ctrl.
  void press(const std::string& key, int modifiers = 0);
  /// Puts the pointer down, moves it along, and lifts it, as fast as the browser takes it.
  void draw(const Stroke& stroke, Pointer pointer = Pointer::mouse);
  void draw(const std::vector<Stroke>& strokes, Pointer pointer = Pointer::mouse);
  /// Draws a digit on a cleared board, of that height as a part of the board's.
  void draw_digit(int digit, int hand, double height = 0.62, Point where = {0.5, 0.5},
                  Pointer pointer = Pointer::mouse);

  /// The names of the gallery's pictures, once they are there.
  Json gallery();
  /// What the page reads on the board, once it is done: "90210", or "".
  std::string reads();
  /// What it tells those who listen.
  std::string says() { return value("find_text('#answer')"); }

  /// Errors and warnings in its console, and requests to other places than its own.
  std::vector<std::string> complaints();
  /// The window as PNG, to a file.
  void save_screenshot(const std::string& path, bool whole_page = false);

 private:
  std::int64_t send_pointer(const std::string& type, const Point& at, Pointer pointer);

  Chromium& browser_;
  std::string address_;
  std::string context_;
  std::string session_;
};

}  // namespace digits_test
