#pragma once

#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/random/distributions.h>

#include <algorithm>
#include <array>
#include <optional>

/// What the draws of NumPy's face have in common. Each of two parameters is a number, or an array:
/// an option that is None stands for an input. Arrays are broadcast together, or to `size`.
namespace gluino {
namespace {

struct NpiOptions {
  std::optional<double> first{};
  std::optional<double> second{};
  std::optional<Shape> size{};
  Context ctx = current_context();
  DType dtype = float32;
};

/// The same for distributions with one parameter, which is 1.
struct NpiScaleOptions {
  std::optional<double> first = 1;
  std::optional<double> second{};
  std::optional<Shape> size{};
  Context ctx = current_context();
  DType dtype = float32;
};

/// What NumPy makes of two shapes, or nothing.
inline std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.ndim() >= b.ndim() ? a : b;
  const Shape& shorter = a.ndim() >= b.ndim() ? b : a;
  Shape out = longer;
  const int skipped = longer.ndim() - shorter.ndim();
  for (int axis = 0; axis < shorter.ndim(); ++axis) {
    std::int64_t& size = out[axis + skipped];
    if (size == 1) size = shorter[axis];
    if (shorter[axis] != 1 && shorter[axis] != size) return std::nullopt;
  }
  return out;
}

/// The shape of numbers drawn for the inputs: that which they have together, or `size`; with
/// `batch`, `size` stands in front of theirs.
inline Shape shape_of_draws(const std::optional<Shape>& size, bool batch, const Inference& s) {
  Shape together;
  for (int i = 0; i < s.num_inputs(); ++i) {
    const auto both = broadcast(together, s.in(i));
    s.expect(both.has_value(), i, "cannot be broadcast with ", together, ": ", s.in(i));
    together = *both;
  }
  if (!size) return together;
  s.expect(size->known(), -1, "size: expected known sizes, got ", *size);
  if (batch) {
    Shape out = *size;
    for (const std::int64_t n : together) out.push_back(n);
    return out;
  }
  s.expect(broadcast(*size, together) == size, -1, "size: expected that to which ", together,
           " can be broadcast, got ", *size);
  return *size;
}

/// A parameter for each number that is drawn.
class PerNumber {
 public:
  explicit PerNumber(double number) : values_(1, number) {}
  /// Throws Error, naming `what`, unless all elements lie in the range, or are no numbers.
  PerNumber(const Tensor& in, const Shape& out, distributions::Range range, const std::string& what)
      : values_(static_cast<std::size_t>(in.size())) {
    kernels::convert(in.data, in.dtype, values_.data(), float64, in.size());
    for (const double value : values_) {
      check(std::isnan(value) || distributions::lies_in(value, range), what, ": expected ",
            distributions::described(range), ", got ", value);
    }
    const int skipped = out.ndim() - in.shape.ndim();
    std::int64_t inner = 1, step = 1;
    for (int axis = out.ndim() - 1; axis >= skipped; --axis) {
      const std::int64_t size = in.shape[axis - skipped];
      if (size > 1) axes_.push_back({inner, size, step});
      inner *= out[axis];
      step *= size;
    }
  }

  /// Where the parameter of number i stands.
  std::size_t place(std::int64_t i) const {
    std::int64_t place = 0;
    for (const Axis& axis : axes_) place += i / axis.inner % axis.size * axis.step;
    return static_cast<std::size_t>(place);
  }
  double at(std::int64_t i) const { return values_[place(i)]; }
  /// Those of `count` numbers from number i on.
  void read(std::int64_t i, std::int64_t count, double* to) const {
    if (axes_.empty()) {
      std::fill_n(to, count, values_.front());
      return;
    }
    // Along the last axis that it has, neighbours' are neighbours, or one belongs to many.
    const Axis& last = axes_.front();
    while (count > 0) {
      const bool is_row = last.inner == 1;
      const std::int64_t length = is_row ? last.size : last.inner;
      const std::int64_t run = std::min(count, length - i % length);
      if (is_row) {
        std::copy_n(&values_[place(i)], run, to);
      } else {
        std::fill_n(to, run, at(i));
      }
      i += run;
      to += run;
      count -= run;
    }
  }

 private:
  struct Axis {
    std::int64_t inner;  // numbers from one place of the axis to the next
    std::int64_t size;
    std::int64_t step;  // the same among the parameters
  };
  PooledVector<double> values_;
  PooledVector<Axis> axes_;
};

template <class O>
std::vector<std::string> inputs_of(const O& o, bool two) {
  std::vector<std::string> names;
  if (!o.first) names.emplace_back("input1");
  if (two && !o.second) names.push_back(names.empty() ? "input1" : "input2");
  return names;
}

/// The parameter that the options say, or that stands in the input, which `input` counts on to.
inline PerNumber parameter(const std::optional<double>& number, std::span<const Tensor> in,
                           std::size_t& input, const Shape& out, distributions::Range range,
                           const std::string& what) {
  if (number) return PerNumber(*number);
  return PerNumber(in[input++], out, range, what);
}

/// For inputs that are only looked up.
inline void expect_numbers(int i, const Inference& s) {
  s.expect(s.in_type(i) != boolean, -1, "computes in ", to_string(Types::numbers), ", got ",
           s.in_type(i), "; convert with astype");
}

inline void check_number(const std::optional<double>& number, distributions::Range range,
                         const char* name, const Inference& s) {
  s.expect(!number || (std::isfinite(*number) && distributions::lies_in(*number, range)), -1, name,
           ": expected ", distributions::described(range), ", got ", number.value_or(0));
}

}  // namespace
}  // namespace gluino
