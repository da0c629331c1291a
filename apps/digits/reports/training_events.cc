#include <apps/digits/reports/training_events.h>
#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>
#include <gluino/viz/image_grid.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace digits::reports {
namespace {

constexpr std::int64_t kSamples = 20;
constexpr int kColumns = 10;

}  // namespace

TrainingEvents::TrainingEvents(const std::string& folder, const gluino::gluon::Block& net,
                               std::shared_ptr<const gluino::optimizer::Optimizer> optimizer)
    : file_(folder), net_(net), optimizer_(std::move(optimizer)) {}

void TrainingEvents::add_samples(const gluino::gluon::data::Dataset& digits,
                                 const std::vector<std::string>& classes) {
  std::vector<gluino::viz::GridImage> images;
  for (std::int64_t i = 0; i < std::min(digits.size(), kSamples); ++i) {
    const auto sample = digits.get(i);
    const auto number = static_cast<std::size_t>(sample[1].to_vector<int>().front());
    images.push_back({sample[0], classes[number]});
  }
  const auto grid = gluino::viz::render_image_grid(images, {.columns = kColumns, .scale = 2});
  const auto picture = gluino::nd::from(grid.pixels, {grid.height, grid.width, 1});
  file_.add_image(0, "training digits", gluino::image::imencode(picture, {.format = ".png"}),
                  grid.width, grid.height);
}

void TrainingEvents::add_epoch(const EpochResult& result) {
  const std::int64_t step = result.epoch;
  file_.add_scalar(step, "accuracy/training", result.train_accuracy);
  file_.add_scalar(step, "accuracy/validation", result.test.accuracy());
  file_.add_scalar(step, "loss/training", result.train_loss);
  file_.add_scalar(step, "loss/validation", result.test.loss());
  file_.add_scalar(step, "learning rate", optimizer_->learning_rate());
  file_.add_scalar(step, "samples per second", result.samples_per_second);
  for (const auto& parameter : net_.collect_params()) {
    file_.add_histogram(step, "weights/" + parameter.name(),
                        parameter.list_data().front().to_vector<float>());
  }
}

}  // namespace digits::reports
