#include <apps/digits/console/interrupt.h>
#include <apps/digits/training/evaluation.h>
#include <gluino/autograd/autograd.h>
#include <gluino/gluon/loss.h>

#include <chrono>
#include <cstddef>
#include <limits>
#include <vector>

namespace digits {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::int64_t Evaluation::actual(int digit) const {
  std::int64_t count = 0;
  for (const std::int64_t each : confusion[static_cast<std::size_t>(digit)]) count += each;
  return count;
}

std::int64_t Evaluation::predicted(int digit) const {
  std::int64_t count = 0;
  for (const auto& row : confusion) count += row[static_cast<std::size_t>(digit)];
  return count;
}

std::int64_t Evaluation::samples() const {
  std::int64_t count = 0;
  for (int digit = 0; digit < classes(); ++digit) count += actual(digit);
  return count;
}

std::int64_t Evaluation::correct() const {
  std::int64_t count = 0;
  for (std::size_t digit = 0; digit < confusion.size(); ++digit) count += confusion[digit][digit];
  return count;
}

double Evaluation::accuracy() const { return ratio(correct(), samples()); }

double Evaluation::loss() const { return loss_sum / static_cast<double>(samples()); }

double Evaluation::samples_per_second() const {
  return static_cast<double>(samples()) / network_seconds;
}

double Evaluation::precision(int digit) const {
  const auto place = static_cast<std::size_t>(digit);
  return ratio(confusion[place][place], predicted(digit));
}

double Evaluation::recall(int digit) const {
  const auto place = static_cast<std::size_t>(digit);
  return ratio(confusion[place][place], actual(digit));
}

Evaluation evaluate(const Scorer& net, const gluino::gluon::data::DataLoader& loader,
                    const gluino::Context& context) {
  using Clock = std::chrono::steady_clock;
  const auto scope = gluino::autograd::pause();
  gluino::gluon::loss::SoftmaxCrossEntropyLoss loss;
  Evaluation result(0);
  for (const auto& [images, labels] : loader) {
    interrupt::check();
    const auto begin = Clock::now();
    const gluino::NDArray scores = net(images.as_in_context(context));
    const std::chrono::duration<double> time = Clock::now() - begin;
    if (result.confusion.empty()) result = Evaluation(scores.shape().back());
    result.network_seconds += time.count();
    const std::vector<int> predictions = scores.argmax(1).to_vector<int>();
    const std::vector<int> digits = labels.to_vector<int>();
    for (std::size_t i = 0; i < digits.size(); ++i) {
      ++result.confusion[static_cast<std::size_t>(digits[i])]
                        [static_cast<std::size_t>(predictions[i])];
    }
    for (const float each : loss(scores, labels.as_in_context(context)).to_vector<float>()) {
      result.loss_sum += each;
    }
  }
  return result;
}

Evaluation evaluate(gluino::gluon::Block& net, const gluino::gluon::data::DataLoader& loader,
                    const gluino::Context& context) {
  return evaluate([&](const gluino::NDArray& images) { return net(images); }, loader, context);
}

}  // namespace digits
