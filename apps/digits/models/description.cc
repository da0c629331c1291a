#include <apps/digits/models/description.h>
#include <gluino/base/error.h>
#include <gluino/base/json_text.h>
#include <gluino/base/text.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace digits {
namespace {

using gluino::check;
using Json = nlohmann::json;  // compares objects whatever the order of their fields

constexpr const char* kFormat = "gluino digits model";
constexpr int kVersion = 1;
// More than any image or data set that these networks are for.
constexpr std::int64_t kMostPixels = 4096;  // of a side
constexpr std::size_t kMostClasses = 10'000;

Json input_of(const ImageKind& images) {
  return {{"shape", {1, images.rows, images.columns}}, {"divide_by", kPixelScale}};
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
  // Null where it is not known.
  std::optional<double> known(const char* field) const {
    if (at(field).is_null()) return {};
    return number(field);
  }
  void expect(const char* field, const Json& value) const {
    check(at(field) == value, path_, ": expected ", full(field), " to be ", shown(value),
          ", found ", shown(at(field)));
  }
  [[noreturn]] void refuse(const char* field, const std::string& expected) const {
    gluino::fail(path_, ": expected ", full(field), " to be ", expected, ", found ",
                 shown(at(field)));
  }

 private:
  std::string full(const char* field) const { return name_.empty() ? field : name_ + "." + field; }

  std::string path_;
  std::string name_;
  const Json& object_;
};

Json parse(const std::string& text, const std::string& source) {
  try {
    gluino::check_json_depth(text);
  } catch (const gluino::Error& error) {
    gluino::fail(source, ": ", error.what());
  }
  const auto no_callback = nullptr;
  Json json = Json::parse(text, no_callback, /*allow_exceptions=*/false);
  check(!json.is_discarded(), source, ": expected the JSON description of a model, found ",
        text.empty() ? "an empty file" : "something else");
  return json;
}

std::vector<std::string> read_classes(const Fields& fields) {
  const Json& classes = fields.at("classes");
  if (!classes.is_array() || classes.size() < 2 || classes.size() > kMostClasses) {
    fields.refuse("classes", gluino::str("a list of 2 to ", kMostClasses, " names"));
  }
  std::vector<std::string> names;
  for (const Json& name : classes) {
    if (!name.is_string()) fields.refuse("classes", "a list of texts");
    names.push_back(name.get<std::string>());
  }
  return names;
}

ImageKind read_images(const Fields& fields) {
  ImageKind images{.classes = read_classes(fields)};
  const Json& input = fields.at("input");
  const Json shape = input.is_object() ? input.value("shape", Json()) : Json();
  const auto is_side = [&](std::size_t axis) {
    return shape[axis].is_number_integer() && shape[axis] >= 1 && shape[axis] <= kMostPixels;
  };
  if (!shape.is_array() || shape.size() != 3 || !is_side(1) || !is_side(2)) {
    fields.expect("input", input_of(images));
  }
  images.rows = shape[1].get<std::int64_t>();
  images.columns = shape[2].get<std::int64_t>();
  fields.expect("input", input_of(images));
  return images;
}

nlohmann::ordered_json if_known(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

}  // namespace

std::string checksum(std::string_view bytes) {
  const std::uint64_t hash = gluino::fnv1a(bytes);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(hash >> shift) & 15];
  return "fnv1a64:" + text;
}

std::string describe(const ModelInfo& info, std::string_view params) {
  const nlohmann::ordered_json json = {{"format", kFormat},
                                       {"version", kVersion},
                                       {"net", info.network.net},
                                       {"activation", info.network.activation},
                                       {"input", input_of(info.network.images)},
                                       {"classes", info.network.images.classes},
                                       {"training",
                                        {{"dataset", info.dataset},
                                         {"epochs", info.epochs},
                                         {"seed", info.seed},
                                         {"train_accuracy", if_known(info.train_accuracy)},
                                         {"test_accuracy", if_known(info.test_accuracy)}}},
                                       {"params_checksum", checksum(params)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Description parse_description(const std::string& text, const std::string& source) {
  const Json json = parse(text, source);
  const Fields fields(source, "", json);
  fields.expect("format", kFormat);
  fields.expect("version", kVersion);
  const ImageKind images = read_images(fields);
  const Fields training = fields.object("training");
  return {.info = {.network = {.net = fields.text("net"),
                               .activation = fields.text("activation"),
                               .images = images},
                   .dataset = training.text("dataset"),
                   .epochs = training.integer("epochs"),
                   .seed = training.integer("seed"),
                   .train_accuracy = training.known("train_accuracy"),
                   .test_accuracy = training.known("test_accuracy")},
          .params_checksum = fields.text("params_checksum")};
}

gluino::gluon::nn::HybridSequential make_described(const ModelInfo& info,
                                                   const std::string& source) {
  check(!info.network.activation.empty(), source, ": expected an activation, found an empty text");
  try {
    return make_network(info.network);
  } catch (const gluino::Error& error) {
    gluino::fail(source, ": ", error.what());
  }
}

std::string in_words(const ModelInfo& info) {
  return gluino::str(info.network.net, " with ", info.network.activation, ", trained on ",
                     info.dataset);
}

bool describes(const std::string& text, std::string_view params) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto described = json.is_object() ? json.find("params_checksum") : json.end();
  return json.is_object() && described != json.end() && *described == checksum(params);
}

}  // namespace digits
