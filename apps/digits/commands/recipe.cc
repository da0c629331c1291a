#include <apps/digits/commands/options.h>
#include <apps/digits/commands/recipe.h>
#include <gluino/base/error.h>

#include <utility>

namespace digits {
namespace {

struct Setting {
  const char* option;
  const char* value;
  void (*set)(TrainCommandOptions& options);
};

// Each setting once: what `make pretrained` trains with.
constexpr Setting kBest[] = {
    {"--net", "cnn", [](TrainCommandOptions& o) { o.network.net = "cnn"; }},
    {"--augment", "", [](TrainCommandOptions& o) { o.augment = true; }},
    {"--non-digits", "0.06", [](TrainCommandOptions& o) { o.non_digits = 0.06; }},
    {"--epochs", "12", [](TrainCommandOptions& o) { o.training.epochs = 12; }},
    {"--batch-size", "100", [](TrainCommandOptions& o) { o.training.batch_size = 100; }},
    {"--wd", "0.0002", [](TrainCommandOptions& o) { o.optimizer.wd = 0.0002; }},
    {"--schedule", "cosine", [](TrainCommandOptions& o) { o.optimizer.schedule.name = "cosine"; }},
    {"--init", "msraprelu", [](TrainCommandOptions& o) { o.init = "msraprelu"; }},
};

std::string in_words(const Setting& setting) {
  return gluino::str(setting.option, *setting.value != '\0' ? " " : "", setting.value);
}

}  // namespace

void add_recipe_option(CLI::App& app, std::string& target) {
  std::string all;
  std::string line;
  for (const Setting& setting : kBest) {
    constexpr std::size_t kWidth = 60;
    if (line.size() > kWidth) all += std::exchange(line, "") + "\n";
    line += (line.empty() ? "" : " ") + in_words(setting);
  }
  all += line;
  app.add_option("--recipe", target,
                 "settings that go well together, as those that the model in this program was\n"
                 "trained with; options beside it go before. best stands for\n" +
                     all + " (default: none)")
      ->type_name("best")
      ->check(one_of({"best"}));
}

std::string apply_recipe(const CLI::App& app, TrainCommandOptions& options) {
  if (options.recipe.empty()) return "";
  std::string text = "recipe " + options.recipe + ":";
  for (const Setting& setting : kBest) {
    if (app.count(setting.option) > 0) continue;
    setting.set(options);
    text += " " + in_words(setting);
  }
  return text;
}

}  // namespace digits
