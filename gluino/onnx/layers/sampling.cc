#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/vision/transformer.h>

#include <algorithm>

// Images sampled at places of a grid.
namespace gluino::onnx {
namespace {

// The places of pixels, from -1 to 1: of corners, or of centers between edges.
std::vector<double> places(std::int64_t size, bool align_corners) {
  std::vector<double> at;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto x = static_cast<double>(i), n = static_cast<double>(size);
    at.push_back(!align_corners ? (2 * x + 1) / n - 1 : size == 1 ? -1 : 2 * x / (n - 1) - 1);
  }
  return at;
}

// theta (N, 2, 3) or (N, 3, 4) times the places of all pixels, the last axis first.
Symbol read_affine_grid(const ImportNode& n) {
  const Composer c(n);
  const Ints size = n.ints(1);
  n.expect(size.size() == 4 || size.size() == 5, "size: expected 4 or 5 numbers, got ",
           size.size());
  const std::size_t axes = size.size() - 2;
  const bool align = n.integer("align_corners", 0) != 0;
  std::int64_t pixels = 1;
  for (std::size_t i = 2; i < size.size(); ++i) {
    n.expect(size[i] > 0 && size[i] <= (std::int64_t{1} << 24) / pixels, "size: got ", size[i]);
    pixels *= size[i];
  }
  std::vector<double> grid;
  std::int64_t inner = 1;
  for (std::size_t axis = axes; axis-- > 0;) {
    const std::vector<double> at = places(size[2 + axis], align);
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
      grid.push_back(at[static_cast<std::size_t>(pixel / inner % size[2 + axis])]);
    }
    inner *= size[2 + axis];
  }
  grid.insert(grid.end(), static_cast<std::size_t>(pixels), 1.0);
  const auto rows = static_cast<std::int64_t>(axes + 1);
  const Symbol all = c.matmul(n.in(), c.numbers(grid, {rows, pixels}, n.dtype()));
  Shape codes{0};
  for (std::size_t i = 2; i < size.size(); ++i) codes.push_back(size[i]);
  codes.push_back(static_cast<std::int64_t>(axes));
  return c.reshape(c.transpose(all, {0, 2, 1}), codes);
}

// Of images (N, C, sizes...) the elements at places that are told per axis: columns of gather_nd,
// weighed. Three ways to interpolate, and three to look beyond the edges.
class GridSample {
 public:
  explicit GridSample(const ImportNode& n) : n_(n), c_(n) {
    const Shape data = n.shape(0);
    axes_ = n.ndim() - 2;
    n_.expect(axes_ >= 1 && n.ndim(1) == axes_ + 2,
              "expected images and a grid of as many axes, got ", data, " and ", n.shape(1));
    for (int axis = 0; axis < axes_; ++axis) {
      sizes_.push_back(data[2 + axis]);
      n_.expect(sizes_.back() > 0, "the sizes of the images must follow from the file, got ", data);
    }
    if (mode_ == "bilinear") mode_ = "linear";
    if (mode_ == "bicubic") mode_ = "cubic";
    n_.expect(mode_ == "linear" || mode_ == "nearest" || mode_ == "cubic", "mode ", mode_,
              " is not read");
    n_.expect(padding_ == "zeros" || padding_ == "border" || padding_ == "reflection",
              "padding_mode ", padding_, " is not read");
  }

  Symbol symbol() {
    if (axes_ == 2 && mode_ == "linear" && padding_ == "zeros" && align_) {
      return n_.make("BilinearSampler", {n_.in(), c_.transpose(n_.in(1), {0, 3, 1, 2})});
    }
    for (int axis = 0; axis < axes_; ++axis) places_.push_back(place(axis));
    // The channels last, so that a place tells them all.
    Shape order{0};
    for (int axis = 0; axis < axes_; ++axis) order.push_back(2 + axis);
    order.push_back(1);
    images_ = c_.transpose(n_.in(), order);
    const Symbol y = sum_from(0, {}, {});
    return c_.move_axis(y, axes_ + 2, axes_ + 1, 1);
  }

 private:
  // Where along an axis, in pixels: (N, grid's sizes). The grid has the last axis first.
  Symbol place(int axis) const {
    const auto size = static_cast<double>(sizes_[static_cast<std::size_t>(axis)]);
    const std::int64_t column = axes_ - 1 - axis;
    const Symbol x = c_.squeeze(c_.slice(n_.in(1), axes_ + 1, column, column + 1), axes_ + 1);
    const Symbol from_edge = c_.plus(x, 1);
    Symbol at =
        align_ ? c_.times(from_edge, (size - 1) / 2) : c_.plus(c_.times(from_edge, size / 2), -0.5);
    if (mode_ == "nearest") at = c_.of("round_half_to_even", at);
    return padding_ == "zeros" || mode_ == "cubic" ? at : brought_inside(at, axis);
  }

