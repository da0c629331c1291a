#include <gluino/base/error.h>
#include <gluino/io/iterators/det_augmenter.h>
#include <gluino/io/iterators/picture_changes.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/pictures/image.h>
#include <gluino/kernels/cpu/pictures/colors.h>
#include <gluino/ops/image/image.h>

#include <algorithm>
#include <cmath>

namespace gluino::io {
namespace {

constexpr const char* kName = "ImageDetRecordIter";
constexpr std::int64_t kMaxTrials = 1 << 20;
constexpr std::int64_t kMaxSamplers = 1024;
/// A larger frame around a picture would hardly show it.
constexpr double kMaxPadScale = 100;
/// Smaller margins than this part are left out, as in MXNet.
constexpr double kLeastPadScale = 1.05;

template <class T>
const T& of_sampler(const std::vector<T>& values, std::size_t sampler) {
  return values.size() == 1 ? values[0] : values[sampler];
}

void check_probability(const char* option, double p) {
  check(p >= 0 && p <= 1, kName, ": ", option, ": expected 0 to 1, got ", p);
}

// Two lists that are the ends of ranges, all within [0, most].
void check_ranges(const char* option, const std::vector<double>& low,
                  const std::vector<double>& high, std::int64_t samplers, double most) {
  const auto fits = [samplers](std::size_t size) {
    return size == 1 || static_cast<std::int64_t>(size) == samplers;
  };
  check(fits(low.size()) && fits(high.size()), kName, ": min_crop_", option, " and max_crop_",
        option, ": expected 1 or num_crop_sampler, ", samplers, ", numbers, got ", low.size(),
        " and ", high.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(samplers); ++i) {
    const double from = of_sampler(low, i), to = of_sampler(high, i);
    check(from >= 0 && from <= to && to <= most, kName, ": min_crop_", option, " and max_crop_",
          option, ": expected a rising pair within 0 and ", most, ", got ", from, " and ", to);
  }
}

void check_crops(const ImageDetRecordIterOptions& o) {
  const std::int64_t n = o.num_crop_sampler;
  check(n >= 0 && n <= kMaxSamplers, kName, ": num_crop_sampler: expected 0 to ", kMaxSamplers,
        ", got ", n);
  check_ranges("scales", o.min_crop_scales, o.max_crop_scales, n, 1);
  check_ranges("aspect_ratios", o.min_crop_aspect_ratios, o.max_crop_aspect_ratios, n, 1e6);
  check_ranges("overlaps", o.min_crop_overlaps, o.max_crop_overlaps, n, 1);
  check_ranges("sample_coverages", o.min_crop_sample_coverages, o.max_crop_sample_coverages, n, 1);
  check_ranges("object_coverages", o.min_crop_object_coverages, o.max_crop_object_coverages, n, 1);
  check(o.max_crop_trials.size() == 1 || static_cast<std::int64_t>(o.max_crop_trials.size()) == n,
        kName, ": max_crop_trials: expected 1 or num_crop_sampler, ", n, ", numbers, got ",
        o.max_crop_trials.size());
  for (const std::int64_t trials : o.max_crop_trials) {
    check(trials >= 0 && trials <= kMaxTrials, kName, ": max_crop_trials: expected 0 to ",
          kMaxTrials, ", got ", trials);
  }
  check(o.crop_emit_mode == "center" || o.crop_emit_mode == "overlap", kName,
        ": crop_emit_mode: expected center or overlap, got ", o.crop_emit_mode);
}

void check_options(const ImageDetRecordIterOptions& o) {
  check_picture_shape(kName, o.data_shape);
  check(o.resize <= kMaxPictureSide, kName, ": resize: expected at most ", kMaxPictureSide,
        ", got ", o.resize);
  check_probability("rand_crop_prob", o.rand_crop_prob);
  check_probability("rand_pad_prob", o.rand_pad_prob);
  check_probability("rand_mirror_prob", o.rand_mirror_prob);
  check_probability("random_hue_prob", o.random_hue_prob);
  check_probability("random_saturation_prob", o.random_saturation_prob);
  check_probability("random_illumination_prob", o.random_illumination_prob);
  check_probability("random_contrast_prob", o.random_contrast_prob);
  check(std::min({o.max_random_hue, o.max_random_saturation, o.max_random_illumination}) >= 0 &&
            o.max_random_contrast >= 0 && std::isfinite(o.max_random_contrast),
        kName, ": max_random_...: expected at least 0");
  check(o.max_pad_scale >= 1 && o.max_pad_scale <= kMaxPadScale, kName,
        ": max_pad_scale: expected 1 to ", kMaxPadScale, ", got ", o.max_pad_scale);
  check(o.fill_value >= 0 && o.fill_value <= 255, kName, ": fill_value: expected 0 to 255, got ",
        o.fill_value);
  check_inter_method(kName, o.inter_method);
  check(o.resize_mode == "force" || o.resize_mode == "fit" || o.resize_mode == "shrink", kName,
        ": resize_mode: expected force, fit or shrink, got ", o.resize_mode);
  check_crops(o);
}

Frame shared(const Frame& a, const Frame& b) {
  return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
          std::min(a.bottom, b.bottom)};
}

// A frame as one sees it from within another; cut at its edges.
Frame within(const Frame& outer, const Frame& frame) {
  const auto x = [&](float at) {
    return std::clamp((at - outer.left) / outer.width(), 0.0F, 1.0F);
  };
  const auto y = [&](float at) {
    return std::clamp((at - outer.top) / outer.height(), 0.0F, 1.0F);
  };
  return {x(frame.left), y(frame.top), x(frame.right), y(frame.bottom)};
}

// A random part of a picture whose width is `aspect` times its height.
Frame random_part(double low_scale, double high_scale, double low_ratio, double high_ratio,
                  double aspect, RandomStream& random) {
  constexpr double kLeast = 1e-6;
  const double scale = std::max(kLeast, random.uniform(low_scale, high_scale));
  // Its width by its height, in parts of the picture's, which neither leaves the picture.
  const double low = std::max(low_ratio / aspect, scale * scale);
  const double high = std::min(high_ratio / aspect, 1 / (scale * scale));
  const double root = std::sqrt(low < high ? random.uniform(low, high) : std::min(low, high));
  const double width = std::clamp(scale * root, kLeast, 1.0);
  const double height = std::clamp(root > 0 ? scale / root : 1, kLeast, 1.0);
  const double left = random.uniform(0, 1 - width);
  const double top = random.uniform(0, 1 - height);
  return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(left + width),
          static_cast<float>(top + height)};
}

