#include <apps/digits/commands/options.h>
#include <apps/digits/commands/recipe.h>

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
    {"--non-digits", "0.1", [](TrainCommandOptions& o) { o.non_digits = 0.1; }},
    {"--epochs", "20", [](TrainCommandOptions& o) { o.training.epochs = 20; }},
    {"--batch-size", "100", [](TrainCommandOptions& o) { o.training.batch_size = 100; }},
    {"--wd", "0.0002", [](TrainCommandOptions& o) { o.optimizer.wd = 0.0002; }},
    {"--schedule", "cosine", [](TrainCommandOptions& o) { o.optimizer.schedule.name = "cosine"; }},
    {"--init", "msraprelu", [](TrainCommandOptions& o) { o.init = "msraprelu"; }},
};

}  // namespace

void add_recipe_option(CLI::App& app, std::string& target) {
  std::string all;
  for (const Setting& setting : kBest) {
    all += std::string(" ") + setting.option + (*setting.value != '\0' ? " " : "") + setting.value;
    if (all.size() - (all.find_last_of('\n') + 1) > 60) all += "\n";
  }
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
    text += std::string(" ") + setting.option + (*setting.value != '\0' ? " " : "") + setting.value;
  }
  return text;
}

}  // namespace digits
