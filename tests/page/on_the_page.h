#pragma once

#include <apps/program.h>
#include <page/page.h>

#include <memory>

namespace digits_test {

/// `digits serve`, on a free port unless told otherwise.
class Server {
 public:
  explicit Server(const std::vector<std::string>& options = {}, const std::string& port = "0")
      : program_(words("serve --port " + port, options)) {
    constexpr const char* kSaid = "listening on ";
    gluino::check(program_.says("\n") && program_.output().starts_with(kSaid),
                  "digits serve did not say where it listens");
    address_ = lines(program_.output()).front().substr(std::string(kSaid).size());
  }
  const std::string& address() const { return address_; }
  std::string port() const { return address_.substr(address_.rfind(':') + 1); }

 private:
  Program program_;
  std::string address_;
};

/// One browser and one server for all tests of a process. Each test ends with a console without
/// complaints, and has asked nobody but the server.
class OnThePage : public testing::Test {
 protected:
  void SetUp() override {
    if (Chromium::program().empty()) GTEST_SKIP() << "there is no chromium in PATH";
  }
  void TearDown() override {
    if (page_ == nullptr || HasFatalFailure()) return;
    EXPECT_EQ(page_->complaints(), std::vector<std::string>());
    page_.reset();
  }

  static Chromium& browser() {
    static Chromium browser;
    return browser;
  }
  static Server& server() {
    static const SmallMnist mnist;
    static Server server({"--data", mnist.folder.path()});
    return server;
  }
  Page& open(const Screen& screen = {}) {
    page_ = std::make_unique<Page>(browser(), server().address(), screen);
    return *page_;
  }

  std::unique_ptr<Page> page_;
};

inline constexpr Screen kPhone{.width = 360, .height = 740, .pixel_ratio = 2.5, .has_touch = true};

}  // namespace digits_test
