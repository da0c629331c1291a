#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/console.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/models/checkpoint.h>
#include <apps/digits/models/conversion.h>
#include <apps/digits/models/onnx_file.h>
#include <gluino/base/text.h>
#include <gluino/ndarray/creation.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace digits {
namespace {

using gluino::str;

struct ConvertCommandOptions {
  std::string in;
  std::string out;
  std::string to;
  std::string names = "same";
  NetworkOptions network{.net = ""};
  std::optional<int> epoch;
  bool force = false;
};

bool is_array_file(const std::string& path) {
  return path.ends_with(".params") || path.ends_with(".npz");
}

// OUT with the end that --to asks for.
std::string named_as(const std::string& out, const std::string& to) {
  if (to.empty() || to == "checkpoint") {
    const bool other = to == "checkpoint" && (is_array_file(out) || is_onnx_file(out));
    if (other) throw Failure(Exit::wrong_use, out + ": expected the prefix of a checkpoint");
    return out;
  }
  const std::string end = "." + to;
  if (out.ends_with(end)) return out;
  if (is_array_file(out) || is_onnx_file(out)) {
    throw Failure(Exit::wrong_use, out + ": expected a name that ends in " + end);
  }
  return out + end;
}

void check_may_write(const std::string& path, bool force) {
  check_can_replace(path);
  std::error_code error;
  if (!force && std::filesystem::exists(path, error)) {
    throw Failure(Exit::wrong_use,
                  path + ": expected a new name, found a file; --force replaces it");
  }
}

// The network of --net, or of the file beside the parameters, with their values.
gluino::gluon::nn::HybridSequential find_network(const ConvertCommandOptions& options,
                                                 const Parameters& parameters) {
  NetworkOptions network = options.network;
  if (network.net.empty()) {
    if (!parameters.network) {
      throw Failure(Exit::wrong_use, "--net: expected " + gluino::join(network_names(), " or ") +
                                         ", for the names that the arrays of " + parameters.path +
                                         " are to get, found none");
    }
    network = *parameters.network;
  }
  if (parameters.network) network.images = parameters.network->images;
  auto net = make_network(network);
  failing_with(Exit::model_unusable, [&] { fill(net, parameters); });
  return net;
}

// Returns what was written.
std::string write_arrays(const ConvertCommandOptions& options, const Parameters& parameters) {
  check_may_write(options.out, options.force);
  gluino::nd::NamedArrays arrays = parameters.arrays;
  if (options.names != "same") {
    const auto names = options.names == "structural" ? Names::structural : Names::prefixed;
    arrays = named_arrays(find_network(options, parameters), names);
  }
  if (!arrays.empty() && arrays[0].first.empty()) {
    std::vector<gluino::NDArray> list;
    for (const auto& [name, array] : arrays) list.push_back(array);
    gluino::nd::save(options.out, list);
  } else {
    gluino::nd::save(options.out, arrays);
  }
  return str(options.out, ": ", arrays.size(), " arrays");
}

// The graph that a file has, or that of the network, with its arrays.
struct Graph {
  gluino::Symbol symbol;
  gluino::nd::NamedArrays arrays;
  ImageKind images{};
};

Graph find_graph(const ConvertCommandOptions& options, const Parameters& parameters) {
  Graph graph{.symbol = {}, .arrays = parameters.arrays};
  if (parameters.network) graph.images = parameters.network->images;
  if (parameters.symbol && options.network.net.empty()) {
    graph.symbol = *parameters.symbol;
  } else {
    auto net = find_network(options, parameters);
    graph.symbol = net.to_symbol(gluino::nd::zeros(shape_of_one(graph.images)));
    graph.arrays = named_arrays(net, Names::prefixed);
  }
  graph.arrays = failing_with(Exit::model_unusable,
                              [&] { return checkpoint_arrays(graph.symbol, graph.arrays); });
  return graph;
}

std::string write_onnx(const ConvertCommandOptions& options, const Parameters& parameters) {
  check_may_write(options.out, options.force);
  const Graph graph = find_graph(options, parameters);
  failing_with(Exit::model_unusable,
               [&] { save_onnx(options.out, graph.symbol, graph.arrays, graph.images); });
  return str(options.out, ": ", graph.arrays.size(), " arrays");
}

std::string write_checkpoint(const ConvertCommandOptions& options, const Parameters& parameters) {
  const int epoch = parameters.epoch;
  check_may_write(symbol_path(options.out), options.force);
  check_may_write(checkpoint_path(options.out, epoch), options.force);
  const auto [symbol, arrays, images] = find_graph(options, parameters);
  save_checkpoint(options.out, epoch, symbol, arrays);
  return str(symbol_path(options.out), " and ", checkpoint_path(options.out, epoch), ": ",
             arrays.size(), " arrays");
}

void run(const ConvertCommandOptions& options) {
  const bool to_arrays = is_array_file(options.out);
  if (!to_arrays && options.names != "same") {
    throw Failure(Exit::wrong_use, "--names: expected OUT to be a file .params or .npz, found '" +
                                       options.out + "', whose names are those of its graph");
  }
  Console console(Console::Volume::normal);
  const Parameters parameters = failing_with(
      Exit::model_unusable, [&] { return read_parameters(options.in, options.epoch); });
  const auto write = to_arrays                   ? write_arrays
                     : is_onnx_file(options.out) ? write_onnx
                                                 : write_checkpoint;
  console.say("wrote " + write(options, parameters));
}

void add_names_options(CLI::App& app, ConvertCommandOptions& options) {
  app.add_option(
         "--names", options.names,
         "what the arrays of OUT.params or OUT.npz are called: same, as they are; structural,\n"
         "0.weight, for load_parameters; prefixed, LeNet_conv0_weight, as old files (default:\n"
         "same)")
      ->type_name("same|structural|prefixed")
      ->check(one_of({"same", "structural", "prefixed"}));
  app.add_option("--net", options.network.net,
                 "the network that the arrays belong to, where other names or a graph are wanted\n"
                 "(default: what stands beside IN)")
      ->type_name("NET")
      ->check(one_of(network_names()));
  add_activation_option(app, options.network.activation);
}

}  // namespace

Command convert_command(CLI::App& program) {
  auto options = std::make_shared<ConvertCommandOptions>();
  CLI::App* app = program.add_subcommand(
      "convert", "Write a network's parameters in another of MXNet's and Gluino's formats");
  app->add_option(
         "IN", options->in,
         "a file of arrays (.params of any MXNet, .npz), NAME.onnx, or the prefix of a model\n"
         "(PREFIX.params, PREFIX.json) or a checkpoint (PREFIX-symbol.json,\n"
         "PREFIX-0001.params)")
      ->type_name(" ")
      ->required()
      ->check(not_empty("a file or a prefix"));
  app->add_option(
         "OUT", options->out,
         "NAME.params, NAME.npz, NAME.onnx, which other runtimes read, or else the prefix of a\n"
         "checkpoint, as MXNet 1.x reads it")
      ->type_name(" ")
      ->required()
      ->check(not_empty("a file or a prefix"));
  app->add_option(
         "--to", options->to,
         "what OUT becomes: params, npz, onnx or checkpoint; its end is added where it is\n"
         "missing (default: what OUT ends in says it)")
      ->type_name("FORM")
      ->check(one_of({"params", "npz", "onnx", "checkpoint"}));
  add_names_options(*app, *options);
  add_epoch_option(*app, options->epoch);
  app->add_flag("--force", options->force, "replace files that are there already (default: off)");
  return {app, [options] {
            options->out = named_as(options->out, options->to);
            run(*options);
          }};
}

}  // namespace digits
