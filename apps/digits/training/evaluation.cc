#include <apps/digits/console/interrupt.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/evaluation.h>
#include <gluino/autograd/autograd.h>
#include <gluino/gluon/loss.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <limits>
#include <numeric>
#include <vector>

namespace digits {

using gluino::NDArray;

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

namespace {

// The batches' losses, which are added in the batches' order, whoever has which.
Evaluation run_batches(const Scorer& net, const gluino::gluon::data::DataLoader& loader,
                       const gluino::Context& context, std::vector<double>& losses) {
  using Clock = std::chrono::steady_clock;
  const auto scope = gluino::autograd::pause();
  gluino::gluon::loss::SoftmaxCrossEntropyLoss loss;
  Evaluation result(0);
  for (const auto& [images, labels] : loader) {
    interrupt::check();
    const auto begin = Clock::now();
    const NDArray scores = net(images.as_in_context(context));
    const std::chrono::duration<double> time = Clock::now() - begin;
    if (result.confusion.empty()) result = Evaluation(scores.shape().back());
    result.network_seconds += time.count();
    const std::vector<int> predictions = scores.argmax(1).to_vector<int>();
    const std::vector<int> digits = labels.to_vector<int>();
    for (std::size_t i = 0; i < digits.size(); ++i) {
      ++result.confusion[static_cast<std::size_t>(digits[i])]
                        [static_cast<std::size_t>(predictions[i])];
    }
    losses.push_back(0);
    for (const float each : loss(scores, labels.as_in_context(context)).to_vector<float>()) {
      losses.back() += each;
    }
  }
  return result;
}

// Counts, seconds and whether Ctrl-C came, as one row.
std::vector<double> row_of(const Evaluation& result, std::int64_t classes, bool is_interrupted) {
  std::vector<double> row;
  for (const auto& counts : result.confusion) row.insert(row.end(), counts.begin(), counts.end());
  // Of a process that had no batch, or did not come to its end.
  row.resize(static_cast<std::size_t>(classes * classes));
  row.push_back(result.network_seconds);
  row.push_back(is_interrupted ? 1 : 0);
  return row;
}

// Batch i is with process i % size.
double sum_in_order(const std::vector<double>& losses, std::int64_t batches, std::int64_t size) {
  double sum = 0;
  for (std::int64_t i = 0; i < batches; ++i) {
    std::int64_t place = i / size;
    for (std::int64_t rank = 0; rank < i % size; ++rank) place += (batches - rank - 1) / size + 1;
    sum += losses[static_cast<std::size_t>(place)];
  }
  return sum;
}

}  // namespace

Evaluation evaluate(const Scorer& net, const gluino::gluon::data::DataLoader& loader,
                    const gluino::Context& context) {
  std::vector<double> losses;
  Evaluation result = run_batches(net, loader, context, losses);
  result.loss_sum = std::accumulate(losses.begin(), losses.end(), 0.0);
  return result;
}

Evaluation evaluate(gluino::gluon::Block& net, const gluino::gluon::data::DataLoader& loader,
                    const gluino::Context& context) {
  return evaluate([&](const NDArray& images) { return net(images); }, loader, context);
}

Evaluation evaluate_together(gluino::gluon::Block& net, const gluino::gluon::data::Dataset& digits,
                             const EvaluationOptions& options) {
  const Team& team = options.team;
  if (team.size() == 1) {
    return evaluate(net, make_loader(digits, {.batch_size = options.batch_size}), options.device);
  }
  const AlikeCopies copies(team, net, AlikeCopies::Are::as_the_first);
  std::vector<double> losses;
  Evaluation own(0);
  bool is_interrupted = false;
  try {
    own = run_batches([&](const NDArray& images) { return net(images); },
                      make_loader(digits, {.batch_size = options.batch_size,
                                           .stride = team.size(),
                                           .offset = team.rank()}),
                      options.device, losses);
  } catch (const gluino::io::Interrupted&) {
    is_interrupted = true;
  }
  const std::vector<double> row = row_of(own, options.classes, is_interrupted);
  const auto columns = std::ssize(row);
  const auto rows = team.gather(gluino::nd::from(row, {1, columns})).to_vector<double>();
  Evaluation result(options.classes);
  for (auto begin = rows.begin(); begin != rows.end(); begin += columns) {
    auto next = begin;
    for (auto& counts : result.confusion) {
      for (std::int64_t& count : counts) count += static_cast<std::int64_t>(*next++);
    }
    result.network_seconds = std::max(result.network_seconds, *next++);
    if (*next != 0) throw gluino::io::Interrupted("interrupted");
  }
  const std::vector<double> all =
      team.gather(gluino::nd::from(losses, {std::ssize(losses)})).to_vector<double>();
  result.loss_sum = sum_in_order(all, std::ssize(all), team.size());
  return result;
}

}  // namespace digits
