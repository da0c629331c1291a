#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/commands/report_options.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/training/digit_data.h>
#include <gluino/viz/image_grid.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <utility>

namespace digits {
namespace {

using gluino::str;

struct SamplesCommandOptions {
  std::string data;
  std::string part = "train";
  std::int64_t count = 10;
  std::string label;
  std::int64_t seed = 42;
  std::string out = "samples.png";
  gluino::viz::GridOptions grid{.columns = 10};
};

// The numbers from 0 on, as the seed mixes them: the same on every machine.
std::vector<std::int64_t> shuffled(std::int64_t count, std::int64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(static_cast<std::uint64_t>(seed));
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

std::vector<gluino::viz::GridImage> choose(const gluino::gluon::data::Dataset& digits,
                                           const ImageKind& kind,
                                           const SamplesCommandOptions& options) {
  std::vector<gluino::viz::GridImage> images;
  for (const std::int64_t i : shuffled(digits.size(), options.seed)) {
    if (std::ssize(images) == options.count) break;
    const auto sample = digits.get(i);
    const auto number = static_cast<std::size_t>(sample[1].to_vector<int>().front());
    const std::string& name = kind.classes[number];
    if (options.label.empty() || name == options.label) images.push_back({sample[0], name});
  }
  if (images.empty()) {
    throw Failure(Exit::data_unusable, str("expected images of class '", options.label,
                                           "', found none; the classes are ", class_list(kind)));
  }
  return images;
}

void run(const SamplesCommandOptions& options) {
  check_can_replace(options.out);
  Console console(Console::Volume::normal);
  const auto digits = find_data(options.data, console);
  const ImageKind kind = image_kind(digits);
  const auto part = load_data(digits, options.part == "train" ? Part::train : Part::test, kind);
  const auto images = choose(part, kind, options);
  gluino::viz::save_image_grid(options.out, images, options.grid);
  console.say(str("wrote ", options.out, ": ", images.size(),
                  shows_digits(kind) ? " digits of " : " images of ", data_name(digits)));
}

}  // namespace

Command samples_command(CLI::App& program) {
  auto options = std::make_shared<SamplesCommandOptions>();
  CLI::App* app = program.add_subcommand("samples", "Draw digits of a data set as one picture");
  add_data_option(*app, options->data);
  add_part_option(*app, options->part, {"train", "test"});
  add_count_option(*app, options->count, "how many digits are drawn");
  app->add_option("--label", options->label, "draw digits of that class only (default: all)")
      ->type_name("NAME")
      ->check(not_empty("the name of a class"));
  app->add_option(
         "--seed", options->seed,
         str("governs which digits are drawn, and in what order (default: ", options->seed, ")"))
      ->type_name("N")
      ->check(whole_number(0, std::numeric_limits<std::int32_t>::max()));
  add_grid_options(*app, options->grid);
  add_picture_option(*app, options->out);
  return {app, [options] { run(*options); }};
}

}  // namespace digits