std::int64_t in_pixels(double part, std::int64_t side) {
  return static_cast<std::int64_t>(std::lround(part * static_cast<double>(side)));
}

double aspect_of(const NDArray& picture) {
  return static_cast<double>(picture.shape()[1]) / static_cast<double>(picture.shape()[0]);
}

}  // namespace

DetAugmenter::DetAugmenter(const ImageDetRecordIterOptions& options)
    : options_(options), times_(times_asked(kName, options.aug_seq, "det_aug_default")) {
  check_options(options);
}

bool DetAugmenter::is_random() const {
  const auto& o = options_;
  if (times_ == 0) return false;
  return std::max({o.rand_crop_prob, o.rand_pad_prob, o.rand_mirror_prob, o.random_hue_prob,
                   o.random_saturation_prob, o.random_illumination_prob, o.random_contrast_prob}) >
             0 ||
         o.inter_method == 10;
}

NDArray DetAugmenter::sized(const NDArray& picture, std::int64_t width, std::int64_t height,
                            RandomStream& random) const {
  return resized(picture, width, height, options_.inter_method, random);
}

NDArray DetAugmenter::recolored(const NDArray& picture, RandomStream& random) const {
  const auto& o = options_;
  const auto whole = [&](double probability, int most) {
    return most == 0 || !random.chance(probability) ? 0.0F : whole_within(most, random);
  };
  const kernels::HlsShift by{
      .hue = whole(o.random_hue_prob, o.max_random_hue),
      .lightness = whole(o.random_illumination_prob, o.max_random_illumination),
      .saturation = whole(o.random_saturation_prob, o.max_random_saturation)};
  NDArray result = shifted(picture, by);
  if (o.max_random_contrast > 0 && random.chance(o.random_contrast_prob)) {
    const double contrast = random.uniform(-o.max_random_contrast, o.max_random_contrast);
    const NDArray before = result;
    result = NDArray(picture.shape(), uint8);
    kernels::linear(before.data<std::uint8_t>(), result.data<std::uint8_t>(), before.size(),
                    static_cast<float>(std::max(0.0, 1 + contrast)), 0);
  }
  return result;
}

