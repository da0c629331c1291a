#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/reports/judgement.h>
#include <apps/digits/training/digit_data.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace digits::reports {
namespace {

using gluino::str;

constexpr std::int64_t kBatchSize = 100;
constexpr std::size_t kBins = 10;

double ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(part) / static_cast<double>(whole);
}

// The softmax of the scores, which does not overflow.
std::vector<double> probabilities_of(std::span<const float> scores) {
  const double most = *std::max_element(scores.begin(), scores.end());
  std::vector<double> result;
  double sum = 0;
  for (const float score : scores) {
    result.push_back(std::exp(score - most));
    sum += result.back();
  }
  for (double& each : result) each /= sum;
  return result;
}

// Images (1, 1, height, width) as the data set has them.
gluino::Shape shape_of_one(const gluino::gluon::data::Dataset& images) {
  const gluino::Shape& shape = images.get(0)[0].shape();
  return {1, shape[2], shape[0], shape[1]};
}

void check_label(int label, std::size_t classes) {
  if (label >= 0 && static_cast<std::size_t>(label) < classes) return;
  throw Failure(Exit::data_unusable, str("expected labels from 0 to ", classes - 1,
                                         ", the classes of the model, found ", label));
}

}  // namespace

std::int64_t Judgements::wrong() const {
  return std::count_if(all.begin(), all.end(),
                       [](const Judgement& each) { return !each.is_right(); });
}

double Judgements::accuracy() const { return ratio(samples() - wrong(), samples()); }

std::vector<std::vector<std::int64_t>> Judgements::confusion() const {
  const auto count = static_cast<std::size_t>(classes);
  std::vector<std::vector<std::int64_t>> counts(count, std::vector<std::int64_t>(count));
  for (const Judgement& each : all) {
    ++counts[static_cast<std::size_t>(each.label)][static_cast<std::size_t>(each.predicted)];
  }
  return counts;
}

std::vector<ClassFigures> Judgements::by_class() const {
  const auto counts = confusion();
  std::vector<ClassFigures> result;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::int64_t samples = 0;
    std::int64_t predicted = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      samples += counts[i][k];
      predicted += counts[k][i];
    }
    result.push_back({samples, ratio(counts[i][i], predicted), ratio(counts[i][i], samples),
                      ratio(2 * counts[i][i], samples + predicted)});
  }
  return result;
}

std::vector<Judgement> Judgements::mistakes() const {
  std::vector<Judgement> wrong_ones;
  std::copy_if(all.begin(), all.end(), std::back_inserter(wrong_ones),
               [](const Judgement& each) { return !each.is_right(); });
  std::stable_sort(
      wrong_ones.begin(), wrong_ones.end(),
      [](const Judgement& a, const Judgement& b) { return a.probability > b.probability; });
  return wrong_ones;
}

Judgements judge(gluino::gluon::HybridBlock& net, const gluino::gluon::data::Dataset& images) {
  const auto network = failing_with(
      Exit::data_unusable, [&] { return net.freeze(gluino::nd::zeros(shape_of_one(images))); });
  Judgements result;
  for (const auto& [batch, labels] : make_loader(images, {.batch_size = kBatchSize})) {
    interrupt::check();
    const gluino::NDArray output = network(batch);
    const auto classes = static_cast<std::size_t>(output.shape()[1]);
    const std::vector<float> scores = output.to_vector<float>();
    const std::vector<int> numbers = labels.to_vector<int>();
    result.classes = static_cast<int>(classes);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      check_label(numbers[i], classes);
      const auto of_one = probabilities_of(std::span(scores).subspan(i * classes, classes));
      const auto best = std::max_element(of_one.begin(), of_one.end());
      result.all.push_back({.index = result.samples(),
                            .label = numbers[i],
                            .predicted = static_cast<int>(best - of_one.begin()),
                            .probability = *best});
      constexpr double kLeast = std::numeric_limits<double>::min();
      result.loss -= std::log(std::max(of_one[static_cast<std::size_t>(numbers[i])], kLeast));
    }
  }
  result.loss /= static_cast<double>(result.samples());
  return result;
}

Calibration calibration(const Judgements& judgements) {
  Calibration result{.bins = std::vector<Calibration::Bin>(kBins)};
  for (const Judgement& each : judgements.all) {
    const double place = std::clamp(each.probability, 0.0, 1.0) * kBins;
    Calibration::Bin& bin = result.bins[std::min(kBins - 1, static_cast<std::size_t>(place))];
    ++bin.samples;
    bin.probability += each.probability;
    bin.accuracy += each.is_right() ? 1 : 0;
  }
  for (Calibration::Bin& bin : result.bins) {
    if (bin.samples == 0) continue;
    const auto samples = static_cast<double>(bin.samples);
    bin.probability /= samples;
    bin.accuracy /= samples;
    result.error += samples / static_cast<double>(judgements.samples()) *
                    std::abs(bin.probability - bin.accuracy);
  }
  return result;
}

}  // namespace digits::reports
