#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

namespace digits::interrupt {
namespace {

// What a signal handler may touch.
volatile std::sig_atomic_t was_requested = 0;
volatile std::sig_atomic_t stops_at_once = 0;

extern "C" void on_interrupt(int signal) {
  was_requested = signal;
  if (stops_at_once == 0) return;
  constexpr std::string_view kMessage = "\ndigits: interrupted\n";
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(static_cast<int>(exit_code()));
}

}  // namespace

void install() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  // System calls go on, and the second Ctrl-C finds the default action: to kill.
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool requested() { return was_requested != 0; }
Exit exit_code() { return was_requested == SIGTERM ? Exit::terminated : Exit::interrupted; }

void check() {
  if (requested()) throw gluino::io::Interrupted("interrupted");
}

StopAtOnce::StopAtOnce() {
  stops_at_once = 1;
  // One that came just before the flag was set must not get lost.
  if (requested()) {
    stops_at_once = 0;
    check();
  }
}

StopAtOnce::~StopAtOnce() { stops_at_once = 0; }

}  // namespace digits::interrupt
