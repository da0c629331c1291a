#include <apps/digits/data/split.h>
#include <gluino/base/error.h>
#include <gluino/gluon/data/generator.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace digits {
namespace {

namespace data = gluino::gluon::data;
using Indices = std::vector<std::int64_t>;

class Subset final : public data::Source {
 public:
  Subset(data::Dataset digits, Indices indices)
      : digits_(std::move(digits)), indices_(std::move(indices)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  data::Sample get(std::int64_t index) const override { return digits_.get(at(index)); }
  data::Batch get_batch(std::span<const std::int64_t> indices) const override {
    Indices chosen;
    for (const std::int64_t index : indices) chosen.push_back(at(index));
    return digits_.get_batch(chosen);
  }

 private:
  std::int64_t at(std::int64_t index) const { return indices_[static_cast<std::size_t>(index)]; }

  data::Dataset digits_;
  Indices indices_;
};

}  // namespace

Split split(const data::Dataset& digits, double validation_share, std::uint64_t seed) {
  const std::int64_t count = digits.size();
  gluino::check(count > 1, "expected at least two training digits, of which some are set aside, ",
                "found ", count);
  Indices order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  data::Generator generator(seed);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(generator() % i)]);
  }
  const auto share =
      static_cast<std::int64_t>(std::llround(validation_share * static_cast<double>(count)));
  const auto aside = order.begin() + std::clamp<std::int64_t>(share, 1, count - 1);
  // Neighbours in the files stay neighbours.
  std::sort(order.begin(), aside);
  std::sort(aside, order.end());
  return {.train = Subset(digits, Indices(aside, order.end())),
          .validation = Subset(digits, Indices(order.begin(), aside))};
}

}  // namespace digits
