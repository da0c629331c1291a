#include <apps/digits/commands/train_options.h>
#include <apps/digits/commands/tune_checks.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/suggest.h>
#include <apps/digits/training/digit_data.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

namespace digits {
namespace {

using gluino::str;
using tuning::Parameter;
using tuning::Settings;

// Options of `digits train` that are none of a search's parameters, and why.
constexpr const char* kNoDifference = "it does not change the result";
constexpr const char* kNoEpochs = "fine-tuning measures nothing that trials are compared by";
constexpr const char* kOwnResume = "a search goes on by its own --resume";
constexpr std::array<std::pair<const char*, const char*>, 14> kOwnOptions = {{
    {"metrics-out", "the search reads the scores from there"},
    {"threads", "it does not change the result; see --parallel"},
    {"log", kNoDifference},
    {"json", kNoDifference},
    {"quiet", kNoDifference},
    {"tensorboard", kNoDifference},
    {"run", kNoDifference},
    {"save", "the command line at the end trains the best again, and --save keeps that"},
    {"checkpoint-every", kOwnResume},
    {"keep", kOwnResume},
    {"resume", kOwnResume},
    {"resume-or-begin", kOwnResume},
    {"finetune", kNoEpochs},
    {"model", kNoEpochs},
}};

// The share of the training digits that tells which trial is best.
constexpr const char* kValidationSplit = "--validation-split=0.1";

// Reads options as `digits train` does.
class TrainParser {
 public:
  TrainParser() { add_train_options(app_, options_); }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const CLI::Option* option : app_.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (name != "help") all.push_back(name);
      }
    }
    return all;
  }

  // Throws Failure when `digits train` would refuse the value.
  void check(const std::string& name, const std::string& value) {
    try {
      app_.parse(std::vector<std::string>{"--" + name + "=" + value});
    } catch (const CLI::ValidationError& error) {
      throw Failure(Exit::wrong_use, error.what());
    } catch (const CLI::ConversionError& error) {
      throw Failure(Exit::wrong_use, error.what());
    } catch (const CLI::ParseError&) {
      // That an option needs others is no reason to refuse it.
    }
  }

 private:
  CLI::App app_;
  TrainCommandOptions options_;
};

void check_name(const std::string& name, const Settings& settings, const TrainParser& parser) {
  std::vector<std::string> names = parser.names();
  for (const auto& [own, reason] : kOwnOptions) {
    if (name == own) {
      throw Failure(Exit::wrong_use, str(name, ": expected a parameter of training, but ", reason));
    }
    std::erase(names, own);
  }
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw Failure(Exit::wrong_use,
                  str("digits train has no option --", name, suggestion(name, names)));
  }
  if (name == "epochs" && settings.method == "asha") {
    throw Failure(Exit::wrong_use,
                  "epochs: expected other parameters, since asha itself trains the best for more "
                  "epochs than the others; --epochs says for how many at most");
  }
}

// Else the test digits would choose.
void check_share(const std::string& name, const std::string& value) {
  if (name != "validation-split") return;
  double share = 0;
  std::from_chars(value.data(), value.data() + value.size(), share);
  if (share > 0) return;
  throw Failure(
      Exit::wrong_use,
      str(name, ": expected a share above 0, by which trials are compared, got '", value, "'"));
}

}  // namespace

std::vector<std::string> validation_arguments(const tuning::Space& space) {
  if (tuning::has_parameter(space, "validation-split")) return {};
  return {kValidationSplit};
}

void check_space(const Settings& settings) {
  if (settings.space.empty()) {
    throw Failure(Exit::wrong_use,
                  "expected parameters to try, such as --param lr=log:0.001..1 --param "
                  "net=mlp,lenet, or a file with them, got none");
  }
  TrainParser parser;
  std::set<std::string> seen;
  for (const Parameter& parameter : settings.space) {
    check_name(parameter.name, settings, parser);
    if (!seen.insert(parameter.name).second) {
      throw Failure(Exit::wrong_use, parameter.name + ": expected each parameter once, got two");
    }
    for (const std::string& value : tuning::grid_values(parameter)) {
      parser.check(parameter.name, value);
      check_share(parameter.name, value);
    }
    // An option of whole numbers may take the ends of a range and nothing between them.
    constexpr double kSomewhere = 0.31;
    parser.check(parameter.name, tuning::value_at(parameter, kSomewhere));
  }
  // A grid may have more combinations than a search can hold.
  tuning::propose(settings);
}

void check_data(const tuning::Space& space, Console& console) {
  for (const Parameter& parameter : space) {
    if (parameter.name != "data") continue;
    for (const std::string& data : parameter.choices) {
      const auto digits = find_data(data, console);
      const ImageKind kind = image_kind(digits);
      for (const Part part : {Part::test, Part::train}) load_data(digits, part, kind);
    }
  }
}

}  // namespace digits
