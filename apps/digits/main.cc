#include <apps/digits/commands/command.h>
#include <apps/digits/console/console.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

namespace digits {
namespace {

int end(Exit code, const std::string& message) {
  std::fprintf(stderr, "digits: %s\n", message.c_str());
  return static_cast<int>(code);
}

int run(int argc, char** argv) {
  CLI::App program{"Trains networks that read handwritten digits, and tests them."};
  program.set_version_flag("--version", "digits " DIGITS_VERSION);
  program.require_subcommand(0, 1);
  const Command commands[] = {train_command(program),   evaluate_command(program),
                              summary_command(program), plot_network_command(program),
                              explain_command(program), convert_command(program)};
  program.footer(
      "digits COMMAND --help lists the options of a command.\n"
      "Exit codes: 0 done, 1 failed, 2 wrong use, 3 data unusable, 4 model unusable, "
      "130 interrupted.");
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return program.exit(asked);
  } catch (const CLI::ParseError& error) {
    return end(Exit::wrong_use, error.what());
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    command.run();
    finish_output();
    return static_cast<int>(Exit::done);
  }
  std::fputs(program.help().c_str(), stderr);
  return static_cast<int>(Exit::wrong_use);
}

}  // namespace
}  // namespace digits

int main(int argc, char** argv) {
  using digits::Exit;
  // CLI11 reads numbers by it.
  std::setlocale(LC_NUMERIC, "C");
  // A closed pipe and a limit on files are errors of write(), not reasons to die.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  digits::interrupt::install();
  try {
    return digits::run(argc, argv);
  } catch (const gluino::io::Interrupted&) {
    return digits::end(Exit::interrupted, "interrupted");
  } catch (const digits::Failure& failure) {
    return digits::end(failure.code(), failure.what());
  } catch (const std::bad_alloc&) {
    return digits::end(Exit::failed, "expected more memory than there is");
  } catch (const std::exception& error) {
    return digits::end(Exit::failed, error.what());
  }
}
