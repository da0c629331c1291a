#include <apps/digits/commands/options.h>
#include <apps/digits/models/networks.h>
#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/gluon/nn/basic_layers.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>

namespace digits {
namespace {

using gluino::str;

constexpr std::int64_t kMaxBatchSize = 1'000'000;
constexpr int kMaxThreads = 1024;

template <class T>
bool parse(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  return result.ec == std::errc() && result.ptr == end;
}

// The second argument of a CLI::Validator would stand in the help; the descriptions say it better.
CLI::Validator validator(std::function<std::string(std::string&)> function) {
  return CLI::Validator(std::move(function), "");
}

}  // namespace

CLI::Validator whole_number(std::int64_t low, std::int64_t high) {
  return validator([low, high](std::string& text) -> std::string {
    std::int64_t value = 0;
    if (parse(text, value) && value >= low && value <= high) return "";
    return str("expected a whole number from ", low, " to ", high, ", got '", text, "'");
  });
}

CLI::Validator real_number(double low, double high, Low low_is) {
  return validator([low, high, low_is](std::string& text) -> std::string {
    double value = 0;
    const bool fits = parse(text, value) && std::isfinite(value) && value <= high &&
                      (low_is == Low::included ? value >= low : value > low);
    if (fits) return "";
    return str("expected a number ", low_is == Low::included ? "from " : "above ", low,
               low_is == Low::included ? " to " : ", at most ", high, ", got '", text, "'");
  });
}

CLI::Validator one_of(std::vector<std::string> choices) {
  return validator([choices = std::move(choices)](std::string& text) -> std::string {
    if (std::find(choices.begin(), choices.end(), text) != choices.end()) return "";
    std::string list;
    for (const std::string& choice : choices) list += (list.empty() ? "" : " or ") + choice;
    return str("expected ", list, ", got '", text, "'");
  });
}

CLI::Validator not_empty(std::string what) {
  return validator([what = std::move(what)](std::string& text) -> std::string {
    return text.empty() ? str("expected ", what, ", got an empty text") : "";
  });
}

CLI::Validator accepted_by(std::function<void(const std::string&)> make) {
  return validator([make = std::move(make)](std::string& text) -> std::string {
    try {
      make(text);
      return "";
    } catch (const gluino::Error& error) {
      return error.what();
    }
  });
}

void add_data_option(CLI::App& app, std::string& target) {
  app.add_option(
         "--data", target,
         "where the digits come from: a folder with MNIST's four files, or with those of\n"
         "another set of grey images and labels, such as Fashion-MNIST (FOLDER/NAME for one\n"
         "of several: data/emnist-letters); mnist: the folder ~/.mxnet/datasets/mnist (or\n"
         "$MXNET_HOME/datasets/mnist), downloaded if need be; synthetic: SyntheticDigits,\n"
         "drawn by this program (default: mnist, or synthetic if MNIST cannot be had)")
      ->type_name("DIR|mnist|synthetic")
      ->check(not_empty("a folder, mnist or synthetic"));
}

void add_batch_size_option(CLI::App& app, std::int64_t& target) {
  app.add_option("--batch-size", target, str("digits per batch (default: ", target, ")"))
      ->type_name("N")
      ->check(whole_number(1, kMaxBatchSize));
}

void add_threads_option(CLI::App& app, int& target) {
  app.add_option("--threads", target,
                 "threads to compute with; the results are the same for any number\n"
                 "(default: $GLUINO_NUM_THREADS if set, else one per processor)")
      ->type_name("N")
      ->check(whole_number(1, kMaxThreads));
}

void add_dtype_option(CLI::App& app, std::string& target) {
  app.add_option(
         "--dtype", target,
         str("what products are computed in: bfloat16 is faster where the processor has AMX or\n"
             "AVX512-BF16, and rounds; weights stay float32 (default: ",
             target, ")"))
      ->type_name("float32|bfloat16")
      ->check(one_of({"float32", "bfloat16"}))
      ->check(accepted_by(
          [](const std::string& name) { gluino::amp::Scope{gluino::parse_dtype(name)}; }));
}

void add_json_option(CLI::App& app, bool& target) {
  app.add_flag("--json", target,
               "make the last line of standard output one JSON object (default: off)");
}

void add_epoch_option(CLI::App& app, std::optional<int>& target) {
  app.add_option(
         "--epoch", target,
         "which of the files PREFIX-0001.params, PREFIX-0002.params, ... of a network with\n"
         "PREFIX-symbol.json (default: the last)")
      ->type_name("N")
      ->check(whole_number(0, std::numeric_limits<int>::max()));
}

void add_activation_option(CLI::App& app, std::string& target) {
  app.add_option(
         "--activation", target,
         "relu, sigmoid, tanh, softrelu, softsign, log_sigmoid or mish, behind every layer but\n"
         "the last (default: tanh for lenet, else relu)")
      ->type_name("NAME")
      ->check(accepted_by([](const std::string& name) { gluino::gluon::nn::Activation{name}; }));
}

void add_network_options(CLI::App& app, std::string& net, std::string& activation) {
  app.add_option(
         "--net", net,
         str("the network: mlp, a perceptron with layers of 128, 64 and 10; lenet, two\n"
             "convolutions and two dense layers; cnn, four convolutions with batch norm and\n"
             "two dense layers; resnet20, nine residual blocks (default: ",
             net, ")"))
      ->type_name("mlp|lenet|cnn|resnet20")
      ->check(one_of(network_names()));
  add_activation_option(app, activation);
}

}  // namespace digits
