#include <fcntl.h>
#include <gluino/base/error.h>
#include <page/chromium.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace digits_test {
namespace {

// Where the browser reads commands and writes answers, by its own convention.
constexpr int kCommands = 3;
constexpr int kAnswers = 4;

[[noreturn]] void become_chromium(const std::string& program, const std::string& profile,
                                  int socket) {
  // Beyond the two numbers first, one of which it may have.
  socket = ::fcntl(socket, F_DUPFD_CLOEXEC, 10);
  ::dup2(socket, kCommands);
  ::dup2(socket, kAnswers);
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  ::setpgid(0, 0);
  ::setenv("HOME", profile.c_str(), 1);
  const std::string data = "--user-data-dir=" + profile;
  ::execl(program.c_str(), program.c_str(), "--headless=new", "--remote-debugging-pipe",
          "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
          "--disable-extensions", "--disable-background-networking", "--disable-component-update",
          "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", data.c_str(),
          "about:blank", nullptr);
  ::_exit(127);
}

}  // namespace

std::string Chromium::program() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    for (const char* name : {"/chromium", "/chromium-browser", "/google-chrome"}) {
      if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
    }
  }
  return "";
}

Chromium::Chromium() {
  int ends[2];
  gluino::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "no sockets");
  const std::string found = program();
  pid_ = ::fork();
  if (pid_ == 0) become_chromium(found, profile_.path(), ends[1]);
  ::close(ends[1]);
  socket_ = ends[0];
}

Chromium::~Chromium() {
  try {
    send("Browser.close");
  } catch (const std::exception&) {  // it has ended
  }
  // So that all of its processes are done with the profile; otherwise they are made to be.
  for (int i = 0; i < 500 && ::waitpid(pid_, nullptr, WNOHANG) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::close(socket_);
}

std::int64_t Chromium::send(const std::string& method, const Json& parameters,
                            const std::string& session) {
  Json message = {{"id", ++sent_}, {"method", method}, {"params", parameters}};
  if (!session.empty()) message["sessionId"] = session;
  // A zero byte ends a message, in both directions.
  const std::string text = message.dump() + '\0';
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::send(socket_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    gluino::check(count > 0 || errno == EINTR, "the browser has ended");
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return sent_;
}

Json Chromium::receive() {
  for (;;) {
    const std::size_t end = received_.find('\0');
    if (end != std::string::npos) {
      Json message = Json::parse(received_.substr(0, end));
      received_.erase(0, end + 1);
      return message;
    }
    pollfd waiting{socket_, POLLIN, 0};
    gluino::check(::poll(&waiting, 1, 30'000) > 0, "the browser is silent");
    char bytes[1 << 16];
    const ssize_t count = ::read(socket_, bytes, sizeof bytes);
    gluino::check(count > 0, "the browser has ended");
    received_.append(bytes, static_cast<std::size_t>(count));
  }
}

Json Chromium::answer(std::int64_t number) {
  while (!answers_.contains(number)) {
    Json message = receive();
    if (message.contains("id")) {
      const std::int64_t answered = message["id"];
      answers_[answered] = std::move(message);
    } else {
      events_.push_back(std::move(message));
    }
  }
  const Json message = answers_.extract(number).mapped();
  if (message.contains("error")) throw gluino::Error("the browser: " + message["error"].dump());
  return message["result"];
}

}  // namespace digits_test
