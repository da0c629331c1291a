#include <apps/digits/command.h>
#include <apps/digits/digit_data.h>
#include <apps/digits/evaluation.h>
#include <apps/digits/failure.h>
#include <apps/digits/model_file.h>
#include <apps/digits/options.h>
#include <apps/digits/report.h>
#include <gluino/base/parallel.h>

#include <chrono>
#include <memory>
#include <optional>

namespace digits {
namespace {

using gluino::str;

struct Options {
  std::string model;
  std::optional<int> epoch;
  std::string data;
  std::int64_t batch_size = 100;
  int threads = 0;
  bool json = false;
};

void run(const Options& options) {
  gluino::set_num_threads(options.threads);
  Console console(Console::Volume::normal);
  Model model = load_model(options.model, options.epoch);
  const auto digits = find_data(options.data, console);
  const auto test_digits = load_data(digits, Part::test);
  const auto loader = make_loader(test_digits, {.batch_size = options.batch_size});

  console.say(str("model ", options.model, ": ", model.description));
  console.say(str("test digits: ", test_digits.size(), " of ", digits.source, "\n"));

  const auto begin = std::chrono::steady_clock::now();
  const Evaluation result = evaluate(*model.net, loader, gluino::cpu(0));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;

  console.say(confusion_table(result));
  console.say(str("\nmean loss ", format_number(result.loss(), 4)));
  console.result(accuracy_line(result));
  if (!options.json) return;
  nlohmann::ordered_json json = to_json(result);
  json["dataset"] = digits.source;
  json["model"] = model.description;
  if (model.info) {
    json["net"] = model.info->network.net;
    json["activation"] = model.info->network.activation;
  }
  json["seconds"] = time.count();
  json["samples_per_second"] = static_cast<double>(result.samples()) / time.count();
  json["threads"] = gluino::num_threads();
  console.result(json.dump());
}

}  // namespace

Command evaluate_command(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* app = program.add_subcommand(
      "evaluate", "Test a saved model: accuracy, precision and recall, confusion matrix");
  app->add_option("--model", options->model,
                  "the model PREFIX.params and PREFIX.json, as train --save wrote it, or else\n"
                  "PREFIX-symbol.json and PREFIX-0001.params, as Gluon's export, Module and MXNet\n"
                  "write them (no default)")
      ->type_name("PREFIX")
      ->required()
      ->check(not_empty("the prefix of a model's files"));
  add_epoch_option(*app, options->epoch);
  add_data_option(*app, options->data);
  add_batch_size_option(*app, options->batch_size);
  add_threads_option(*app, options->threads);
  add_json_option(*app, options->json);
  return {app, [options] { run(*options); }};
}

}  // namespace digits
