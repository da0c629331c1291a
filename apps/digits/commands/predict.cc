#include <apps/digits/commands/command.h>
#include <apps/digits/commands/digit_model.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/bars.h>
#include <apps/digits/console/console.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/pictures/answer.h>
#include <apps/digits/pictures/read_picture.h>
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace digits {
namespace {

using gluino::str;

struct PredictCommandOptions {
  std::string model;
  std::optional<int> epoch;
  std::vector<std::string> images;
  std::optional<int> top;
  bool json = false;
  int threads = 0;
};

// Of several digits in a picture, so many classes are shown each unless told otherwise.
constexpr int kTopOfSeveral = 3;

// The classes with their probabilities: all in their order, or the likeliest first.
std::vector<Bar> bars_of(const DigitAnswer& digit, std::size_t top) {
  std::vector<std::size_t> order(digit.probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (top < order.size()) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return digit.probabilities[a] > digit.probabilities[b];
    });
    order.resize(top);
  }
  std::vector<Bar> bars;
  bars.reserve(order.size());
  for (const std::size_t each : order) {
    bars.push_back({.label = "  " + std::to_string(each),
                    .share = digit.probabilities[each],
                    .is_best = each == static_cast<std::size_t>(digit.digit)});
  }
  return bars;
}

class Prediction {
 public:
  explicit Prediction(const PredictCommandOptions& options)
      : options_(options),
        model_(digit_model(options.model, options.epoch)),
        network_(model_.net->freeze(gluino::nd::zeros({1, 1, kRows, kColumns}))) {}

  void run() {
    for (const std::string& image : options_.images) {
      interrupt::check();
      try {
        show(image, digits_in(image));
      } catch (const gluino::Error& error) {
        note(image, error.what());
      } catch (const std::bad_alloc&) {
        note(image, image + ": expected more memory than there is");
      }
    }
    if (errors_.empty()) return;
    for (std::size_t i = 0; i + 1 < errors_.size(); ++i) console_.warn("digits: " + errors_[i]);
    throw Failure(Exit::data_unusable, errors_.back());
  }

 private:
  std::vector<DigitAnswer> digits_in(const std::string& image) const {
    return answers(find_digits(read_picture_file(image)), network_);
  }

  void show(const std::string& image, const std::vector<DigitAnswer>& digits) {
    if (options_.json) {
      nlohmann::ordered_json line = {{"file", image}};
      line.update(answer_json(digits));
      say(line);
      return;
    }
    const std::string name = options_.images.size() > 1 ? image + ": " : "";
    console_.result(name + (digits.empty() ? "no digit" : text_of(digits)));
    const int all = static_cast<int>(digits.empty() ? 0 : digits[0].probabilities.size());
    const int top = options_.top.value_or(digits.size() > 1 ? kTopOfSeveral : all);
    for (const DigitAnswer& digit : digits) {
      if (digits.size() > 1) console_.result(heading(digit));
      for (const std::string& line :
           bar_lines(bars_of(digit, static_cast<std::size_t>(top)), look_)) {
        console_.result(line);
      }
    }
  }

  static std::string heading(const DigitAnswer& digit) {
    const Box& box = digit.box;
    return str("  ", digit.digit, " at (", box.x, ", ", box.y, "), ", box.width, " x ", box.height);
  }

  void note(const std::string& image, const std::string& error) {
    errors_.push_back(error);
    if (!options_.json) return;
    nlohmann::ordered_json line = {{"file", image}};
    line.update(answer_json({}));
    line["error"] = error;
    say(line);
  }

  // A file's name may be no UTF-8.
  void say(const nlohmann::ordered_json& line) {
    console_.result(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  }

  const PredictCommandOptions& options_;
  Console console_{Console::Volume::normal};
  Look look_ = Look::of_standard_output();
  Model model_;
  gluino::FrozenGraph network_;
  std::vector<std::string> errors_;
};

void run(const PredictCommandOptions& options) {
  const interrupt::StopAtOnce scope;
  gluino::set_num_threads(options.threads);
  Prediction(options).run();
}

}  // namespace

Command predict_command(CLI::App& program) {
  auto options = std::make_shared<PredictCommandOptions>();
  CLI::App* app = program.add_subcommand(
      "predict", "Read the digits in pictures: PNG, JPEG, PGM or BMP, of any size");
  app->add_option("IMAGE", options->images,
                  "pictures of a digit or of several in a row; - is standard input")
      ->type_name("")
      ->required()
      ->check(not_empty("a picture"));
  app->add_option(
         "--model", options->model,
         "the model PREFIX.params and PREFIX.json, as train --save wrote it, or a network\n"
         "of MXNet's files or of NAME.onnx, as evaluate takes (default: the network in this "
         "program)")
      ->type_name("PREFIX")
      ->check(not_empty("the prefix of a model's files"));
  add_epoch_option(*app, options->epoch);
  app->add_option("--top", options->top,
                  "show the N likeliest classes of each digit (default: all ten, or 3 where there\n"
                  "are several digits; with --json always all)")
      ->type_name("N")
      ->check(whole_number(0, 1'000'000));
  add_threads_option(*app, options->threads);
  app->add_flag("--json", options->json,
                "write a JSON object for each picture, a line each: file, text, digits with their\n"
                "probabilities and boxes, and error where it cannot be read (default: off)");
  return {app, [options] { run(*options); }};
}

}  // namespace digits
