#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/models/checkpoint.h>
#include <apps/digits/models/model_file.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/file.h>
#include <gluino/base/json_text.h>
#include <gluino/base/text.h>
#include <gluino/gluon/symbol_block.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

namespace digits {
namespace {

using gluino::check;
using gluino::str;
using Json = nlohmann::json;  // compares objects whatever the order of their fields

constexpr const char* kFormat = "gluino digits model";
constexpr int kVersion = 1;
constexpr std::uint64_t kMaxJsonBytes = 1 << 20;
// Far more than any of the networks needs.
constexpr std::uint64_t kMaxParamsBytes = 1 << 30;

std::string json_path(const std::string& prefix) { return prefix + ".json"; }
std::string params_path(const std::string& prefix) { return prefix + ".params"; }
// Where parameters wait until PREFIX.json describes them.
std::string next_params_path(const std::string& prefix) { return prefix + ".params.next"; }

// FNV-1a with 64 bits: tells whether the two files were saved together, not who saved them.
std::string checksum(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(hash >> shift) & 15];
  return "fnv1a64:" + text;
}

Json class_names() {
  Json names = Json::array();
  for (int digit = 0; digit < kClasses; ++digit) names.push_back(std::to_string(digit));
  return names;
}

Json input_format() { return {{"shape", {1, kRows, kColumns}}, {"divide_by", kPixelScale}}; }

std::string describe(const ModelInfo& info, std::string_view params) {
  const nlohmann::ordered_json json = {{"format", kFormat},
                                       {"version", kVersion},
                                       {"net", info.network.net},
                                       {"activation", info.network.activation},
                                       {"input", input_format()},
                                       {"classes", class_names()},
                                       {"training",
                                        {{"dataset", info.dataset},
                                         {"epochs", info.epochs},
                                         {"seed", info.seed},
                                         {"train_accuracy", info.train_accuracy},
                                         {"test_accuracy", info.test_accuracy}}},
                                       {"params_checksum", checksum(params)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Text in a message, without what would break its line.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  constexpr std::size_t kMost = 60;
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

// Reads fields of a JSON object; errors name the file and the field.
class Fields {
 public:
  Fields(std::string path, std::string name, const Json& object)
      : path_(std::move(path)), name_(std::move(name)), object_(object) {
    check(object_.is_object(), path_, ": expected ", name_.empty() ? "the whole" : name_,
          " to be a JSON object, found ", shown(object_));
  }

  const Json& at(const char* field) const {
    const auto found = object_.find(field);
    check(found != object_.end(), path_, ": expected the field ", full(field), ", found none");
    return *found;
  }
  Fields object(const char* field) const { return {path_, full(field), at(field)}; }
  std::string text(const char* field) const {
    check(at(field).is_string(), path_, ": expected ", full(field), " to be a text, found ",
          shown(at(field)));
    return at(field).get<std::string>();
  }
  std::int64_t integer(const char* field) const {
    check(at(field).is_number_integer(), path_, ": expected ", full(field),
          " to be a whole number, found ", shown(at(field)));
    return at(field).get<std::int64_t>();
  }
  double number(const char* field) const {
    check(at(field).is_number(), path_, ": expected ", full(field), " to be a number, found ",
          shown(at(field)));
    return at(field).get<double>();
  }
  void expect(const char* field, const Json& value) const {
    check(at(field) == value, path_, ": expected ", full(field), " to be ", shown(value),
          ", found ", shown(at(field)));
  }

 private:
  std::string full(const char* field) const { return name_.empty() ? field : name_ + "." + field; }

  std::string path_;
  std::string name_;
  const Json& object_;
};

// Empty when there is no such file, or it cannot be read.
std::string read_or_nothing(const std::string& path) {
  try {
    return gluino::read_file(path, kMaxParamsBytes);
  } catch (const gluino::Error&) {
    return "";
  }
}

Json parse(const std::string& path) {
  const std::string text = gluino::read_file(path, kMaxJsonBytes);
  try {
    gluino::check_json_depth(text);
  } catch (const gluino::Error& error) {
    gluino::fail(path, ": ", error.what());
  }
  const auto no_callback = nullptr;
  Json json = Json::parse(text, no_callback, /*allow_exceptions=*/false);
  check(!json.is_discarded(), path, ": expected the JSON description of a model, found ",
        text.empty() ? "an empty file" : "something else");
  return json;
}

ModelInfo read_info(const Fields& fields) {
  fields.expect("format", kFormat);
  fields.expect("version", kVersion);
  fields.expect("input", input_format());
  fields.expect("classes", class_names());
  const Fields training = fields.object("training");
  return {.network = {.net = fields.text("net"), .activation = fields.text("activation")},
          .dataset = training.text("dataset"),
          .epochs = training.integer("epochs"),
          .seed = training.integer("seed"),
          .train_accuracy = training.number("train_accuracy"),
          .test_accuracy = training.number("test_accuracy")};
}

gluino::gluon::nn::HybridSequential make_described_network(const std::string& path,
                                                           const NetworkOptions& options) {
  check(!options.activation.empty(), path, ": expected an activation, found an empty text");
  try {
    return make_network(options);
  } catch (const gluino::Error& error) {
    gluino::fail(path, ": ", error.what());
  }
}

Model load_described(const std::string& prefix) {
  const std::string path = json_path(prefix);
  const Json json = parse(path);
  const Fields fields(path, "", json);
  ModelInfo info = read_info(fields);
  auto net = make_described_network(path, info.network);

  const std::string params = described_params(prefix);
  net.load_parameters(params);
  const std::string expected = fields.text("params_checksum");
  const std::string found = checksum(gluino::read_file(params, kMaxParamsBytes));
  check(found == expected, params, ": expected the parameters that ", path, " describes (",
        expected, "), found others (", found, ")");
  const std::string description =
      str(info.network.net, " with ", info.network.activation, ", trained on ", info.dataset);
  return {std::make_shared<gluino::gluon::nn::HybridSequential>(std::move(net)), std::move(info),
          description};
}

// The variable of the graph that the file has no array for: the images.
std::string input_of(const gluino::Symbol& symbol, const std::string& params_file) {
  std::set<std::string> known;
  for (const auto& [name, array] : gluino::nd::load(params_file)) known.insert(name);
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

// Throws Error unless the network gives ten scores for an image.
void check_reads_digits(gluino::gluon::Block& net, const std::string& path) {
  const auto scope = gluino::autograd::pause();
  gluino::Shape found;
  try {
    found = net(gluino::nd::zeros({1, 1, kRows, kColumns})).shape();
  } catch (const gluino::Error& error) {
    gluino::fail(path, ": expected a network for images (N, 1, 28, 28), but ", error.what());
  }
  check(found == gluino::Shape{1, kClasses}, path, ": expected a network that gives (1, ", kClasses,
        ") for an image, found one that gives ", found);
}

Model load_checkpoint(const std::string& prefix, const std::optional<int>& epoch) {
  const std::string path = symbol_path(prefix);
  const gluino::Symbol symbol = without_softmax(gluino::sym::load(path));
  const std::string params = checkpoint_path(prefix, find_epoch(prefix, epoch));
  auto net = std::make_shared<gluino::gluon::SymbolBlock>(
      symbol, std::vector<std::string>{input_of(symbol, params)});
  net->load_parameters(params);
  check_reads_digits(*net, path);
  return {net, std::nullopt, str("the network of ", path, " with ", params)};
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
  if (prefix.ends_with('/')) {
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
  const Json json = Json::parse(read_or_nothing(json_path(prefix)), nullptr, false);
  const auto described = json.is_object() ? json.find("params_checksum") : json.end();
  const auto fits = [&](const std::string& path) {
    return described != json.end() && *described == checksum(read_or_nothing(path));
  };
  const bool only_next = !fits(params_path(prefix)) && fits(next_params_path(prefix));
  return only_next ? next_params_path(prefix) : params_path(prefix);
}

bool is_model(const std::string& prefix) {
  std::error_code error;
  return std::filesystem::exists(json_path(prefix), error);
}

NetworkOptions read_network(const std::string& prefix) {
  return failing_with(Exit::model_unusable, [&] {
    const std::string path = json_path(prefix);
    const Json json = parse(path);
    ModelInfo info = read_info(Fields(path, "", json));
    make_described_network(path, info.network);
    return info.network;
  });
}

Model load_model(const std::string& prefix, const std::optional<int>& epoch) {
  return failing_with(Exit::model_unusable, [&] {
    const bool described = is_model(prefix) || !is_checkpoint(prefix);
    return described ? load_described(prefix) : load_checkpoint(prefix, epoch);
  });
}

}  // namespace digits
