#include <apps/digits/tuning/trial_process.h>
#include <fcntl.h>
#include <gluino/base/error.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace digits::tuning {
namespace {

constexpr int kCouldNotStart = 127;
constexpr int kSignalled = 128;

struct Descriptor {
  explicit Descriptor(const char* path, int flags) : number(::open(path, flags | O_CLOEXEC, 0666)) {
    gluino::check(number >= 0, path, ": ", std::strerror(errno));
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number); }
  int number;
};

// What happens in the child: only what is allowed between fork and exec.
[[noreturn]] void become(char* const* arguments, const char* program, int input, int output,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have gone before that was set.
  if (::getppid() != parent) ::_exit(kCouldNotStart);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(program, arguments);
  ::_exit(kCouldNotStart);
}

}  // namespace

TrialProcess::TrialProcess(const Options& options) {
  std::vector<std::string> all = {"digits"};
  all.insert(all.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(all.size() + 1);
  for (std::string& argument : all) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  const Descriptor input("/dev/null", O_RDONLY);
  const Descriptor output(options.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    become(pointers.data(), options.program.c_str(), input.number, output.number, parent);
  }
  gluino::check(pid_ > 0, "expected to start a process, but ", std::strerror(errno));
}

TrialProcess::~TrialProcess() {
  if (code_) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<int> TrialProcess::poll() {
  int status = 0;
  if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
  }
  return code_;
}

double TrialProcess::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

}  // namespace digits::tuning
