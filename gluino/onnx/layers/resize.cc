#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/up_sampling.h>
#include <gluino/ops/linalg/dot.h>
#include <gluino/ops/vision/resampling.h>

#include <algorithm>
#include <cmath>

// ONNX' Resize: along each axis either one element is taken for each, or several are weighed, which
// is the product with a matrix of the file. Two usual cases are operators of ours.
namespace gluino::onnx {
namespace {

using std::string;

constexpr double kMostElements = 1 << 26;
/// Of the matrices that are the product's right side.
constexpr double kMostWeights = 1 << 24;

// What is asked of one axis.
struct Along {
  int axis = 0;
  /// -1 where only a run knows it.
  std::int64_t in = 0;
  std::int64_t out = 0;
  double scale = 1;
  // With tf_crop_and_resize the part that is looked at.
  double begin = 0;
  double end = 1;
};

class Resize {
 public:
  explicit Resize(const ImportNode& n) : n_(n), c_(n), axes_(axes()) {
    n_.expect(mode_ == "nearest" || mode_ == "linear" || mode_ == "cubic", "mode ", mode_,
              " is not read");
    if (antialias_) n_.expect(mode_ != "nearest", "antialias of mode nearest");
  }

  Symbol symbol() {
    for (const Along& along : axes_) n_.expect(along.scale > 0, "expected scales above 0");
    const bool is_image = n_.ndim() == 4 && std::all_of(axes_.begin(), axes_.end(), [](auto& a) {
                            return a.axis >= 2 || a.scale == 1;
                          });
    if (is_image && is_up_sampling()) {
      const auto scale = static_cast<std::int64_t>(of_axis(2).scale);
      return n_.make("UpSampling", UpSamplingOptions{.scale = scale}, {n_.in()});
    }
    if (is_image && is_bilinear()) {
      return n_.make("_contrib_BilinearResize2D",
                     BilinearResize2DOptions{.height = of_axis(2).out,
                                             .width = of_axis(3).out,
                                             .align_corners = coordinates_ == "align_corners"},
                     {n_.in()});
    }
    Symbol x = n_.in();
    for (const Along& along : axes_) {
      if (changes(along)) x = resized(x, along);
    }
    return x.entries().at(0).node == n_.in().entries().at(0).node ? n_.make("_copy", {x}) : x;
  }

 private:
  bool changes(const Along& along) const {
    return along.scale != 1 || along.begin != 0 || along.end != 1;
  }

  std::vector<Along> axes() const {
    const int ndim = n_.ndim();
    Ints named = n_.ints("axes");
    if (named.empty()) {
      for (int axis = 0; axis < ndim; ++axis) named.push_back(axis);
    }
    const std::vector<double> scales = n_.has(2) && n_.constant(2).size() > 0
                                           ? n_.constant(2).to_vector<double>()
                                           : std::vector<double>();
    const std::vector<Size> sizes = scales.empty() ? n_.sizes(3) : std::vector<Size>();
    n_.has(3);
    const std::size_t told = scales.empty() ? sizes.size() : scales.size();
    n_.expect(told == named.size(), "expected ", named.size(), " scales or sizes, got ", told);
    const std::vector<double> roi = part(named.size());
    const std::vector<Size> data = n_.data_sizes();
    std::vector<Along> all;
    for (std::size_t i = 0; i < named.size(); ++i) {
      Along along{.axis = normalize_axis(named[i], ndim)};
      const Size& from = data[static_cast<std::size_t>(along.axis)];
      along.in = from.is_known() ? from.first : -1;
      if (!roi.empty()) along.begin = roi[i], along.end = roi[named.size() + i];
      if (scales.empty()) {
        const bool same = sizes[i].first == from.first && sizes[i].second == from.second;
        n_.expect(same || from.first > 0, "an axis of no elements");
        along.scale =
            same ? 1 : static_cast<double>(sizes[i].first) / static_cast<double>(from.first);
        along.out = sizes[i].is_known() ? sizes[i].first : -1;
        n_.expect(same || sizes[i].is_known(), "sizes: must follow from the file");
      } else {
        along.scale = scales[i];
        // In single precision, as scales are told: 10 times 0.7 is 7.
        along.out =
            along.in < 0
                ? -1
                : static_cast<std::int64_t>(std::clamp(
                      static_cast<float>(along.in) * static_cast<float>(scales[i]), 0.0F, 1e6F));
      }
      all.push_back(along);
    }
    keep_ratio(all, !scales.empty());
    return all;
  }