  Symbol brought_inside(const Symbol& at, int axis) const {
    const auto last = static_cast<double>(sizes_[static_cast<std::size_t>(axis)] - 1);
    if (padding_ != "reflection") return c_.clip(at, 0, last);
    // There and back again, from the edges or the first and last pixels' centers.
    const double low = align_ ? 0 : -0.5, span = last - 2 * low;
    if (span == 0) return n_.make("zeros_like", {at});
    const Symbol around = c_.with("_mod_scalar", c_.plus(at, -low), 2 * span);
    const Symbol back = n_.make("broadcast_minimum", {around, c_.from(2 * span, around)});
    return c_.clip(c_.plus(back, low), 0, last);
  }

  // The elements at whole places, 0 where they lie beyond and the padding is so.
  Symbol pixels(const Symbols& at) const {
    Symbols rows;
    Symbol is_inside;
    const Symbol like = c_.cast(n_.make("zeros_like", {at[0]}), int64);
    Shape codes = Shape::filled(axes_ + 1, 1);
    codes[0] = -1;
    const Symbol image =
        c_.reshape(n_.make_by_text("_contrib_arange_like", {{"axis", "0"}}, {like}), codes);
    rows.push_back(c_.add(image, like));
    for (int axis = 0; axis < axes_; ++axis) {
      const auto last = static_cast<double>(sizes_[static_cast<std::size_t>(axis)] - 1);
      const Symbol& x = at[static_cast<std::size_t>(axis)];
      const Symbol within = padding_ == "zeros" ? c_.clip(x, 0, last) : brought_inside(x, axis);
      rows.push_back(c_.cast(mode_ == "cubic" && padding_ == "reflection"
                                 ? c_.of("round_half_to_even", within)
                                 : within,
                             int64));
      if (padding_ != "zeros") continue;
      const Symbol here =
          c_.mul(c_.with("_greater_equal_scalar", x, 0), c_.with("_lesser_equal_scalar", x, last));
      is_inside = axis == 0 ? here : c_.mul(is_inside, here);
    }
    for (Symbol& row : rows) row = c_.unsqueeze(row, 0);
    const Symbol found = n_.make("gather_nd", {images_, c_.concat(rows, 0)});
    if (padding_ != "zeros") return found;
    return c_.where(c_.unsqueeze(is_inside, axes_ + 1), found, n_.make("zeros_like", {found}));
  }

  // Keys' cubic with a = -0.75, so far away.
  Symbol cubic(const Symbol& far, bool is_near) const {
    constexpr double a = -0.75;
    const auto times = [&](const Symbol& x) { return c_.mul(x, far); };
    if (is_near) return c_.plus(times(times(c_.plus(c_.times(far, a + 2), -(a + 3)))), 1);
    const Symbol inner = c_.plus(times(c_.plus(c_.times(far, a), -5 * a)), 8 * a);
    return c_.plus(times(inner), -4 * a);
  }

  // The sum over the taps of the axes from `axis` on, with what was chosen along those before.
  Symbol sum_from(int axis, const Symbols& chosen, const std::optional<Symbol>& weight) const {
    if (axis == axes_) {
      const Symbol found = pixels(chosen);
      return weight ? c_.mul(found, c_.unsqueeze(*weight, axes_ + 1)) : found;
    }
    const Symbol& at = places_[static_cast<std::size_t>(axis)];
    const auto with = [&](const Symbol& place, const Symbol& share) {
      Symbols more = chosen;
      more.push_back(place);
      return sum_from(axis + 1, more, weight ? c_.mul(*weight, share) : share);
    };
    if (mode_ == "nearest") {
      Symbols more = chosen;
      more.push_back(at);
      return sum_from(axis + 1, more, weight);
    }
    const Symbol first = c_.of("floor", at);
    const Symbol rest = c_.sub(at, first);
    if (mode_ == "linear") {
      return c_.add(with(first, c_.from(1, rest)), with(c_.plus(first, 1), rest));
    }
    Symbol sum = with(c_.plus(first, -1), cubic(c_.plus(rest, 1), false));
    sum = c_.add(sum, with(first, cubic(rest, true)));
    sum = c_.add(sum, with(c_.plus(first, 1), cubic(c_.from(1, rest), true)));
    return c_.add(sum, with(c_.plus(first, 2), cubic(c_.from(2, rest), false)));
  }

  const ImportNode& n_;
  Composer c_;
  std::string mode_ = n_.text("mode", "linear");
  std::string padding_ = n_.text("padding_mode", "zeros");
  bool align_ = n_.integer("align_corners", 0) != 0;
  int axes_ = 0;
  Ints sizes_;
  Symbols places_;
  Symbol images_;
};

const bool registered = translate([](Translations& t) {
  t.reads("AffineGrid", read_affine_grid);
  t.reads("GridSample", [](const ImportNode& n) { return GridSample(n).symbol(); });
});

}  // namespace
}  // namespace gluino::onnx
