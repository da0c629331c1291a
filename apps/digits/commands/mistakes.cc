#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/commands/report_options.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/models/pretrained.h>
#include <apps/digits/reports/digit_pictures.h>
#include <apps/digits/reports/judgement.h>
#include <apps/digits/training/digit_data.h>
#include <gluino/base/parallel.h>
#include <gluino/viz/image_grid.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

namespace digits {
namespace {

using gluino::str;
using reports::Judgement;
using Json = nlohmann::ordered_json;

struct MistakesCommandOptions {
  std::string model;
  std::optional<int> epoch;
  std::string data;
  std::string part = "test";
  std::int64_t count = 40;
  std::string out = "mistakes.png";
  gluino::viz::GridOptions grid;
  int threads = 0;
  bool json = false;
};

// What came of one part of the data.
struct Section {
  gluino::viz::GridSection picture;
  /// "test digits: 99 of 10000 wrong"
  std::string caption;
  Json json;
};

Section section_of(Part part, Model& model, const gluino::gluon::data::vision::Digits& digits,
                   const MistakesCommandOptions& options) {
  const auto images = load_data(digits, part, model.images);
  const auto judgements = reports::judge(*model.net, images);
  const std::vector<Judgement> wrong = judgements.mistakes();
  const char* name = part == Part::train ? "training" : "test";
  Section section;
  section.caption = str(name, " digits: ", wrong.size(), " of ", images.size(), " wrong");
  const auto most = static_cast<std::size_t>(options.count);
  section.picture = {section.caption,
                     reports::with_titles(wrong, images, model.images.classes, most)};
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(wrong.size(), most); ++i) {
    list.push_back({{"index", wrong[i].index},
                    {"label", wrong[i].label},
                    {"digit", wrong[i].predicted},
                    {"probability", wrong[i].probability}});
  }
  section.json = {{"part", part == Part::train ? "train" : "test"},
                  {"samples", images.size()},
                  {"wrong", wrong.size()},
                  {"mistakes", list}};
  return section;
}

void run(const MistakesCommandOptions& options) {
  if (options.model.empty() && options.epoch) {
    throw Failure(Exit::wrong_use, "--epoch is one of a saved model; expected --model");
  }
  check_can_replace(options.out);
  gluino::set_num_threads(options.threads);
  Console console(Console::Volume::normal);
  Model model =
      options.model.empty() ? load_pretrained() : load_model(options.model, options.epoch);
  const auto digits = find_data(options.data, console);
  std::vector<gluino::viz::GridSection> pictures;
  Json parts = Json::array();
  bool has_any = false;
  for (const Part part : {Part::train, Part::test}) {
    if (options.part != "both" && (part == Part::train) != (options.part == "train")) continue;
    Section section = section_of(part, model, digits, options);
    console.say(section.caption);
    has_any = has_any || !section.picture.images.empty();
    pictures.push_back(std::move(section.picture));
    parts.push_back(std::move(section.json));
  }
  if (has_any) {
    gluino::viz::save_image_grid(options.out, pictures, options.grid);
    console.say("wrote " + options.out);
  } else {
    console.say("there is no mistake to draw");
  }
  if (!options.json) return;
  console.result(Json{{"file", has_any ? Json(options.out) : Json()}, {"parts", parts}}.dump());
}

}  // namespace

Command mistakes_command(CLI::App& program) {
  auto options = std::make_shared<MistakesCommandOptions>();
  CLI::App* app = program.add_subcommand(
      "mistakes", "Draw the digits that a network takes for others, the surest mistakes first");
  app->add_option(
         "--model", options->model,
         "the network, as evaluate --model reads it (default: the one that is part of this\n"
         "program)")
      ->type_name("PREFIX")
      ->check(not_empty("the prefix of a model's files"));
  add_epoch_option(*app, options->epoch);
  add_data_option(*app, options->data);
  add_part_option(*app, options->part, {"train", "test", "both"});
  add_count_option(*app, options->count, "how many mistakes of each part are drawn, at most");
  add_grid_options(*app, options->grid);
  add_picture_option(*app, options->out);
  add_threads_option(*app, options->threads);
  add_json_option(*app, options->json);
  return {app, [options] { run(*options); }};
}

}  // namespace digits
