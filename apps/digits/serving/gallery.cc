#include <apps/digits/http/base64.h>
#include <apps/digits/serving/engine.h>
#include <apps/digits/serving/gallery.h>
#include <apps/digits/serving/local_digits.h>
#include <apps/digits/training/digit_data.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>

namespace digits::serving {
namespace {

using gluino::NDArray;
using Json = nlohmann::ordered_json;

}  // namespace

std::string Gallery::json(const ServedModel& model) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(model.name());
  if (entry != entries_.end() && entry->second.model.lock().get() == &model) {
    return entry->second.json;
  }
  return R"({"source":"","ready":false,"samples":[],"mistakes":[]})";
}

void Gallery::update(const std::vector<std::shared_ptr<const ServedModel>>& models,
                     const std::atomic<bool>& stop) {
  for (const auto& model : models) {
    {
      const std::lock_guard lock(mutex_);
      const auto entry = entries_.find(model->name());
      if (entry != entries_.end() && entry->second.model.lock() == model) continue;
    }
    if (digits_.empty()) read(stop);
    std::string json = describe(*model, stop);
    if (stop) return;
    const std::lock_guard lock(mutex_);
    entries_[model->name()] = {model, std::move(json)};
  }
}

void Gallery::read(const std::atomic<bool>& stop) {
  const LocalDigits local = find_local_digits(data_);
  source_ = local.source;
  for (const auto& [images, labels] : make_loader(local.test, {.batch_size = kMaxBatch})) {
    if (stop) return;
    const float* values = images.data<float>();
    for (const int label : labels.to_vector<int>()) {
      Sample sample{label, std::string(kPixels, '\0')};
      for (char& pixel : sample.pixels) {
        pixel = static_cast<char>(std::lround(*values++ * kPixelScale));
      }
      digits_.push_back(std::move(sample));
    }
  }
}

std::string Gallery::describe(const ServedModel& model, const std::atomic<bool>& stop) const {
  Json samples = Json::array();
  Json mistakes = Json::array();
  std::array<std::size_t, kClasses> shown{};
  for (std::size_t begin = 0; begin < digits_.size() && !stop; begin += kMaxBatch) {
    const auto batch =
        std::span(digits_).subspan(begin, std::min<std::size_t>(kMaxBatch, digits_.size() - begin));
    const NDArray images({static_cast<std::int64_t>(batch.size()), 1, kRows, kColumns});
    float* to = images.data<float>();
    for (const Sample& sample : batch) {
      for (const char pixel : sample.pixels) {
        *to++ = static_cast<float>(static_cast<unsigned char>(pixel)) / kPixelScale;
      }
    }
    const auto digits = model.scores(images).argmax(1).to_vector<int>();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Sample& sample = batch[i];
      const auto label = static_cast<std::size_t>(sample.label);
      if (digits[i] != sample.label && mistakes.size() < kMost) {
        mistakes.push_back(
            {{"label", sample.label}, {"digit", digits[i]}, {"image", to_base64(sample.pixels)}});
      }
      if (label < shown.size() && shown[label] < kMost / kClasses) {
        ++shown[label];
        samples.push_back({{"label", sample.label}, {"image", to_base64(sample.pixels)}});
      }
    }
  }
  return Json{{"source", source_},
              {"ready", true},
              {"samples", std::move(samples)},
              {"mistakes", std::move(mistakes)}}
      .dump();
}

}  // namespace digits::serving
