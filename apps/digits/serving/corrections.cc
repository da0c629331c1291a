#include <apps/digits/console/failure.h>
#include <apps/digits/http/base64.h>
#include <apps/digits/serving/corrections.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/json_text.h>
#include <gluino/base/text.h>
#include <gluino/io/pictures/image.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>
#include <utility>

namespace digits::serving {
namespace {

using gluino::str;
namespace fs = std::filesystem;

// "1795747921123-3f09c2d1": milliseconds since 1970, and something at random.
std::string new_name() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  std::random_device device;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string random;
  for (int i = 0; i < 8; ++i) random += kDigits[device() % 16];
  return str(time, "-", random, ".png");
}

class KeepTask : public Task {
 public:
  /// `count` holds a place for the drawing, which is given back if that is not kept.
  KeepTask(std::string folder, std::string pixels, std::atomic<std::int64_t>& count)
      : Task(nullptr), folder_(std::move(folder)), pixels_(std::move(pixels)), count_(count) {}
  KeepTask(const KeepTask&) = delete;
  KeepTask& operator=(const KeepTask&) = delete;
  ~KeepTask() override {
    if (!is_kept_) --count_;
  }

  std::size_t prepare() override {
    const gluino::NDArray picture({kRows, kColumns, 1}, gluino::uint8);
    std::memcpy(picture.data(), pixels_.data(), kPixels);
    try {
      fs::create_directories(folder_);
      gluino::write_file(folder_ + "/" + new_name(),
                         gluino::image::imencode(picture, {.format = ".png"}));
      is_kept_ = true;
    } catch (const std::exception&) {
      // The path is none of the sender's business.
      throw Refusal(503, "the drawing could not be kept: its folder cannot be written to");
    }
    return 0;
  }
  void write_images(float*) const override {}
  Response answer(std::span<const float>) override {
    return {.status = 201, .body = R"({"kept":true})"};
  }

 private:
  std::string folder_;
  std::string pixels_;
  std::atomic<std::int64_t>& count_;
  bool is_kept_ = false;
};

// Far more than an image needs.
constexpr std::size_t kMostBytes = std::size_t{16} * 1024;

nlohmann::json parse(std::string_view text) {
  if (text.size() > kMostBytes) {
    throw Refusal(413, str("expected at most ", kMostBytes, " bytes, found ", text.size()));
  }
  try {
    gluino::check_json_depth(text);
  } catch (const gluino::Error& error) {
    throw Refusal(400, error.what());
  }
  auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    throw Refusal(400, R"(expected JSON, {"label": 7, "image": "..."}, found something else)");
  }
  return json;
}

}  // namespace

Corrections::Corrections(std::string folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error || ::access(folder_.c_str(), W_OK | X_OK) != 0) {
    throw Failure(Exit::wrong_use,
                  "--keep-corrections " + folder_ + ": expected a folder that can be written to");
  }
  count_ = count();
}

std::int64_t Corrections::count() const {
  std::error_code error;
  std::int64_t pictures = 0;
  for (fs::recursive_directory_iterator each(folder_, error), end; !error && each != end;
       each.increment(error)) {
    if (each->path().extension() == ".png") ++pictures;
  }
  return pictures;
}

std::unique_ptr<Task> Corrections::keep(std::string_view text) {
  const nlohmann::json json = parse(text);
  const auto label = json.find("label");
  if (label == json.end() || !label->is_number_integer() || *label < 0 || *label >= kClasses) {
    throw Refusal(422, "expected a label from 0 to 9");
  }
  const auto image = json.find("image");
  const auto pixels = image != json.end() && image->is_string()
                          ? from_base64(image->get_ref<const std::string&>())
                          : std::nullopt;
  if (!pixels || pixels->size() != kPixels) {
    throw Refusal(422, "expected an image of 784 bytes, 28 rows of 28, in base64");
  }
  // What train --finetune would not take as it is: a blank, or dark ink on light paper.
  constexpr std::int64_t kMiddleGrey = 128;
  std::int64_t ink = 0;
  for (const char pixel : *pixels) ink += static_cast<unsigned char>(pixel);
  if (ink == 0 || ink >= kMiddleGrey * static_cast<std::int64_t>(kPixels)) {
    throw Refusal(422, str("expected light ink, up to 255, on paper of 0; found pixels of ",
                           ink / static_cast<std::int64_t>(kPixels), " on average"));
  }
  // Where it is full, somebody may have moved them away.
  if (count_ >= kMost) count_ = count();
  if (count_.fetch_add(1) >= kMost) {
    --count_;
    throw Refusal(503, str("expected at most ", kMost, " drawings; move those that are kept away"));
  }
  return std::make_unique<KeepTask>(str(folder_, "/", label->get<int>()), *pixels, count_);
}

}  // namespace digits::serving
