#include <apps/digits/commands/options.h>
#include <apps/digits/commands/report_options.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>

namespace digits {

using gluino::str;

void add_part_option(CLI::App& app, std::string& target, const std::vector<std::string>& choices) {
  app.add_option("--part", target,
                 str("the digits to train with or those to test with (default: ", target, ")"))
      ->type_name(gluino::join(choices, "|"))
      ->check(one_of(choices));
}

void add_count_option(CLI::App& app, std::int64_t& target, const std::string& what) {
  constexpr std::int64_t kMost = 10'000;
  app.add_option("--count", target, str(what, " (default: ", target, ")"))
      ->type_name("N")
      ->check(whole_number(1, kMost));
}

void add_grid_options(CLI::App& app, gluino::viz::GridOptions& target) {
  constexpr std::int64_t kMostColumns = 1000;
  constexpr std::int64_t kMostScale = 64;
  app.add_option("--columns", target.columns,
                 str("images in a row of the picture (default: ", target.columns, ")"))
      ->type_name("N")
      ->check(whole_number(1, kMostColumns));
  app.add_option(
         "--scale", target.scale,
         str("how many pixels wide a pixel of an image becomes (default: ", target.scale, ")"))
      ->type_name("N")
      ->check(whole_number(1, kMostScale));
}

void add_picture_option(CLI::App& app, std::string& target) {
  app.add_option("--out", target, str("the picture to write (default: ", target, ")"))
      ->type_name("FILE.png")
      ->check(accepted_by([](const std::string& path) {
        gluino::check(path.ends_with(".png"), "expected a name that ends in .png, got '", path,
                      "'");
      }));
}

}  // namespace digits
