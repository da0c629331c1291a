#include <apps/digits/commands/command.h>
#include <apps/digits/console/console.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/console/suggest.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace digits {
namespace {

int end(Exit code, const std::string& message) {
  std::fprintf(stderr, "digits: %s\n", message.c_str());
  return static_cast<int>(code);
}

// What of the command line is neither a command nor one of the command's options.
std::string what_is_unknown(const CLI::App& program, const std::string& word) {
  const auto named = program.get_subcommands();
  // What stands before the command is not the command's.
  const bool is_before = !program.remaining(false).empty();
  const auto chosen = is_before ? std::vector<CLI::App*>() : named;
  const CLI::App& app = chosen.empty() ? program : *chosen.front();
  const std::string place = chosen.empty() ? "" : app.get_name() + ": ";
  if (word.starts_with('-')) {
    std::vector<std::string> options;
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    }
    const std::string name = word.substr(0, word.find('='));
    if (is_before && !named.empty() && named.front()->get_option_no_throw(name) != nullptr) {
      return gluino::str(name, " is an option of ", named.front()->get_name(),
                         "; expected it behind the command");
    }
    const std::string similar = nearest(name, options);
    // Half of the letters behind the dashes, at least, are the same.
    const bool is_similar = 2 * gluino::edit_distance(name, similar) + 2 <= name.size();
    return gluino::str(place, "there is no option ", name,
                       is_similar ? "; did you mean " + similar + "?" : "");
  }
  if (!chosen.empty()) {
    return gluino::str(place, "expected options, which begin with --, got '", word, "'");
  }
  std::vector<std::string> commands;
  for (const CLI::App* command : program.get_subcommands({})) {
    commands.push_back(command->get_name());
  }
  return gluino::str("there is no command '", word, "'; expected ", gluino::join(commands),
                     "; did you mean ", nearest(word, commands), "?");
}

// What CLI11 says, in our words.
std::string sentence(const CLI::ParseError& error) {
  const std::string said = error.what();
  // "--lr: At Most 1 required but received 2"
  constexpr std::string_view kTwice = ": At Most 1 required but received ";
  if (const std::size_t at = said.find(kTwice); at != std::string::npos) {
    return gluino::str(said.substr(0, at), ": expected it once, got it ",
                       said.substr(at + kTwice.size()), " times");
  }
  // "--lr: 1 required RATE missing"
  constexpr std::string_view kNothing = ": 1 required ";
  constexpr std::string_view kMissing = " missing";
  const std::size_t at = said.find(kNothing);
  if (at != std::string::npos && said.ends_with(kMissing)) {
    const std::size_t begin = at + kNothing.size();
    return gluino::str(said.substr(0, at), ": expected ",
                       said.substr(begin, said.size() - kMissing.size() - begin),
                       " behind it, got nothing");
  }
  // "Could not convert: --json = maybe"
  constexpr std::string_view kFlag = "Could not convert: ";
  constexpr std::string_view kIs = " = ";
  const std::size_t is = said.find(kIs);
  if (said.starts_with(kFlag) && is != std::string::npos) {
    return gluino::str(said.substr(kFlag.size(), is - kFlag.size()),
                       ": expected true, false or nothing behind it, got '",
                       said.substr(is + kIs.size()), "'");
  }
  return said;
}

int run(int argc, char** argv) {
  CLI::App program{"Trains networks that read handwritten digits, and tests them."};
  program.set_version_flag("--version", "digits " DIGITS_VERSION);
  program.require_subcommand(0, 1);
  const Command commands[] = {
      train_command(program),        evaluate_command(program), summary_command(program),
      plot_network_command(program), explain_command(program),  convert_command(program),
      verify_command(program),       serve_command(program),    predict_command(program),
      tune_command(program),         samples_command(program),  mistakes_command(program),
      report_command(program),
  };
  program.footer(
      "digits COMMAND --help lists the options of a command.\n"
      "Exit codes: 0 done, 1 failed, 2 wrong use, 3 data unusable, 4 model unusable, "
      "130 interrupted, 143 terminated.");
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    const int code = program.exit(asked);
    std::cout.flush();
    gluino::check(std::cout.good() || errno == EPIPE,
                  "standard output: expected to write the whole help, but ", std::strerror(errno));
    return code;
  } catch (const CLI::ParseError& error) {
    // An option that was mistyped and is then missing is mistyped.
    const std::vector<std::string> unknown = program.remaining(true);
    return end(Exit::wrong_use,
               unknown.empty() ? sentence(error) : what_is_unknown(program, unknown.front()));
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
    return digits::end(digits::interrupt::exit_code(), "interrupted");
  } catch (const digits::Failure& failure) {
    return digits::end(failure.code(), failure.what());
  } catch (const std::bad_alloc&) {
    return digits::end(Exit::failed, "expected more memory than there is");
  } catch (const std::exception& error) {
    return digits::end(Exit::failed, error.what());
  }
}
