#include <gluino/gluon/rnn/sequences.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>

namespace gluino::gluon::rnn {
namespace {

// A number of each sample, as often as `like` has elements.
NDArray spread(const NDArray& numbers, const NDArray& like) {
  Shape column = Shape::filled(like.ndim(), 1);
  column[0] = like.shape()[0];
  return ops::broadcast_to(ops::reshape(numbers, {.shape = column}), {.shape = like.shape()});
}

}  // namespace

NDArray where_valid(const NDArray& valid_length, std::int64_t step, const NDArray& x,
                    const NDArray& other) {
  if (!valid_length.defined()) return x;
  return ops::where(spread(valid_length > static_cast<double>(step), x), x, other);
}

NDArray masked(const NDArray& valid_length, std::int64_t step, const NDArray& x) {
  return valid_length.defined() ? where_valid(valid_length, step, x, ops::zeros_like(x)) : x;
}

std::vector<NDArray> reversed(const std::vector<NDArray>& steps, const NDArray& valid_length) {
  if (!valid_length.defined()) return {steps.rbegin(), steps.rend()};
  const NDArray all = ops::stack(steps, {.axis = steps[0].ndim()});
  std::vector<NDArray> result;
  for (std::size_t t = 0; t < steps.size(); ++t) {
    const auto step = static_cast<double>(t);
    const NDArray has = valid_length > step;
    // The mirrored place of a step that there is, else its own.
    const NDArray place = ops::where(has, valid_length - (step + 1), valid_length * 0 + step);
    result.push_back(ops::pick(all, spread(place, steps[t]), {.axis = -1}));
  }
  return result;
}

}  // namespace gluino::gluon::rnn
