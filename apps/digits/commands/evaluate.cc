#include <apps/digits/commands/command.h>
#include <apps/digits/commands/digit_model.h>
#include <apps/digits/commands/evaluate_robust.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/evaluation.h>
#include <apps/digits/training/report.h>
#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/base/text.h>
#include <gluino/graph/int8/quantize.h>
#include <gluino/ndarray/creation.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace digits {
namespace {

using gluino::str;

// Enough digits to know the ranges of a layer's values.
constexpr std::size_t kCalibrationBatches = 5;

struct EvaluateCommandOptions {
  std::string model;
  std::optional<int> epoch;
  std::string data;
  std::int64_t batch_size = 100;
  int threads = 0;
  bool int8 = false;
  std::string dtype = "float32";
  bool robust = false;
  std::int64_t robust_samples = kRobustSamples;
  bool json = false;
};

// The network with layers that multiply bytes, as the first digits of the training set tell.
gluino::FrozenGraph quantized(const gluino::FrozenGraph& network,
                              const gluino::gluon::data::vision::Digits& digits,
                              const ImageKind& kind) {
  const auto training_digits = load_data(digits, Part::train, kind);
  std::vector<std::vector<gluino::NDArray>> batches;
  for (const auto& [images, labels] : make_loader(training_digits, {.batch_size = 100})) {
    batches.push_back({images});
    if (batches.size() == kCalibrationBatches) break;
  }
  return gluino::quantize(network, batches);
}

std::string comparison_row(const char* name, const Evaluation& result) {
  return str(name, "  ", gluino::fixed(result.accuracy(), 4), "    ",
             static_cast<std::int64_t>(result.samples_per_second()), " digits per second\n");
}

// Pictures as people make them, instead of the test digits as they are.
void run_robust(const EvaluateCommandOptions& options) {
  if (options.int8) {
    throw Failure(Exit::wrong_use, "--robust tests the network as it is; it goes without --int8");
  }
  Console console(Console::Volume::normal);
  const Model model = digit_model(options.model, options.epoch);
  const auto digits = find_data(options.data, console);
  console.say(str("model: ", model.description));
  console.say(str("pictures made of the test digits of ", data_name(digits), "\n"));
  const auto results =
      evaluate_robust(model, load_data(digits, Part::test), options.robust_samples, console);
  console.say(robust_table(results));
  if (!options.json) return;
  nlohmann::ordered_json json = to_json(results);
  json["dataset"] = data_name(digits);
  json["model"] = model.description;
  console.result(json.dump());
}

void run(const EvaluateCommandOptions& options) {
  if (!options.robust && options.model.empty()) {
    throw Failure(Exit::wrong_use, "--model is required unless --robust is given");
  }
  if (options.int8 && options.dtype != "float32") {
    throw Failure(Exit::wrong_use,
                  "--int8 compares bytes with float32; it goes without --dtype " + options.dtype);
  }
  gluino::set_num_threads(options.threads);
  gluino::amp::init(gluino::parse_dtype(options.dtype));
  if (options.robust) return run_robust(options);
  Console console(Console::Volume::normal);
  Model model = load_model(options.model, options.epoch);
  const auto digits = find_data(options.data, console);
  const auto test_digits = load_data(digits, Part::test, model.images);
  const auto loader = make_loader(test_digits, {.batch_size = options.batch_size});

  console.say(str("model ", options.model, ": ", model.description));
  console.say(str("test digits: ", test_digits.size(), " of ", data_name(digits), "\n"));

  const auto begin = std::chrono::steady_clock::now();
  const auto network = model.net->freeze(gluino::nd::zeros(shape_of_one(model.images)));
  Evaluation result = evaluate(network, loader, gluino::cpu(0));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  const Evaluation floats = result;
  if (options.int8) {
    result = evaluate(quantized(network, digits, model.images), loader, gluino::cpu(0));
  }

  console.say(confusion_table(result, model.images.classes));
  console.say(str("\nmean loss ", gluino::fixed(result.loss(), 4)));
  if (options.int8) {
    console.say(str("\n         accuracy  the network alone\n", comparison_row("float32", floats),
                    comparison_row("int8   ", result)));
  }
  console.result(accuracy_line(result));
  if (!options.json) return;
  nlohmann::ordered_json json = to_json(result, model.images.classes);
  json["dataset"] = data_name(digits);
  json["model"] = model.description;
  if (model.info) {
    json["net"] = model.info->network.net;
    json["activation"] = model.info->network.activation;
  }
  json["seconds"] = time.count();
  json["samples_per_second"] = static_cast<double>(result.samples()) / time.count();
  json["network_samples_per_second"] = result.samples_per_second();
  if (options.int8) {
    json["float32"] = {{"test_accuracy", floats.accuracy()},
                       {"network_samples_per_second", floats.samples_per_second()}};
  }
  json["threads"] = gluino::num_threads();
  json["dtype"] = options.dtype;
  console.result(json.dump());
}

}  // namespace

Command evaluate_command(CLI::App& program) {
  auto options = std::make_shared<EvaluateCommandOptions>();
  CLI::App* app = program.add_subcommand(
      "evaluate", "Test a saved model: accuracy, precision and recall, confusion matrix");
  app->add_option(
         "--model", options->model,
         "the model PREFIX.params and PREFIX.json, as train --save wrote it, or else\n"
         "PREFIX-symbol.json and PREFIX-0001.params, as Gluon's export, Module and MXNet\n"
         "write them, or NAME.onnx (no default; with --robust, the network in this program)")
      ->type_name("PREFIX")
      ->check(not_empty("the prefix of a model's files"));
  add_epoch_option(*app, options->epoch);
  add_data_option(*app, options->data);
  add_batch_size_option(*app, options->batch_size);
  add_threads_option(*app, options->threads);
  app->add_flag("--int8", options->int8,
                "test the network with layers that multiply bytes, whose ranges 500 digits of the\n"
                "training set tell, beside that of floats (default: off)");
  CLI::Option* robust =
      app->add_flag("--robust", options->robust,
                    "test with pictures as people make them of the test digits: shifted, scaled,\n"
                    "inverted, photographed, several in a row, and more (default: off)");
  app->add_option("--robust-samples", options->robust_samples,
                  str("pictures of each of those kinds (default: ", options->robust_samples,
                      "; without digits\n", kRobustBlanks, " at most)"))
      ->type_name("N")
      ->check(whole_number(1, 1'000'000))
      ->needs(robust);
  add_dtype_option(*app, options->dtype);
  add_json_option(*app, options->json);
  return {app, [options] { run(*options); }};
}

}  // namespace digits
