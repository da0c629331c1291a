#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/console.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/models/networks.h>
#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/random/random.h>

#include <memory>

namespace digits {
namespace {

constexpr int kMostRuns = 10000;

struct ExplainCommandOptions {
  NetworkOptions network;
  gluino::ExplainOptions explain;
  std::int64_t batch_size = 100;
  int threads = 0;
  std::string dtype = "float32";
};

void run(const ExplainCommandOptions& options) {
  const interrupt::StopAtOnce scope;
  gluino::set_num_threads(options.threads);
  gluino::amp::init(gluino::parse_dtype(options.dtype));
  auto net = make_network(options.network);
  net.initialize();
  // What is in the images changes no step, but zeros would be faster than any digit.
  const auto images =
      gluino::nd::random::uniform({.shape = {options.batch_size, 1, kRows, kColumns}});
  Console(Console::Volume::normal).result(net.explain(images, options.explain));
}

}  // namespace

Command explain_command(CLI::App& program) {
  auto options = std::make_shared<ExplainCommandOptions>();
  CLI::App* app = program.add_subcommand(
      "explain", "Show the steps of a compiled network, their kernels and their times");
  add_network_options(*app, options->network.net, options->network.activation);
  app->add_flag("--train", options->explain.train,
                "explain a step of training, with the gradient, as far as the scores; else what\n"
                "evaluating computes (default: off)");
  add_batch_size_option(*app, options->batch_size);
  app->add_option("--runs", options->explain.runs,
                  gluino::str("runs of which the median time is shown (default: ",
                              options->explain.runs, ")"))
      ->type_name("N")
      ->check(whole_number(1, kMostRuns));
  add_threads_option(*app, options->threads);
  add_dtype_option(*app, options->dtype);
  return {app, [options] { run(*options); }};
}

}  // namespace digits
