#include <gluino/base/error.h>
#include <gluino/gluon/nn/image_layers.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>

#include <algorithm>

namespace gluino::gluon::nn {

ReflectionPad2D::ReflectionPad2D(const PerAxis& padding, const std::string& prefix)
    : HybridBlock(new_prefix("reflectionpad2d", prefix)), options_{.mode = "reflect"} {
  const Shape all = padding.of(8);
  check(all.ndim() == 8, "[ReflectionPad2D ", name(), "] padding: expected 1 or 8 numbers, got ",
        all);
  options_.pad_width.assign(all.begin(), all.end());
  // One number is for the images' own axes.
  if (padding.of(1).ndim() == 1) std::fill_n(options_.pad_width.begin(), 4, 0);
}

NDArray ReflectionPad2D::forward(const NDArray& input) { return ops::Pad(input, options_); }

PixelShuffle::PixelShuffle(int axes, const char* hint, const PerAxis& factor,
                           const std::string& prefix)
    : HybridBlock(new_prefix(hint, prefix)), factors_(factor.of(axes)) {
  check(factors_.ndim() == axes && std::ranges::all_of(factors_, [](auto f) { return f > 0; }),
        "[PixelShuffle ", name(), "] factor: expected ", axes, " numbers of at least 1, got ",
        factors_);
}

NDArray PixelShuffle::forward(const NDArray& input) {
  const int axes = factors_.ndim();
  check(input.ndim() == axes + 2 && input.shape()[1] % factors_.size() == 0, "[", title(),
        "] expected data of ", axes + 2, " axes, whose channels, the second, ", factors_.size(),
        " divides, got ", input.shape());
  // A factor after the other is taken from the end of the channels: (N, C, f1, ..., D, ...).
  NDArray x = input;
  for (int i = axes - 1; i >= 0; --i) {
    x = ops::reshape(x, {.shape = {0, -4, -1, factors_[i], -2}});
  }
  // Each factor goes behind the axis that it lengthens, and becomes one with it.
  Shape order = {0, 1};
  Shape merged = {0, 0};
  for (int i = 0; i < axes; ++i) {
    order.push_back(2 + axes + i);
    order.push_back(2 + i);
    merged.push_back(-3);
  }
  return ops::reshape(ops::transpose(x, {.axes = order}), {.shape = merged});
}

std::string PixelShuffle::to_string() const {
  return factors_.ndim() == 1 ? str(type_name(), "(", factors_[0], ")")
                              : str(type_name(), "(", factors_, ")");
}

}  // namespace gluino::gluon::nn
