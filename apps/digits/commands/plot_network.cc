#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/console.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/models/networks.h>
#include <gluino/ndarray/creation.h>
#include <gluino/viz/plot_network.h>

#include <memory>

namespace digits {
namespace {

using gluino::str;

struct PlotNetworkCommandOptions {
  NetworkOptions network;
  std::string model;
  std::string symbol;
  std::string output;
  bool shapes = false;
};

struct Drawn {
  gluino::Symbol symbol;
  ImageKind images{};
};

Drawn find_symbol(const PlotNetworkCommandOptions& options) {
  if (!options.symbol.empty()) {
    return {failing_with(Exit::model_unusable, [&] { return gluino::sym::load(options.symbol); })};
  }
  if (!options.model.empty()) {
    const Model model = load_model(options.model);
    return {model.net->to_symbol(gluino::nd::zeros(shape_of_one(model.images))), model.images};
  }
  auto net = make_network(options.network);
  net.initialize();
  return {net.to_symbol(gluino::nd::zeros(shape_of_one(ImageKind{})))};
}

void run(const PlotNetworkCommandOptions& options) {
  if (!options.output.empty()) check_can_replace(options.output);
  Console console(Console::Volume::normal);
  gluino::viz::PlotOptions plot;
  const auto [symbol, images] = find_symbol(options);
  if (options.shapes) plot.shape = {{"data", shape_of_one(images)}};
  const auto drawing = failing_with(Exit::model_unusable, [&, &graph = symbol] {
    return gluino::viz::plot_network(graph, plot);
  });
  if (options.output.empty()) {
    console.result(drawing.source());
    return;
  }
  console.say("wrote " + drawing.render(options.output));
}

// A file name with an ending that tells what to draw.
CLI::Validator drawing_name() {
  return accepted_by([](const std::string& path) {
    for (const char* ending : {".svg", ".png", ".pdf", ".dot", ".gv"}) {
      if (path.ends_with(ending)) return;
    }
    gluino::fail("expected a name that ends in .svg, .png, .pdf, .dot or .gv, got '", path, "'");
  });
}

}  // namespace

Command plot_network_command(CLI::App& program) {
  auto options = std::make_shared<PlotNetworkCommandOptions>();
  CLI::App* app = program.add_subcommand("plot-network", "Draw a network as a graph");
  add_network_options(*app, options->network.net, options->network.activation);
  auto* model = app->add_option("--model", options->model,
                                "draw the network of a model, as evaluate --model reads it\n"
                                "(default: draw --net)")
                    ->type_name("PREFIX")
                    ->check(not_empty("the prefix of a model's files"));
  auto* symbol = app->add_option("--symbol", options->symbol,
                                 "draw the network of a file of the symbolic interface\n"
                                 "(default: draw --net)")
                     ->type_name("NAME-symbol.json")
                     ->check(not_empty("a file name"));
  for (const char* option : {"--net", "--activation"}) {
    model->excludes(option);
    symbol->excludes(option);
  }
  model->excludes(symbol);
  app->add_option(
         "--output", options->output,
         "write the drawing to FILE, in the form that its ending tells: .svg, .png and\n"
         ".pdf need Graphviz's program dot, .dot and .gv do not (default: Graphviz's text\n"
         "on standard output)")
      ->type_name("FILE")
      ->check(drawing_name());
  app->add_flag("--shapes", options->shapes,
                "write the shape of what flows along each edge, for one image (default: off)");
  return {app, [options] { run(*options); }};
}

}  // namespace digits
