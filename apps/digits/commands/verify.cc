#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/console.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/reports/verification.h>
#include <gluino/base/error.h>

#include <memory>
#include <string>
#include <vector>

namespace digits {
namespace {

// All files are looked at; the first that is broken decides how the program ends.
void run(const std::vector<std::string>& paths) {
  const interrupt::StopAtOnce scope;
  Console console(Console::Volume::normal);
  std::vector<Failure> failures;
  for (const std::string& path : paths) {
    try {
      console.result(path + ": " + verified(path));
    } catch (const Failure& failure) {
      failures.push_back(failure);
    }
  }
  if (failures.empty()) return;
  for (std::size_t i = 1; i < failures.size(); ++i) {
    console.warn(gluino::str("digits: ", failures[i].what()));
  }
  throw Failure(failures.front());
}

}  // namespace

Command verify_command(CLI::App& program) {
  auto paths = std::make_shared<std::vector<std::string>>();
  CLI::App* app = program.add_subcommand(
      "verify", "Say what files are, and whether they are whole: all kinds that digits writes");
  app->add_option(
         "FILE", *paths,
         "models (or their prefix), checkpoints, arrays (.params, .npz, .states), graphs\n"
         "(-symbol.json), ONNX, records (.rec, .idx), IDX, pictures, drawings, reports (.html),\n"
         "metrics (.jsonl), events for TensorBoard")
      ->type_name("...")
      ->required()
      ->check(not_empty("a file name"));
  return {app, [paths] { run(*paths); }};
}

}  // namespace digits
