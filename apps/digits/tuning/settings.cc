#include <apps/digits/console/failure.h>
#include <apps/digits/tuning/settings.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <set>
#include <utility>

namespace digits::tuning {
namespace {

constexpr std::int64_t kMostTrials = 100'000;
constexpr std::int64_t kMostEpochs = 1'000'000;
// After so many repetitions in a row a space counts as exhausted.
constexpr int kMostRepetitions = 1000;

constexpr std::array<WholeSetting, 5> kWholeSettings = {{
    {"trials", &Settings::trials, 1, kMostTrials,
     "at most how many settings are tried (default: 20; with grid all)"},
    {"seed", &Settings::seed, 0, std::numeric_limits<std::int32_t>::max(),
     "governs which settings are tried; --param seed=1,2,3 is the seed of training"},
    {"epochs", &Settings::epochs, 1, kMostEpochs,
     "passes over the training digits for each trial; with asha on the highest rung"},
    {"min-epochs", &Settings::min_epochs, 1, kMostEpochs,
     "with asha: on the lowest rung, at least"},
    {"eta", &Settings::eta, 2, 100,
     "with asha: one of so many trials is promoted to the next rung, which has so many\ntimes the "
     "epochs"},
}};

std::vector<Values> propose_at_random(const Settings& settings) {
  const std::int64_t count = settings.trials == 0 ? kUsualTrials : settings.trials;
  // The standard fixes what this engine yields, so the trials are the same everywhere.
  std::mt19937_64 engine(static_cast<std::uint64_t>(settings.seed));
  std::set<Values> seen;
  std::vector<Values> trials;
  for (int repetitions = 0; std::ssize(trials) < count;) {
    Values values;
    for (const Parameter& parameter : settings.space) {
      values.push_back(value_at(parameter, static_cast<double>(engine() >> 11) * 0x1p-53));
    }
    if (seen.insert(values).second) {
      trials.push_back(std::move(values));
      repetitions = 0;
    } else if (++repetitions == kMostRepetitions) {
      break;
    }
  }
  return trials;
}

std::vector<Values> propose_grid(const Settings& settings) {
  std::vector<Values> trials(1);
  for (const Parameter& parameter : settings.space) {
    const auto values = grid_values(parameter);
    if (trials.size() * values.size() > kMostTrials) {
      throw Failure(Exit::wrong_use,
                    gluino::str("expected a grid of at most ", kMostTrials,
                                " combinations, got more; --method random takes some of them"));
    }
    std::vector<Values> longer;
    for (const Values& trial : trials) {
      for (const std::string& value : values) {
        longer.push_back(trial);
        longer.back().push_back(value);
      }
    }
    trials = std::move(longer);
  }
  if (settings.trials != 0 && std::ssize(trials) > settings.trials) {
    trials.resize(static_cast<std::size_t>(settings.trials));
  }
  return trials;
}

}  // namespace

std::span<const WholeSetting> whole_settings() { return kWholeSettings; }

std::span<const WordSetting> word_settings() {
  static const std::array<WordSetting, 2> kWordSettings = {{
      {"method",
       &Settings::method,
       {"random", "grid", "asha"},
       "random; grid: every combination; asha: successive halving, in which many settings\nare "
       "trained shortly and the best of them longer"},
      {"metric",
       &Settings::metric,
       {"validation_accuracy", "validation_loss"},
       "what the best is found by, after the last epoch"},
  }};
  return kWordSettings;
}

std::vector<std::int64_t> rungs(const Settings& settings) {
  std::vector<std::int64_t> all = {settings.epochs};
  if (settings.method != "asha") return all;
  for (std::int64_t epochs = settings.epochs / settings.eta;
       epochs >= std::max<std::int64_t>(settings.min_epochs, 1); epochs /= settings.eta) {
    all.push_back(epochs);
  }
  std::reverse(all.begin(), all.end());
  return all;
}

std::vector<Values> propose(const Settings& settings) {
  return settings.method == "grid" ? propose_grid(settings) : propose_at_random(settings);
}

nlohmann::ordered_json to_json(const Settings& settings) {
  nlohmann::ordered_json json;
  for (const WordSetting& word : word_settings()) json[word.name] = settings.*word.field;
  for (const WholeSetting& whole : whole_settings()) json[whole.name] = settings.*whole.field;
  json["parameters"] = to_json(settings.space);
  return json;
}

Settings settings_from_json(const nlohmann::ordered_json& json) {
  Settings settings;
  for (const WordSetting& word : word_settings()) {
    std::string& text = json.at(word.name).get_to(settings.*word.field);
    gluino::check(std::find(word.words.begin(), word.words.end(), text) != word.words.end(),
                  word.name, ": expected ", gluino::join(word.words, " or "), ", found ", text);
  }
  for (const WholeSetting& whole : whole_settings()) {
    const std::int64_t number = json.at(whole.name).get_to(settings.*whole.field);
    // Without a number of trials there are as many as are usual.
    const bool is_open = whole.field == &Settings::trials && number == 0;
    gluino::check(is_open || (number >= whole.low && number <= whole.high), whole.name,
                  ": expected a whole number from ", whole.low, " to ", whole.high, ", found ",
                  number);
  }
  settings.space = space_from_json(json.at("parameters"));
  return settings;
}

}  // namespace digits::tuning
