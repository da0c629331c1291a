#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

/// NumPy's lines through points.
namespace gluino {
namespace {

struct InterpOptions {
  std::optional<double> left{};
  std::optional<double> right{};
  std::optional<double> period{};
  double x_scalar = 0;
  bool x_is_scalar = false;
};

// The points between which lines run, in rising order, and which input each is. Of those that come
// again after a period all lie within one, and beyond each end stands the next.
template <class T>
struct Points {
  Points(const InterpOptions& o, const Tensor& xp, const Tensor& fp)
      : from(static_cast<std::size_t>(xp.size())) {
    std::iota(from.begin(), from.end(), 0);
    x.assign(xp.as<T>(), xp.as<T>() + xp.size());
    if (o.period) fold(static_cast<T>(std::abs(*o.period)));
    for (const std::int64_t i : from) f.push_back(fp.as<T>()[i]);
  }

  std::vector<T> x, f;
  std::vector<std::int64_t> from;
  /// Of the points the first, where not all of `x` belong to one period.
  T period = 0;

  /// A place within the period, if there is one.
  T folded(T value) const { return period > 0 ? within(value, period) : value; }

 private:
  static T within(T value, T period) {
    const T rest = std::fmod(value, period);
    return rest < 0 ? rest + period : rest;
  }

