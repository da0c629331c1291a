#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/multibox.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gluino {
namespace {

using Options = MultiBoxPriorOptions;

void infer(const Options& o, Inference& s) {
  s.expect_ndim(0, 4, "(N, C, H, W)");
  const auto all_positive = [](const std::vector<double>& values) {
    return !values.empty() &&
           std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
  };
  s.expect(all_positive(o.sizes), -1, "sizes: expected numbers greater than 0, got ",
           format_value(o.sizes));
  s.expect(all_positive(o.ratios), -1, "ratios: expected numbers greater than 0, got ",
           format_value(o.ratios));
  s.expect(o.steps.size() == 2, -1, "steps: expected 2 numbers, got ", o.steps.size());
  s.expect((o.steps[0] > 0) == (o.steps[1] > 0), -1,
           "steps: expected two numbers greater than 0, or none, got ", format_value(o.steps));
  s.expect(o.offsets.size() == 2, -1, "offsets: expected 2 numbers, got ", o.offsets.size());
  const auto boxes = static_cast<std::int64_t>(o.sizes.size() + o.ratios.size()) - 1;
  s.set_out(0, {1, s.in(0)[2] * s.in(0)[3] * boxes, 4});
}

// Half of a box' width and height.
struct Half {
  float width, height;
};

std::vector<Half> halves_of(const Options& o, float height_over_width) {
  const auto half = [&](double size, double ratio) {
    const float root = std::sqrt(static_cast<float>(ratio));
    const auto edge = static_cast<float>(size);
    return Half{edge * height_over_width * root / 2, edge / root / 2};
  };
  std::vector<Half> halves;
  halves.reserve(o.sizes.size() + o.ratios.size());
  for (const double size : o.sizes) halves.push_back(half(size, o.ratios[0]));
  for (std::size_t i = 1; i < o.ratios.size(); ++i) {
    halves.push_back(half(o.sizes[0], o.ratios[i]));
  }
  return halves;
}

template <class T>
void write_boxes(const Options& o, std::int64_t height, std::int64_t width, T* out) {
  const auto rows = static_cast<float>(height), columns = static_cast<float>(width);
  const std::vector<Half> halves = halves_of(o, rows / columns);
  const float step_y = o.steps[0] > 0 ? static_cast<float>(o.steps[0]) : 1 / rows;
  const float step_x = o.steps[1] > 0 ? static_cast<float>(o.steps[1]) : 1 / columns;
  const auto row = width * 4 * static_cast<std::int64_t>(halves.size());
  const auto put = [&](T* to, float value) {
    *to = static_cast<T>(o.clip ? std::clamp(value, 0.0F, 1.0F) : value);
  };
  parallel_for(
      height, kernels::row_grain(row, kernels::kCopyGrain), [&](std::int64_t i, std::int64_t end) {
        for (; i < end; ++i) {
          const float y = (static_cast<float>(i) + static_cast<float>(o.offsets[0])) * step_y;
          T* to = out + i * row;
          for (std::int64_t j = 0; j < width; ++j) {
            const float x = (static_cast<float>(j) + static_cast<float>(o.offsets[1])) * step_x;
            for (const Half& half : halves) {
              put(to++, x - half.width);
              put(to++, y - half.height);
              put(to++, x + half.width);
              put(to++, y + half.height);
            }
          }
        }
      });
}

const auto registered =
    define_op<Options>("_contrib_MultiBoxPrior")
        .aliases({"_npx_multibox_prior"})
        .doc("Boxes of several sizes and proportions around each pixel.")
        .inputs({"data"})
        .looks_up({0})
        .field("sizes", &Options::sizes, "Of a box, in parts of the image's height.")
        .field("ratios", &Options::ratios, "Of width to height.")
        .field("clip", &Options::clip, "Cut the boxes at the image's edges.")
        .field("steps", &Options::steps,
               "From pixel to pixel, (rows, columns); not above 0: as many as there are.")
        .field("offsets", &Options::offsets, "Of a box' center from the pixel's corner, in pixels.")
        .infer(infer)
        .forward([](const Options& o, const Call& call) {
          const Shape& data = call.in[0].shape;
          dispatch_real(call.out[0].dtype, "_contrib_MultiBoxPrior",
                        [&]<class T>() { write_boxes(o, data[2], data[3], call.out[0].as<T>()); });
        })
        .sample({}, {{{2, 3, 2, 3}}})
        .sample({.sizes = {0.5, 0.25}, .ratios = {1, 2, 0.5}, .clip = true}, {{{1, 1, 3, 2}}})
        .sample({.steps = {0.3, 0.4}, .offsets = {0, 1}}, {{{1, 1, 2, 2}}})
        .sample({}, {{{1, 1, 0, 2}}});

}  // namespace
}  // namespace gluino
