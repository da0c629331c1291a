#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <serving/server_process.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <sstream>

namespace {

// The first line that comes from the descriptor.
std::string read_line(int from) {
  std::string line;
  for (char c = 0; ::read(from, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> command) {
  command.insert(command.end(), {"--port", "0"});
  std::vector<char*> pointers;
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int ends[2];
  gluino::check(::pipe(ends) == 0, "no pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  const std::string line = read_line(ends[0]);
  ::close(ends[0]);
  const std::size_t at = line.rfind(':');
  const char* begin = line.data() + (at == std::string::npos ? line.size() : at + 1);
  const auto result = std::from_chars(begin, line.data() + line.size(), port_);
  gluino::check(result.ec == std::errc(), command[0], ": expected 'listening on ...', found '",
                line, "'");
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) end();
}

double ServerProcess::memory() const {
  std::istringstream in(gluino::read_file(gluino::str("/proc/", pid_, "/statm")));
  double all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double ServerProcess::processor_seconds() const {
  const std::string stat = gluino::read_file(gluino::str("/proc/", pid_, "/stat"));
  std::istringstream in(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) in >> skipped;
  double user = 0, system = 0;
  in >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

int ServerProcess::end() {
  ::kill(pid_, SIGTERM);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
