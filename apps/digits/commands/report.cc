#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/commands/report_options.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/reports/digit_pictures.h>
#include <apps/digits/reports/report_page.h>
#include <apps/digits/training/digit_data.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/parallel.h>

#include <algorithm>
#include <memory>

namespace digits {
namespace {

using gluino::str;

constexpr std::size_t kMostFilters = 64;

struct ReportCommandOptions {
  std::string run;
  std::string model;
  std::string data;
  std::string out;
  std::int64_t mistakes = 60;
  int threads = 0;
};

std::int64_t count_parameters(const gluino::gluon::Block& net) {
  std::int64_t count = 0;
  for (const auto& parameter : net.collect_params()) count += parameter.shape().size();
  return count;
}

// What the model's file tells of a run that has no settings.json.
void add_what_is_known(reports::RunFolder& run, const Model& model) {
  if (!run.settings.empty() || !model.info) return;
  run.settings = {{"net", model.info->network.net},
                  {"activation", model.info->network.activation},
                  {"dataset", model.info->dataset},
                  {"epochs", str(model.info->epochs)},
                  {"seed", str(model.info->seed)}};
}

// The digits that the run was trained with; "" where nothing is said of them.
std::string data_of(const reports::RunFolder& run) {
  const auto found = std::find_if(run.settings.begin(), run.settings.end(),
                                  [](const auto& setting) { return setting.first == "data"; });
  return found == run.settings.end() ? "" : found->second;
}

void run(const ReportCommandOptions& options) {
  const std::string out = options.out.empty() ? options.run + "/report.html" : options.out;
  reports::RunFolder folder = reports::read_run(options.run, options.model);
  check_can_replace(out);
  gluino::set_num_threads(options.threads);
  Console console(Console::Volume::normal);
  Model model = load_model(folder.model);
  const auto digits = find_data(options.data.empty() ? data_of(folder) : options.data, console);
  const auto images = load_data(digits, Part::test, model.images);
  add_what_is_known(folder, model);
  const auto shape = images.get(0)[0].shape();
  reports::Judgements judgements = reports::judge(*model.net, images);
  gluino::write_file(
      out, reports::report_page(
               {.description = model.description,
                .parameters = count_parameters(*model.net),
                .run = std::move(folder),
                .source = data_name(digits),
                .images = images,
                .judgements = std::move(judgements),
                .class_names = model.images.classes,
                .filters = reports::first_filters(*model.net, {shape[0], shape[1]}, kMostFilters),
                .most_mistakes = static_cast<std::size_t>(options.mistakes)}));
  console.say("wrote " + out);
}

}  // namespace

Command report_command(CLI::App& program) {
  auto options = std::make_shared<ReportCommandOptions>();
  CLI::App* app = program.add_subcommand(
      "report", "Tell of a training in one HTML file: curves, confusion matrix, mistakes, filters");
  app->add_option(
         "--run", options->run,
         "the folder of a training: what train --run made, or any folder with a model and\n"
         "metrics.jsonl")
      ->type_name("DIR")
      ->required()
      ->check(not_empty("a folder"));
  app->add_option("--model", options->model,
                  "the name of the model in the folder (default: model, or the only one)")
      ->type_name("NAME")
      ->check(not_empty("a name"));
  add_data_option(*app, options->data);
  app->add_option("--out", options->out, "the file to write (default: report.html in the folder)")
      ->type_name("FILE.html")
      ->check(accepted_by([](const std::string& path) {
        gluino::check(path.ends_with(".html"), "expected a name that ends in .html, got '", path,
                      "'");
      }));
  app->add_option("--mistakes", options->mistakes,
                  str("how many mistakes are shown, at most (default: ", options->mistakes, ")"))
      ->type_name("N")
      ->check(whole_number(0, 1000));
  add_threads_option(*app, options->threads);
  return {app, [options] { run(*options); }};
}

}  // namespace digits
