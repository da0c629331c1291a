#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/console.h>
#include <apps/digits/models/networks.h>
#include <gluino/ndarray/creation.h>

#include <memory>

namespace digits {
namespace {

void run(const NetworkOptions& options) {
  auto net = make_network(options);
  net.initialize();
  Console console(Console::Volume::normal);
  console.result(net.summary(gluino::nd::zeros({1, 1, kRows, kColumns})));
}

}  // namespace

Command summary_command(CLI::App& program) {
  auto options = std::make_shared<NetworkOptions>();
  CLI::App* app = program.add_subcommand("summary", "Show the layers of a network");
  add_network_options(*app, options->net, options->activation);
  return {app, [options] { run(*options); }};
}

}  // namespace digits
