#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/boxes.h>

#include <array>
#include <cmath>

namespace gluino {
namespace {

constexpr std::int64_t kGrain = kernels::kMathGrain / 8;

// A box by its center and size.
template <class T>
struct Centered {
  T x, y, width, height;
};

template <class T>
Centered<T> centered(const T* box, bool is_corner) {
  if (!is_corner) return {box[0], box[1], box[2], box[3]};
  const T width = box[2] - box[0], height = box[3] - box[1];
  return {box[0] + width / 2, box[1] + height / 2, width, height};
}

void expect_boxes(Inference& s, int input) {
  s.expect(s.in(input).ndim() == 3 && s.in(input)[2] == 4, input,
           "expected boxes of shape (batch, boxes, 4), got ", s.in(input));
}

void infer_decode(const BoxDecodeOptions& /*o*/, Inference& s) {
  expect_boxes(s, 0);
  expect_boxes(s, 1);
  s.expect(s.in(1)[0] == 1 && s.in(1)[1] == s.in(0)[1], 1, "expected one anchor for each box of ",
           s.in(0), ", got ", s.in(1));
  s.set_out(0, s.in(0));
}

void decode(const BoxDecodeOptions& o, const Call& call) {
  const std::int64_t boxes = call.in[0].size() / 4;
  const std::int64_t anchors = call.in[1].shape[1];
  dispatch_real(call.in[0].dtype, "_contrib_box_decode", [&]<class T>() {
    const std::array<T, 4> std{static_cast<T>(o.std0), static_cast<T>(o.std1),
                               static_cast<T>(o.std2), static_cast<T>(o.std3)};
    const auto clip = static_cast<T>(o.clip);
    const auto grown = [clip](T size, T by) {
      return std::exp(clip > 0 ? std::min(by, clip) : by) * size / 2;
    };
    parallel_for(boxes, kGrain, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) {
        const T* const x = call.in[0].as<T>() + 4 * i;
        const auto a = centered(call.in[1].as<T>() + 4 * (i % anchors), o.format == "corner");
        const T center_x = x[0] * std[0] * a.width + a.x;
        const T center_y = x[1] * std[1] * a.height + a.y;
        const T half_width = grown(a.width, x[2] * std[2]);
        const T half_height = grown(a.height, x[3] * std[3]);
        T* const y = call.out[0].as<T>() + 4 * i;
        y[0] = center_x - half_width, y[1] = center_y - half_height;
        y[2] = center_x + half_width, y[3] = center_y + half_height;
      }
    });
  });
}

const auto decode_op =
    define_op<BoxDecodeOptions>("_contrib_box_decode")
        .doc("Corners of boxes from what they are beside anchors.")
        .inputs({"data", "anchors"})
        .looks_up({0, 1})
        .field("std0", &BoxDecodeOptions::std0, "What the first number is multiplied by.")
        .field("std1", &BoxDecodeOptions::std1, "What the second number is multiplied by.")
        .field("std2", &BoxDecodeOptions::std2, "What the third number is multiplied by.")
        .field("std3", &BoxDecodeOptions::std3, "What the fourth number is multiplied by.")
        .field("clip", &BoxDecodeOptions::clip,
               "Sizes grow by e to this power at most; not above 0: there is no limit.")
        .field("format", &BoxDecodeOptions::format, "What the anchors are.", {"center", "corner"})
        .infer(infer_decode)
        .forward(decode)
        .sample({.std0 = 0.1, .std1 = 0.1, .std2 = 0.2, .std3 = 0.2}, {{{2, 3, 4}}, {{1, 3, 4}}})
        .sample({.clip = 0.5, .format = "corner"}, {{{1, 3, 4}}, {{1, 3, 4}}})
        .sample({}, {{{2, 0, 4}}, {{1, 0, 4}}});

enum EncodeInput { kSamples, kMatches, kAnchors, kRefs, kMeans, kStds };

void infer_encode(const NoOptions& /*o*/, Inference& s) {
  expect_boxes(s, kAnchors);
  expect_boxes(s, kRefs);
  const Shape& anchors = s.in(kAnchors);
  const Shape each = {anchors[0], anchors[1]};
  for (const int input : {kSamples, kMatches}) {
    s.expect(s.in(input) == each, input, "expected ", each, ", one number for each of the anchors ",
             anchors, ", got ", s.in(input));
  }
  s.expect(s.in(kRefs)[0] == anchors[0], kRefs, "expected boxes of ", anchors[0], " images, got ",
           s.in(kRefs));
  for (const int input : {kMeans, kStds}) {
    s.expect(s.in(input) == Shape{4}, input, "expected 4 numbers, got ", s.in(input));
  }
  s.set_out(0, anchors);
  s.set_out(1, anchors);
}

// Which box an anchor has. Throws Error where there is no such box.
template <class T>
std::int64_t matched(T number, std::int64_t boxes) {
  check(number >= 0 && number < static_cast<T>(boxes),
        "[_contrib_box_encode] matches: expected the number of one of ", boxes, " boxes, got ",
        static_cast<double>(number));
  return static_cast<std::int64_t>(number);
}

void encode(const NoOptions& /*o*/, const Call& call) {
  const std::int64_t anchors = call.in[kAnchors].shape[1];
  const std::int64_t refs = call.in[kRefs].shape[1];
  dispatch_real(call.in[0].dtype, "_contrib_box_encode", [&]<class T>() {
    const T* const means = call.in[kMeans].as<T>();
    const T* const stds = call.in[kStds].as<T>();
    parallel_for(call.in[kSamples].size(), kGrain, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) {
        T* const targets = call.out[0].as<T>() + 4 * i;
        T* const masks = call.out[1].as<T>() + 4 * i;
        const bool has_box = call.in[kSamples].as<T>()[i] > T(0.5);
        std::fill_n(masks, 4, has_box ? T(1) : T(0));
        std::fill_n(targets, 4, T(0));
        if (!has_box) continue;
        const std::int64_t box = matched(call.in[kMatches].as<T>()[i], refs);
        const auto r = centered(call.in[kRefs].as<T>() + 4 * (i / anchors * refs + box), true);
        const auto a = centered(call.in[kAnchors].as<T>() + 4 * i, true);
        targets[0] = ((r.x - a.x) / a.width - means[0]) / stds[0];
        targets[1] = ((r.y - a.y) / a.height - means[1]) / stds[1];
        targets[2] = (std::log(r.width / a.width) - means[2]) / stds[2];
        targets[3] = (std::log(r.height / a.height) - means[3]) / stds[3];
      }
    });
  });
}

constexpr Fill kNumber{Fill::Kind::integers, 0, 2};

const auto encode_op =
    define_op("_contrib_box_encode")
        .doc("What boxes are beside anchors, and which anchors have one.")
        .inputs({"samples", "matches", "anchors", "refs", "means", "stds"})
        .looks_up({0, 1, 2, 3, 4, 5})
        .outputs({"output0", "output1"}, 2)
        .infer(infer_encode)
        .forward(encode)
        .sample({}, {{{2, 3}, {Fill::Kind::integers, 0, 1}},
                     {{2, 3}, kNumber},
                     {{2, 3, 4}, {Fill::Kind::uniform, 1, 2}},
                     {{2, 2, 4}},
                     {{4}},
                     {{4}, {Fill::Kind::uniform, 0.1, 0.2}}})
        .sample({}, {{{2, 0}}, {{2, 0}}, {{2, 0, 4}}, {{2, 0, 4}}, {{4}}, {{4}}});

}  // namespace
}  // namespace gluino