  std::vector<double> part(std::size_t axes) const {
    const bool has = n_.has(1);
    if (coordinates_ != "tf_crop_and_resize") return {};
    n_.expect(has && n_.constant(1).size() == static_cast<std::int64_t>(2 * axes), "roi: expected ",
              2 * axes, " numbers");
    return n_.constant(1).to_vector<double>();
  }

  // One scale for all axes: the smallest, or the largest.
  void keep_ratio(std::vector<Along>& all, bool by_scales) const {
    const string policy = n_.text("keep_aspect_ratio_policy", "stretch");
    if (policy == "stretch" || by_scales) return;
    n_.expect(policy == "not_larger" || policy == "not_smaller", "keep_aspect_ratio_policy ",
              policy, " is not read");
    const auto [least, most] = std::minmax_element(
        all.begin(), all.end(), [](const Along& a, const Along& b) { return a.scale < b.scale; });
    const double scale = policy == "not_larger" ? least->scale : most->scale;
    for (Along& along : all) {
      n_.expect(along.in >= 0, "keep_aspect_ratio_policy: sizes must follow from the file");
      along.scale = scale;
      along.out = static_cast<std::int64_t>(scale * static_cast<double>(along.in) + 0.5);
    }
  }

  const Along& of_axis(int axis) const {
    static const Along same;
    const auto found = std::find_if(axes_.begin(), axes_.end(),
                                    [axis](const Along& along) { return along.axis == axis; });
    return found == axes_.end() ? same : *found;
  }

  // Larger by a whole number, each pixel becomes so many in these ways to round; in others not.
  bool is_up_sampling() const {
    const double scale = of_axis(2).scale;
    const bool half = coordinates_ == "half_pixel" || coordinates_ == "pytorch_half_pixel";
    return mode_ == "nearest" && scale == of_axis(3).scale && scale >= 1 && scale < 1e6 &&
           scale == std::floor(scale) &&
           ((coordinates_ == "asymmetric" && rounding_ == "floor") ||
            (half && rounding_.starts_with("round_prefer")));
  }

  bool is_bilinear() const {
    const auto suits = [&](const Along& along) {
      const double wanted = along.scale * static_cast<double>(along.in);
      return along.in > 0 && along.out > 0 &&
             std::abs(wanted - static_cast<double>(along.out)) < 1e-3 &&
             (coordinates_ != "half_pixel" || along.out > 1 || along.in == 1);
    };
    return mode_ == "linear" && !antialias_ && is_floating(n_.dtype()) &&
           (coordinates_ == "align_corners" || coordinates_.ends_with("half_pixel")) &&
           suits(of_axis(2)) && suits(of_axis(3));
  }

  // Where element `i` of the result lies among those of the data.
  double place(const Along& a, std::int64_t i) const {
    const auto at = static_cast<double>(i), in = static_cast<double>(a.in);
    const double whole = a.scale * in;
    if (coordinates_ == "align_corners" || coordinates_ == "tf_crop_and_resize") {
      n_.expect(std::abs(whole - static_cast<double>(a.out)) < 1e-3,
                "expected a whole number of "
                "pixels, got ",
                whole, ": where the last one lies is told in two ways");
    }
    if (coordinates_ == "align_corners") return whole == 1 ? 0 : at * (in - 1) / (whole - 1);
    if (coordinates_ == "asymmetric") return at / a.scale;
    if (coordinates_ == "tf_crop_and_resize") {
      const double reach = (a.end - a.begin) * (in - 1);
      return a.begin * (in - 1) + (whole == 1 ? reach / 2 : at * reach / (whole - 1));
    }
    const double half = (at + 0.5) / a.scale - 0.5;
    if (coordinates_ == "half_pixel") return half;
    if (coordinates_ == "pytorch_half_pixel") return a.out == 1 ? -0.5 : half;
    if (coordinates_ == "half_pixel_symmetric") {
      return half + in / 2 * (1 - static_cast<double>(a.out) / whole);
    }
    n_.refuse("coordinate_transformation_mode ", coordinates_, " is not read");
  }

  std::int64_t nearest(double place) const {
    const double whole = rounding_ == "round_prefer_floor"  ? std::ceil(place - 0.5)
                         : rounding_ == "round_prefer_ceil" ? std::floor(place + 0.5)
                         : rounding_ == "floor"             ? std::floor(place)
                                                            : std::ceil(place);
    n_.expect(rounding_.starts_with("round_prefer_") || rounding_ == "floor" || rounding_ == "ceil",
              "nearest_mode ", rounding_, " is not read");
    return static_cast<std::int64_t>(std::clamp(whole, -1.0, kMostElements));
  }