NDArray DetAugmenter::mirrored(const NDArray& picture, DetLabel& label) const {
  for (std::size_t i = 0; i < label.size(); ++i) {
    const Frame f = label.frame(i);
    label.set_frame(i, {1 - f.right, f.top, 1 - f.left, f.bottom});
  }
  return ops::image_flip_left_right(picture);
}

NDArray DetAugmenter::with_margins(const NDArray& picture, DetLabel& label,
                                   RandomStream& random) const {
  const double scale = random.uniform(1, options_.max_pad_scale);
  if (scale < kLeastPadScale) return picture;
  const std::int64_t height = picture.shape()[0], width = picture.shape()[1];
  const std::int64_t outer_height = in_pixels(scale, height);
  const std::int64_t outer_width = in_pixels(scale, width);
  const auto place = [&](std::int64_t room) {
    return std::min(room,
                    static_cast<std::int64_t>(random.uniform(0, static_cast<double>(room + 1))));
  };
  const std::int64_t left = place(outer_width - width);
  const std::int64_t top = place(outer_height - height);
  const auto x_of = [&](float x) {
    return (x * static_cast<float>(width) + static_cast<float>(left)) /
           static_cast<float>(outer_width);
  };
  const auto y_of = [&](float y) {
    return (y * static_cast<float>(height) + static_cast<float>(top)) /
           static_cast<float>(outer_height);
  };
  for (std::size_t i = 0; i < label.size(); ++i) {
    const Frame f = label.frame(i);
    label.set_frame(i, {x_of(f.left), y_of(f.top), x_of(f.right), y_of(f.bottom)});
  }
  return padded(picture,
                {.left = left,
                 .top = top,
                 .right = outer_width - width - left,
                 .bottom = outer_height - height - top},
                static_cast<std::uint8_t>(options_.fill_value));
}

// Whether a part shows some object well enough, and then the label as it shows it.
bool DetAugmenter::shows(const Frame& part, std::size_t sampler, DetLabel& label) const {
  const auto& o = options_;
  const auto is_within = [sampler](double x, const auto& low, const auto& high) {
    return x >= of_sampler(low, sampler) && x <= of_sampler(high, sampler);
  };
  bool good = false;
  std::vector<bool> kept(label.size());
  for (std::size_t i = 0; i < label.size(); ++i) {
    const Frame object = label.frame(i);
    const double both = shared(part, object).area();
    const double of_object = object.area() > 0 ? both / object.area() : 0;
    const double of_part = both / part.area();
    const double of_all = both / (part.area() + object.area() - both);
    good = good || (both > 0 && is_within(of_all, o.min_crop_overlaps, o.max_crop_overlaps) &&
                    is_within(of_part, o.min_crop_sample_coverages, o.max_crop_sample_coverages) &&
                    is_within(of_object, o.min_crop_object_coverages, o.max_crop_object_coverages));
    const float x = (object.left + object.right) / 2, y = (object.top + object.bottom) / 2;
    kept[i] = o.crop_emit_mode == "overlap"
                  ? of_object > o.emit_overlap_thresh
                  : x >= part.left && x < part.right && y >= part.top && y < part.bottom;
  }
  if (!good || std::find(kept.begin(), kept.end(), true) == kept.end()) return false;
  label.keep(kept);
  for (std::size_t i = 0; i < label.size(); ++i) {
    label.set_frame(i, within(part, label.frame(i)));
  }
  return true;
}

