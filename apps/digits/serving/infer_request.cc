#include <apps/digits/http/http_message.h>
#include <apps/digits/serving/infer_request.h>
#include <apps/digits/serving/infer_sax-inl.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <cmath>

namespace digits::serving {
namespace {

using gluino::str;

constexpr std::int64_t kPixels = 784;

[[noreturn]] void refuse(const std::string& reason) { throw Refusal(400, reason); }

std::string shown(const std::vector<double>& shape) {
  std::string sizes;
  for (const double size : shape) sizes += str(sizes.empty() ? "" : ", ", size);
  return str("[", sizes, "]");
}

bool is_size(double value) { return value >= 1 && value <= 1e9 && value == std::floor(value); }

// [N, 1, 28, 28], [N, 28, 28, 1], [N, 28, 28] or [N, 784]: N.
std::int64_t count_of(const std::vector<double>& shape) {
  const std::vector<double> rest(shape.begin() + (shape.empty() ? 0 : 1), shape.end());
  const bool fits =
      !shape.empty() && is_size(shape[0]) &&
      (rest == std::vector<double>{1, 28, 28} || rest == std::vector<double>{28, 28, 1} ||
       rest == std::vector<double>{28, 28} || rest == std::vector<double>{784});
  if (!fits) {
    refuse(str("expected images of shape [N, 1, 28, 28], [N, 28, 28] or [N, 784], found ",
               shown(shape)));
  }
  if (shape[0] > static_cast<double>(kMaxInferImages)) {
    throw Refusal(413, str("expected at most ", kMaxInferImages, " images, found ", shape[0]));
  }
  return static_cast<std::int64_t>(shape[0]);
}

// Whether each of `count` images is whole within lists of those lengths: [2][784] and [2][28][28]
// for two, and not [784][2], whose numbers are in another order.
bool has_whole_images(const std::vector<std::size_t>& lists, std::size_t count, std::size_t all) {
  bool is_whole = count == 1 || lists.size() == 1;
  std::size_t product = 1;
  for (const std::size_t length : lists) {
    product *= length;
    is_whole = is_whole || product == count;
  }
  return is_whole && product == all;
}

void take_images(const InferTensor& input, InferRequest& request) {
  const bool is_bytes = input.datatype == "UINT8";
  if (!is_bytes && input.datatype != "FP32") {
    refuse(str("expected the datatype FP32 or UINT8, found '", input.datatype, "'"));
  }
  request.count = count_of(input.shape);
  const auto expected = static_cast<std::size_t>(request.count * kPixels);
  if (input.data.size() != expected) {
    refuse(str("expected ", expected, " numbers of data for the shape ", shown(input.shape),
               ", found ", input.data.size()));
  }
  const std::vector<std::size_t>& lists = input.nest.sizes();
  if (!has_whole_images(lists, static_cast<std::size_t>(request.count), expected)) {
    refuse(str("expected data in one list, or in lists as the shape ", shown(input.shape),
               " has axes; found lists of the lengths ",
               shown(std::vector<double>(lists.begin(), lists.end()))));
  }
  request.images.reserve(expected);
  for (const double value : input.data) {
    if (is_bytes && !(value >= 0 && value <= 255 && value == std::floor(value))) {
      refuse(str("expected whole numbers from 0 to 255 as UINT8, found ", value));
    }
    const auto pixel = static_cast<float>(is_bytes ? value / 255 : value);
    if (!std::isfinite(pixel)) refuse(str("expected numbers that FP32 has, found ", value));
    request.images.push_back(pixel);
  }
}

}  // namespace

bool is_infer_output(std::string_view name) {
  return name == "scores" || name == "probabilities" || name == "class";
}

InferRequest parse_infer_request(std::string_view json) {
  InferReader reader;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader)) refuse(reader.problem());
  if (reader.inputs().size() != 1) {
    refuse(str("expected one tensor in inputs, found ", reader.inputs().size()));
  }
  InferRequest request{.id = reader.id(), .outputs = reader.outputs()};
  for (const std::string& name : request.outputs) {
    if (!is_infer_output(name)) {
      refuse(str("expected the outputs scores, probabilities or class, found '", name, "'"));
    }
  }
  take_images(reader.inputs().front(), request);
  return request;
}

}  // namespace digits::serving
