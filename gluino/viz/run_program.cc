#include <fcntl.h>
#include <gluino/base/error.h>
#include <gluino/viz/run_program.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

namespace gluino::viz {
namespace {

using Clock = std::chrono::steady_clock;

// A file without a name that another process reads or writes in the place of a pipe: no end waits
// for the other.
class Scratch {
 public:
  Scratch() {
    const int file = ::memfd_create("gluino", MFD_CLOEXEC);
    // Beyond the numbers of the standard streams, which the child's take.
    descriptor_ = file < 0 ? -1 : ::fcntl(file, F_DUPFD_CLOEXEC, 3);
    if (file >= 0) ::close(file);
    check(descriptor_ >= 0, "plot_network: no memory for a picture: ", std::strerror(errno));
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { ::close(descriptor_); }

  int descriptor() const { return descriptor_; }
  std::size_t size() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
  }

  void write(const std::string& text) const {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count =
          ::pwrite(descriptor_, text.data() + done, text.size() - done, static_cast<off_t>(done));
      check(count > 0 || errno == EINTR,
            "plot_network: no memory for a picture: ", std::strerror(errno));
      if (count > 0) done += static_cast<std::size_t>(count);
    }
  }

  std::string read() const {
    std::string text(size(), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t count =
          ::pread(descriptor_, text.data() + done, text.size() - done, static_cast<off_t>(done));
      if (count == 0) break;
      check(count > 0 || errno == EINTR,
            "plot_network: the picture cannot be read: ", std::strerror(errno));
      if (count > 0) done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
  }

 private:
  int descriptor_;
};

// How posix_spawn prepares the child: streams, signals as they usually are, a group of its own, so
// that all it starts can be ended with it.
class Preparation {
 public:
  Preparation(const Scratch& in, const Scratch& out, const Scratch& err) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, in.descriptor(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, out.descriptor(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, err.descriptor(), STDERR_FILENO);
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;
  ~Preparation() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // 0 or the error's number.
  int spawn(pid_t& process, std::vector<std::string>& arguments) const {
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    return ::posix_spawnp(&process, pointers[0], &actions_, &attributes_, pointers.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A program that runs; ended with all it has started when the object goes.
class Process {
 public:
  Process(pid_t id, std::string name) : id_(id), name_(std::move(name)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (id_ < 0) return;
    ::kill(-id_, SIGKILL);
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  // True once it has ended; `code` is then its exit code.
  bool has_ended(int& code) {
    int status = 0;
    const pid_t ended = ::waitpid(id_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
    id_ = -1;
    // Where SIGCHLD is ignored, or a handler of it waits for all, nobody tells how it ended.
    const bool is_known = ended > 0;
    check(is_known || errno == ECHILD, name_,
          ": its end could not be waited for: ", std::strerror(errno));
    if (is_known) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  }

 private:
  pid_t id_;
  std::string name_;
};

}  // namespace

std::optional<RunResult> run_program(std::vector<std::string> arguments, const std::string& input,
                                     const RunLimits& limits) {
  const Scratch in;
  const Scratch out;
  const Scratch err;
  in.write(input);
  pid_t id = -1;
  const std::string name = arguments.at(0);
  const int error = Preparation(in, out, err).spawn(id, arguments);
  // PATH may name what is no folder.
  if (error == ENOENT || error == ENOTDIR) return std::nullopt;
  check(error == 0, name, ": cannot be run: ", std::strerror(error));
  Process process(id, name);
  RunResult result;
  const auto check_size = [&] {
    check(out.size() <= limits.output_bytes && err.size() <= limits.output_bytes, name,
          ": wrote more than ", limits.output_bytes, " bytes");
  };
  const auto begin = Clock::now();
  for (auto pause = std::chrono::milliseconds(1); !process.has_ended(result.code);
       pause = std::min(2 * pause, std::chrono::milliseconds(20))) {
    check(Clock::now() - begin < limits.time, name, ": took longer than ",
          std::chrono::duration<double>(limits.time).count(), " seconds and was ended");
    check(!limits.should_stop || !limits.should_stop(), name, ": was ended before it was done");
    check_size();
    std::this_thread::sleep_for(pause);
  }
  check_size();
  result.out = out.read();
  result.err = err.read();
  return result;
}

}  // namespace gluino::viz