NDArray DetAugmenter::cropped(const NDArray& picture, DetLabel& label, RandomStream& random) const {
  const auto& o = options_;
  std::vector<std::size_t> order(static_cast<std::size_t>(o.num_crop_sampler));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(static_cast<int>(i)))]);
  }
  const std::int64_t height = picture.shape()[0], width = picture.shape()[1];
  for (const std::size_t s : order) {
    for (std::int64_t trial = 0; trial < of_sampler(o.max_crop_trials, s); ++trial) {
      const Frame wanted =
          random_part(of_sampler(o.min_crop_scales, s), of_sampler(o.max_crop_scales, s),
                      of_sampler(o.min_crop_aspect_ratios, s),
                      of_sampler(o.max_crop_aspect_ratios, s), aspect_of(picture), random);
      const image::Rectangle pixels{
          in_pixels(wanted.left, width), in_pixels(wanted.top, height),
          in_pixels(wanted.right, width) - in_pixels(wanted.left, width),
          in_pixels(wanted.bottom, height) - in_pixels(wanted.top, height)};
      if (pixels.width < 1 || pixels.height < 1) continue;
      // The label follows the pixels.
      const auto part = [](std::int64_t at, std::int64_t side) {
        return static_cast<float>(at) / static_cast<float>(side);
      };
      const Frame cut{part(pixels.x, width), part(pixels.y, height),
                      part(pixels.x + pixels.width, width), part(pixels.y + pixels.height, height)};
      if (shows(cut, s, label)) return image::fixed_crop(picture, pixels);
    }
  }
  return picture;
}

NDArray DetAugmenter::fitted(const NDArray& picture, RandomStream& random) const {
  const std::int64_t height = options_.data_shape[1], width = options_.data_shape[2];
  if (options_.resize_mode == "force") return sized(picture, width, height, random);
  const double by = std::min(static_cast<double>(height) / static_cast<double>(picture.shape()[0]),
                             static_cast<double>(width) / static_cast<double>(picture.shape()[1]));
  if (options_.resize_mode == "shrink" && by >= 1) return picture;
  const auto side = [by](std::int64_t now, std::int64_t most) {
    const auto scaled = static_cast<std::int64_t>(by * static_cast<double>(now) + 1e-9);
    return std::clamp<std::int64_t>(scaled, 1, most);
  };
  return sized(picture, side(picture.shape()[1], width), side(picture.shape()[0], height), random);
}

NDArray DetAugmenter::operator()(NDArray picture, DetLabel& label, RandomStream& random) const {
  for (std::int64_t i = 0; i < times_; ++i) picture = augmented(picture, label, random);
  const Shape& most = options_.data_shape;
  check(picture.shape()[0] <= most[1] && picture.shape()[1] <= most[2],
        "expected a picture that fits into the data, ", most[2], " times ", most[1],
        ", as aug_seq has no augmenter, found ", picture.shape()[1], " times ", picture.shape()[0]);
  return picture;
}

NDArray DetAugmenter::augmented(NDArray picture, DetLabel& label, RandomStream& random) const {
  const auto& o = options_;
  if (o.resize > 0) picture = shorter_edge(picture, o.resize, o.inter_method, random);
  picture = recolored(picture, random);
  if (random.chance(o.rand_mirror_prob)) picture = mirrored(picture, label);
  if (random.chance(o.rand_pad_prob)) picture = with_margins(picture, label, random);
  if (random.chance(o.rand_crop_prob)) picture = cropped(picture, label, random);
  return fitted(picture, random);
}

}  // namespace gluino::io
