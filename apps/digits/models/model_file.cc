#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/models/checkpoint.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/models/onnx_file.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>
#include <gluino/gluon/symbol_block.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>

#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

namespace digits {
namespace {

using gluino::check;
using gluino::str;

constexpr std::uint64_t kMaxJsonBytes = 1 << 20;
// Far more than any of the networks needs.
constexpr std::uint64_t kMaxParamsBytes = 1 << 30;

std::string json_path(const std::string& prefix) { return prefix + ".json"; }
std::string params_path(const std::string& prefix) { return prefix + ".params"; }
// Where parameters wait until PREFIX.json describes them.
std::string next_params_path(const std::string& prefix) { return prefix + ".params.next"; }

// Empty when there is no such file, or it cannot be read.
std::string read_or_nothing(const std::string& path) {
  try {
    return gluino::read_file(path, kMaxParamsBytes);
  } catch (const gluino::Error&) {
    return "";
  }
}

Description read_description(const std::string& prefix) {
  const std::string path = json_path(prefix);
  return parse_description(gluino::read_file(path, kMaxJsonBytes), path);
}

Model load_described(const std::string& prefix) {
  const std::string path = json_path(prefix);
  const Description description = read_description(prefix);
  const ModelInfo& info = description.info;
  auto net = make_described(info, path);

  const std::string params = described_params(prefix);
  net.load_parameters(params);
  const std::string found = checksum(gluino::read_file(params, kMaxParamsBytes));
  check(found == description.params_checksum, params, ": expected the parameters that ", path,
        " describes (", description.params_checksum, "), found others (", found, ")");
  return {.net = std::make_shared<gluino::gluon::nn::HybridSequential>(std::move(net)),
          .info = info,
          .description = in_words(info),
          .images = info.network.images};
}

// The variable of the graph that the file has no array for: the images.
std::string input_of(const gluino::Symbol& symbol, const std::string& params_file) {
  std::set<std::string> known;
  for (const auto& [name, array] : gluino::nd::load_dense(params_file)) known.insert(name);
  std::vector<std::string> inputs;
  for (const std::string& name : symbol.list_inputs()) {
    if (!known.contains("arg:" + name) && !known.contains("aux:" + name) && !known.contains(name)) {
      inputs.push_back(name);
    }
  }
  check(inputs.size() == 1, params_file,
        ": expected all arrays but one, that of the images, found ",
        inputs.empty() ? "none missing" : "these missing: " + gluino::join(inputs));
  return inputs[0];
}

// Throws Error unless the network gives a score per class for an image.
void check_reads(gluino::gluon::Block& net, const ImageKind& images, const std::string& path) {
  const auto scope = gluino::autograd::pause();
  gluino::Shape found;
  try {
    found = net(gluino::nd::zeros(shape_of_one(images))).shape();
  } catch (const gluino::Error& error) {
    gluino::fail(path, ": expected a network for images (N, 1, ", images.rows, ", ", images.columns,
                 "), but ", error.what());
  }
  check(found == gluino::Shape{1, images.num_classes()}, path,
        ": expected a network that gives (1, ", images.num_classes(),
        ") for an image, found one that gives ", found);
}

Model load_onnx_file(const std::string& path) {
  Model model = load_onnx(path);
  check_reads(*model.net, model.images, path);
  return model;
}

Model load_checkpoint(const std::string& prefix, const std::optional<int>& epoch) {
  const std::string path = symbol_path(prefix);
  const gluino::Symbol symbol = without_softmax(gluino::sym::load(path));
  const std::string params = checkpoint_path(prefix, find_epoch(prefix, epoch));
  auto net = std::make_shared<gluino::gluon::SymbolBlock>(
      symbol, std::vector<std::string>{input_of(symbol, params)});
  net->load_parameters(params);
  check_reads(*net, ImageKind{}, path);
  return {.net = net,
          .info = std::nullopt,
          .description = str("the network of ", path, " with ", params)};
}

// Gives parameters that PREFIX.json describes their name, which a killed process could not do.
void finish_saving(const std::string& prefix) {
  if (described_params(prefix) == params_path(prefix)) return;
  std::error_code error;
  std::filesystem::rename(next_params_path(prefix), params_path(prefix), error);
  check(!error, params_path(prefix), ": cannot be replaced: ", error.message());
}

}  // namespace

void check_can_save(const std::string& prefix) {
  const std::string name = std::filesystem::path(prefix).filename().string();
  if (name.empty() || name == "." || name == "..") {
    throw Failure(Exit::wrong_use,
                  prefix + ": expected a folder and the first part of a file name, found no name");
  }
  check_can_replace(json_path(prefix));
  check_can_replace(params_path(prefix));
}

void save_model(const std::string& prefix, const gluino::gluon::Block& net, const ModelInfo& info) {
  gluino::nd::NamedArrays arrays;
  for (const auto& [name, parameter] : net.structural_params()) {
    arrays.emplace_back(name, parameter.reduce());
  }
  const std::string params = gluino::nd::save_tobuffer(arrays);
  finish_saving(prefix);
  // Neither file takes its place before the disk has taken both. Until PREFIX.json is replaced the
  // old model is loaded, and from then on the new one.
  gluino::FileWriter params_file(next_params_path(prefix));
  gluino::FileWriter json_file(json_path(prefix));
  params_file.write(params);
  json_file.write(describe(info, params));
  params_file.commit();
  json_file.commit();
  finish_saving(prefix);
  // Where the parameters were the same as before, nothing had to take their place.
  std::error_code ignored;
  std::filesystem::remove(next_params_path(prefix), ignored);
}

std::string described_params(const std::string& prefix) {
  const std::string description = read_or_nothing(json_path(prefix));
  const auto fits = [&](const std::string& path) {
    return describes(description, read_or_nothing(path));
  };
  const bool only_next = !fits(params_path(prefix)) && fits(next_params_path(prefix));
  return only_next ? next_params_path(prefix) : params_path(prefix);
}

bool is_model(const std::string& prefix) {
  std::error_code error;
  return std::filesystem::exists(json_path(prefix), error);
}

std::string model_names(const std::string& prefix) {
  return str("the first part of the names ", json_path(prefix), " and ", params_path(prefix),
             ", or ", symbol_path(prefix), " and ", checkpoint_path(prefix, 1));
}

NetworkOptions read_network(const std::string& prefix) {
  return failing_with(Exit::model_unusable, [&] {
    const ModelInfo info = read_description(prefix).info;
    make_described(info, json_path(prefix));
    return info.network;
  });
}

Model load_model(const std::string& prefix, const std::optional<int>& epoch) {
  return failing_with(Exit::model_unusable, [&] {
    if (is_onnx_file(prefix)) {
      refuse_epoch(prefix, epoch);
      return load_onnx_file(prefix);
    }
    if (is_model(prefix)) {
      refuse_epoch(json_path(prefix), epoch);
      return load_described(prefix);
    }
    check(is_checkpoint(prefix), prefix, ": expected a file NAME.onnx, or ", model_names(prefix),
          "; found none of them");
    return load_checkpoint(prefix, epoch);
  });
}

}  // namespace digits