  void fold(T length) {
    period = length;
    for (T& value : x) value = within(value, period);
    std::stable_sort(from.begin(), from.end(), [&](std::int64_t a, std::int64_t b) {
      return x[static_cast<std::size_t>(a)] < x[static_cast<std::size_t>(b)];
    });
    const std::int64_t first = from.front(), last = from.back();
    from.insert(from.begin(), last);
    from.push_back(first);
    std::vector<T> sorted;
    sorted.reserve(from.size());
    for (const std::int64_t i : from) sorted.push_back(x[static_cast<std::size_t>(i)]);
    sorted.front() -= period;
    sorted.back() += period;
    x = std::move(sorted);
  }
};

// Where x lies: on the line that begins at a point, on a point alone, or beyond an end.
struct Place {
  enum class Kind { line, point, left, right, nowhere };
  Kind kind;
  std::size_t point = 0;
};

template <class T>
Place place_of(T x, const Points<T>& points) {
  const std::size_t last = points.x.size() - 1;
  if (std::isnan(x)) return {Place::Kind::nowhere};
  if (x < points.x.front()) return {Place::Kind::left, 0};
  if (x > points.x.back()) return {Place::Kind::right, last};
  const auto after = std::upper_bound(points.x.begin(), points.x.end(), x);
  const auto point = static_cast<std::size_t>(after - points.x.begin()) - 1;
  // No line begins at the last; and of a line's end its slope, which may be infinite, says nothing.
  return {point == last || points.x[point] == x ? Place::Kind::point : Place::Kind::line, point};
}

// Calls each(i, x) for the places to look at.
template <class T, class F>
void each_place(const InterpOptions& o, std::span<const Tensor> in, const Points<T>& points, F f) {
  if (o.x_is_scalar) return f(0, points.folded(static_cast<T>(o.x_scalar)));
  for (std::int64_t i = 0; i < in[2].size(); ++i) f(i, points.folded(in[2].as<T>()[i]));
}

void interp_forward(const InterpOptions& o, const Call& call) {
  if (call.out[0].size() == 0) return;
  dispatch_real(call.out[0].dtype, "_npi_interp", [&]<class T>() {
    const Points<T> points(o, call.in[0], call.in[1]);
    T* const y = call.out[0].as<T>();
    const auto given = [](const std::optional<double>& value, T otherwise) {
      return value ? static_cast<T>(*value) : otherwise;
    };
    each_place<T>(o, call.in, points, [&](std::int64_t i, T x) {
      const Place place = place_of(x, points);
      const std::size_t at = place.point;
      switch (place.kind) {
        case Place::Kind::nowhere:
          y[i] = x;
          break;
        case Place::Kind::left:
          y[i] = given(o.left, points.f[at]);
          break;
        case Place::Kind::right:
          y[i] = given(o.right, points.f[at]);
          break;
        case Place::Kind::point:
          y[i] = points.f[at];
          break;
        case Place::Kind::line:
          const T slope = (points.f[at + 1] - points.f[at]) / (points.x[at + 1] - points.x[at]);
          y[i] = points.f[at] + slope * (x - points.x[at]);
      }
    });
  });
}

// y = f0 + s (x - x0) with s = (f1 - f0) / (x1 - x0): dy/dx = s; with t = (x - x0) / (x1 - x0),
// dy/df = (1 - t, t) and dy/dxp = -s (1 - t, t). At a point the line to its right counts.
void interp_backward(const InterpOptions& o, const GradientCall& call) {
  for (const Tensor& gradient : call.in_grad) {
    if (gradient) {
      std::memset(gradient.data, 0,
                  static_cast<std::size_t>(gradient.size()) * size_of(gradient.dtype));
    }
  }
  if (call.out_grad[0].size() == 0) return;
  dispatch_real(call.out_grad[0].dtype, "_npi_interp", [&]<class T>() {
    const Points<T> points(o, call.in[0], call.in[1]);
    const auto add = [&](std::size_t input, std::int64_t i, T value) {
      if (input < call.in_grad.size() && call.in_grad[input]) {
        call.in_grad[input].as<T>()[i] += value;
      }
    };
    each_place<T>(o, call.in, points, [&](std::int64_t i, T x) {
      const Place place = place_of(x, points);
      const T dy = call.out_grad[0].as<T>()[i];
      const bool is_left = place.kind == Place::Kind::left;
      const bool is_right = place.kind == Place::Kind::right;
      if (place.kind == Place::Kind::nowhere || (is_left && o.left) || (is_right && o.right))
        return;
      std::size_t at = place.point;
      if (is_left || is_right || points.x.size() == 1) return add(1, points.from[at], dy);
      at = std::min(at, points.x.size() - 2);
      const T width = points.x[at + 1] - points.x[at], t = (x - points.x[at]) / width;
      const T slope = (points.f[at + 1] - points.f[at]) / width;
      add(2, i, dy * slope);
      add(1, points.from[at], dy * (1 - t));
      add(1, points.from[at + 1], dy * t);
      add(0, points.from[at], -dy * slope * (1 - t));
      add(0, points.from[at + 1], -dy * slope * t);
    });
  });
}

void infer_interp(const InterpOptions& o, Inference& s) {
  const Shape &xp = s.in(0), &fp = s.in(1);
  s.expect(xp.ndim() == 1 && xp[0] > 0, -1, "ValueError: xp: expected a row of points, got shape ",
           xp);
  s.expect(fp == xp, -1, "ValueError: fp: expected the shape of xp, ", xp, ", got ", fp);
  s.expect(!o.period || (*o.period != 0 && std::isfinite(*o.period)), -1,
           "ValueError: period: expected a number other than 0");
  s.set_out(0, o.x_is_scalar ? Shape() : s.in(2));
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

const auto interp =
    define_op<InterpOptions>("_npi_interp")
        .doc(
            "The lines through the points (xp, fp), xp rising, at x; beyond the ends the first and "
            "the last of fp.")
        .inputs({"xp", "fp", "x"})
        .omits_last_when([](const InterpOptions& o) { return o.x_is_scalar; })
        .field("left", &InterpOptions::left, "What is below the first point; None: its fp.")
        .field("right", &InterpOptions::right, "What is beyond the last; None: its fp.")
        .field("period", &InterpOptions::period,
               "After which the points, in any order, come again; None: they do not.")
        .field("x_scalar", &InterpOptions::x_scalar, "The only x, where it is a number.")
        .field("x_is_scalar", &InterpOptions::x_is_scalar, "Whether it is.")
        .infer(infer_interp)
        .forward(interp_forward)
        .backward(interp_backward, Op::inputs)
        .instead("take and arithmetic at places that are looked up")
        .sample({.period = 5}, {{{4}, kDistinct}, {{4}}, {{2, 3}, {Fill::Kind::uniform, 0.8, 1.8}}})
        .sample({.left = 1}, {{{1}, kDistinct}, {{1}}, {{3}}})
        .sample({.x_scalar = 0.3, .x_is_scalar = true}, {{{1}, kDistinct}, {{1}}})
        .sample({}, {{{2}, kDistinct}, {{2}}, {{0, 3}}});

}  // namespace
}  // namespace gluino
