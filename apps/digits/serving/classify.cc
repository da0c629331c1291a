#include <apps/digits/http/base64.h>
#include <apps/digits/pictures/answer.h>
#include <apps/digits/pictures/find_digits.h>
#include <apps/digits/pictures/read_picture.h>
#include <apps/digits/serving/classify.h>
#include <apps/digits/serving/picture_kind.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace digits::serving {
namespace {

using gluino::NDArray;
using gluino::str;
using Json = nlohmann::ordered_json;

// Larger pictures take a thread of their own for some milliseconds.
constexpr std::int64_t kQuickPixels = 256 * 256;

// The image as bytes, 0 to 255 over [0, most].
std::string as_bytes(const float* values, std::size_t count, float most) {
  std::string bytes(count, '\0');
  const float scale = most > 0 ? 255 / most : 0;
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<char>(std::lround(std::clamp(values[i] * scale, 0.0F, 255.0F)));
  }
  return bytes;
}

// The maps of a layer as bytes, 0 for its least value and 255 for its largest.
std::string map_bytes(const NDArray& maps) {
  std::vector<float> values = maps.to_vector<float>();
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const float low = *least;
  const float range = *most - low;
  for (float& value : values) value -= low;
  return as_bytes(values.data(), values.size(), range);
}

Json layers_json(const ServedModel& model, const NDArray& image) {
  Json layers = Json::array();
  for (const LayerMaps& layer : model.look(image.reshape({1, 1, kRows, kColumns}))) {
    const gluino::Shape& shape = layer.maps.shape();
    layers.push_back({{"name", layer.name},
                      {"shape", {shape[1], shape[2], shape[3]}},
                      {"maps", to_base64(map_bytes(layer.maps))}});
  }
  return layers;
}

class ClassifyTask : public Task {
 public:
  ClassifyTask(std::shared_ptr<const ServedModel> model, bool look)
      : Task(std::move(model)), look_(look) {}

  std::size_t prepare() override {
    found_ = find();
    return found_.size();
  }

  void write_images(float* to) const override {
    for (const FoundDigit& each : found_) {
      to = std::copy_n(each.image.data<float>(), kPixels, to);
    }
  }

  Response answer(std::span<const float> scores) override {
    const std::vector<DigitAnswer> digits =
        answers(found_, scores, [&](const NDArray& images) { return model()->scores(images); });
    Json json = answer_json(digits);
    for (std::size_t i = 0; look_ && i < digits.size(); ++i) {
      const NDArray& image = digits[i].image;
      json["digits"][i]["seen"] = to_base64(as_bytes(image.data<float>(), kPixels, 1));
      json["digits"][i]["layers"] = layers_json(*model(), image);
    }
    return {.body = json.dump()};
  }

 private:
  virtual std::vector<FoundDigit> find() = 0;

  bool look_;
  std::vector<FoundDigit> found_;
};

class ClassifyPicture : public ClassifyTask {
 public:
  ClassifyPicture(std::shared_ptr<const ServedModel> model, std::string bytes,
                  const ClassifyOptions& options)
      : ClassifyTask(std::move(model), options.look),
        bytes_(std::move(bytes)),
        max_pixels_(options.max_pixels) {}

 private:
  std::vector<FoundDigit> find() override {
    NDArray picture;
    try {
      picture = read_picture(bytes_, max_pixels_);
    } catch (const gluino::Error& error) {
      throw Refusal(422, error.what());
    }
    bytes_ = {};
    return find_digits(picture);
  }

  std::string bytes_;
  std::int64_t max_pixels_;
};

// An image as networks take it, ink light; it is not looked for in a picture.
class ClassifyImage : public ClassifyTask {
 public:
  ClassifyImage(std::shared_ptr<const ServedModel> model, std::string pixels, bool look)
      : ClassifyTask(std::move(model), look), pixels_(std::move(pixels)) {}

 private:
  std::vector<FoundDigit> find() override {
    FoundDigit digit{.box = {}, .image = NDArray({1, kRows, kColumns})};
    float* to = digit.image.data<float>();
    std::int64_t left = kColumns, right = -1, top = kRows, bottom = -1;
    for (std::int64_t i = 0; i < kRows * kColumns; ++i) {
      const int value = static_cast<unsigned char>(pixels_[static_cast<std::size_t>(i)]);
      to[i] = static_cast<float>(value) / kPixelScale;
      if (value == 0) continue;
      left = std::min(left, i % kColumns);
      right = std::max(right, i % kColumns);
      top = std::min(top, i / kColumns);
      bottom = std::max(bottom, i / kColumns);
    }
    if (right < 0) return {};
    digit.box = {.x = left, .y = top, .width = right - left + 1, .height = bottom - top + 1};
    return {digit};
  }

  std::string pixels_;
};

}  // namespace

Classification classify(Request&& request, std::shared_ptr<const ServedModel> model,
                        const ClassifyOptions& options) {
  std::string& body = request.body;
  if (body.empty()) throw Refusal(400, "expected a picture, found no body");
  const PictureKind kind = picture_kind(body);
  const bool is_raw = media_type(request.content_type) == "application/octet-stream";
  // Two pixels may well be the letters of a BMP or a PGM; no image begins as those do.
  const bool is_surely_picture = kind.name == "PNG" || kind.name == "JPEG";
  if (is_raw && body.size() == kPixels && !is_surely_picture) {
    return {std::make_unique<ClassifyImage>(std::move(model), std::move(body), options.look)};
  }
  if (kind.name.empty()) {
    if (is_raw) {
      throw Refusal(422, str("expected a picture, or an image of 784 bytes, 28 rows of 28; found ",
                             body.size(), " bytes"));
    }
    throw Refusal(415,
                  "expected a PNG, JPEG, PGM or BMP picture, or 784 bytes as "
                  "application/octet-stream; found neither");
  }
  const std::int64_t longest = std::max(kind.width, kind.height);
  if (longest > options.max_pixels || kind.width * kind.height > options.max_pixels) {
    throw Refusal(413, str("expected a picture of at most ", options.max_pixels,
                           " pixels, found one of ", kind.width, "x", kind.height));
  }
  const bool is_quick = kind.width * kind.height <= kQuickPixels;
  return {std::make_unique<ClassifyPicture>(std::move(model), std::move(body), options),
          is_quick ? Engine::Lane::quick : Engine::Lane::slow};
}

}  // namespace digits::serving