  // What an element counts that is so far away: a triangle, or Keys' cubic (1981).
  double weight(double far) const {
    const double x = std::abs(far), a = cubic_;
    if (mode_ == "linear") return std::max(0.0, 1 - x);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  }

  // The share of each element of the data in one of the result.
  void add_row(const Along& a, double place, double* row) const {
    const double narrow = antialias_ ? std::min(a.scale, 1.0) : 1;
    const double reach = (mode_ == "linear" ? 1 : 2) / narrow;
    n_.expect(reach * static_cast<double>(a.out) <= kMostWeights, "a scale of ", a.scale,
              " is too small");
    // Further away all weights are the last element's.
    place = std::clamp(place, -2 * reach, static_cast<double>(a.in) + 2 * reach);
    double sum = 0;
    const auto visit = [&](auto f) {
      for (double i = std::floor(place - reach); i <= std::ceil(place + reach); ++i) {
        const bool is_outside = i < 0 || i >= static_cast<double>(a.in);
        if (!(exclude_outside_ && is_outside)) f(i, weight((i - place) * narrow));
      }
    };
    visit([&](double /*i*/, double w) { sum += w; });
    visit([&](double i, double w) {
      const double at = std::clamp(i, 0.0, static_cast<double>(a.in - 1));
      if (w != 0 && sum != 0) row[static_cast<std::int64_t>(at)] += w / sum;
    });
  }

  Symbol resized(const Symbol& x, const Along& a) const {
    n_.expect(a.in > 0 && a.out > 0, "axis ", a.axis, " of ", n_.shape(),
              ": the size must follow from the file and be above 0, before and after");
    const double elements =
        static_cast<double>(a.out) * (mode_ == "nearest" ? 1 : static_cast<double>(a.in));
    n_.expect(elements <= (mode_ == "nearest" ? kMostElements : kMostWeights), "axis ", a.axis,
              " of ", n_.shape(), " with ", a.out, " elements is too large");
    const int ndim = n_.ndim();
    std::vector<double> places;
    for (std::int64_t i = 0; i < a.out; ++i) {
      places.push_back(place(a, i));
      n_.expect(std::isfinite(places.back()), "axis ", a.axis, ": a place that is no number");
    }
    Symbol y;
    if (mode_ == "nearest") {
      Ints at;
      for (const double p : places) at.push_back(std::clamp<std::int64_t>(nearest(p), 0, a.in - 1));
      y = c_.take(x, a.axis, at);
    } else {
      n_.expect(is_floating(n_.dtype()), "mode ", mode_, " of ", n_.dtype(), " is not read");
      std::vector<double> matrix(static_cast<std::size_t>(a.out * a.in), 0);
      for (std::size_t i = 0; i < places.size(); ++i) {
        add_row(a, places[i], matrix.data() + i * static_cast<std::size_t>(a.in));
      }
      const Symbol rows = c_.numbers(matrix, {a.out, a.in}, n_.dtype());
      const Symbol last = c_.move_axis(x, ndim, a.axis, ndim - 1);
      y = c_.move_axis(n_.make("dot", DotOptions{.transpose_b = true}, {last, rows}), ndim,
                       ndim - 1, a.axis);
    }
    return coordinates_ == "tf_crop_and_resize" ? with_outside(y, a, places) : y;
  }

  // What lies outside of the data has a value of its own.
  Symbol with_outside(const Symbol& y, const Along& a, const std::vector<double>& places) const {
    std::vector<double> outside;
    outside.reserve(places.size());
    for (const double p : places) outside.push_back(p < 0 || p > static_cast<double>(a.in - 1));
    if (std::count(outside.begin(), outside.end(), 1.0) == 0) return y;
    Shape row = Shape::filled(n_.ndim() - a.axis, 1);
    row[0] = a.out;
    return c_.where(c_.numbers(outside, row, boolean), c_.number(extrapolation_, n_.dtype()), y);
  }

  const ImportNode& n_;
  Composer c_;
  string mode_ = n_.text("mode", "nearest");
  string coordinates_ = n_.text("coordinate_transformation_mode", "half_pixel");
  string rounding_ = n_.text("nearest_mode", "round_prefer_floor");
  double cubic_ = n_.real("cubic_coeff_a", -0.75);
  double extrapolation_ = n_.real("extrapolation_value", 0);
  bool exclude_outside_ = n_.integer("exclude_outside", 0) != 0;
  bool antialias_ = n_.integer("antialias", 0) != 0;
  std::vector<Along> axes_;
};

const bool registered = translate([](Translations& t) {
  t.reads("Resize", [](const ImportNode& n) { return Resize(n).symbol(); });
});

}  // namespace
}  // namespace gluino::onnx
