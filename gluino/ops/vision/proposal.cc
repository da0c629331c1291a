#include <gluino/base/parallel.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/proposal.h>
#include <gluino/ops/vision/suppression-inl.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace gluino {
namespace {

using Options = ProposalOptions;

enum Input { kProbability, kMoves, kInfo };

void infer(const Options& o, Inference& s, bool of_one) {
  constexpr std::int64_t kMost = 1 << 24;
  const Shape& probability = s.in(kProbability);
  s.expect_ndim(kProbability, 4, "(N, 2 * anchors, H, W)");
  const std::int64_t images = probability[0];
  const auto anchors = static_cast<std::int64_t>(o.scales.size() * o.ratios.size());
  s.expect(anchors > 0, -1, "scales and ratios: expected at least one number of each");
  s.expect(!of_one || images == 1, kProbability, "expected one image, got ", images,
           "; _contrib_MultiProposal takes several");
  s.expect(probability[1] == 2 * anchors, kProbability, "expected ", 2 * anchors,
           " channels, two for each of ", anchors, " anchors, got ", probability[1]);
  const std::int64_t places = probability[2] * probability[3];
  s.expect(places <= kMost, kProbability, "expected at most ", kMost, " pixels, got the shape ",
           probability);
  s.set_in(kMoves, {images, 4 * anchors, probability[2], probability[3]});
  s.set_in(kInfo, {images, 3});
  s.expect(o.rpn_post_nms_top_n > 0 && o.rpn_post_nms_top_n <= kMost, -1,
           "rpn_post_nms_top_n: expected 1 to ", kMost, ", got ", o.rpn_post_nms_top_n);
  s.expect(o.feature_stride > 0, -1, "feature_stride: expected at least 1, got ", o.feature_stride);
  s.set_out(0, {images * o.rpn_post_nms_top_n, 5});
  s.set_out(1, {images * o.rpn_post_nms_top_n, 1});
}

template <class T>
using Corners = boxes::Corners<T>;

template <class T>
struct Region {
  Corners<T> box;
  T score;
};

// Pixels belong to a box whole, its last ones, too.
template <class T>
Corners<T> around(T x, T y, T width, T height) {
  return {x - (width - 1) / 2, y - (height - 1) / 2, x + (width - 1) / 2, y + (height - 1) / 2};
}

// Around the first pixel, those of a ratio one after the other.
template <class T>
std::vector<Corners<T>> anchors_of(const Options& o) {
  const double stride = static_cast<double>(o.feature_stride);
  const T middle = static_cast<T>((stride - 1) / 2);
  std::vector<Corners<T>> anchors;
  for (const double ratio : o.ratios) {
    // Whole pixels, before they are scaled.
    const double width = std::floor(std::sqrt(std::floor(stride * stride / ratio)) + 0.5);
    const double height = std::floor(width * ratio + 0.5);
    for (const double scale : o.scales) {
      anchors.push_back(
          around(middle, middle, static_cast<T>(width * scale), static_cast<T>(height * scale)));
    }
  }
  return anchors;
}

// An anchor as the network moves it: four numbers, `step` apart.
template <class T>
Corners<T> moved(const Corners<T>& anchor, const T* by, std::int64_t step, bool corners) {
  const T a = by[0], b = by[step], c = by[2 * step], d = by[3 * step];
  if (corners) return {anchor.left + a, anchor.top + b, anchor.right + c, anchor.bottom + d};
  const T width = anchor.width() + 1, height = anchor.height() + 1;
  return around(anchor.left + (width - 1) / 2 + a * width,
                anchor.top + (height - 1) / 2 + b * height, std::exp(c) * width,
                std::exp(d) * height);
}

template <class T>
struct Image {
  T height, width, scale;
};

// Those that are none, too, with a score of -1: what no pixel of the image is behind, and what is
// too small, which is given as much on all sides.
template <class T>
std::vector<Region<T>> regions_of(const Options& o, const Call& call, std::int64_t image) {
  const Shape& shape = call.in[kProbability].shape;
  const std::int64_t rows = shape[2], columns = shape[3];
  const std::int64_t plane = rows * columns;
  const T* const info = call.in[kInfo].as<T>() + image * 3;
  const Image<T> seen{info[0], info[1], info[2]};
  const auto anchors = anchors_of<T>(o);
  const auto count = static_cast<std::int64_t>(anchors.size());
  const T* const scores = call.in[kProbability].as<T>() + (image * 2 + 1) * count * plane;
  const T* const moves = call.in[kMoves].as<T>() + image * 4 * count * plane;
  const T least = static_cast<T>(o.rpn_min_size) * seen.scale;
  const T stride = static_cast<T>(o.feature_stride);
  std::vector<Region<T>> regions;
  regions.reserve(static_cast<std::size_t>(plane * count));
  for (std::int64_t i = 0; i < plane; ++i) {
    const T x = static_cast<T>(i % columns) * stride, y = static_cast<T>(i / columns) * stride;
    const bool is_seen = static_cast<T>(i % columns) < std::trunc(seen.width / stride) &&
                         static_cast<T>(i / columns) < std::trunc(seen.height / stride);
    for (std::int64_t a = 0; a < count; ++a) {
      Corners<T> box = anchors[static_cast<std::size_t>(a)];
      box = {box.left + x, box.top + y, box.right + x, box.bottom + y};
      box = moved(box, moves + 4 * a * plane + i, plane, o.iou_loss);
      const auto inside = [](T edge, T size) { return std::max(T(0), std::min(edge, size - 1)); };
      box = {inside(box.left, seen.width), inside(box.top, seen.height),
             inside(box.right, seen.width), inside(box.bottom, seen.height)};
      const bool is_small = box.width() + 1 < least || box.height() + 1 < least;
      if (is_small) {
        box = {box.left - least / 2, box.top - least / 2, box.right + least / 2,
               box.bottom + least / 2};
      }
      regions.push_back({box, is_seen && !is_small ? scores[a * plane + i] : T(-1)});
    }
  }
  return regions;
}

template <class T>
void propose(const Options& o, const Call& call, std::int64_t image) {
  std::vector<Region<T>> regions = regions_of<T>(o, call, image);
  std::stable_sort(regions.begin(), regions.end(), [](const Region<T>& a, const Region<T>& b) {
    // What is no number comes last, so that there is an order.
    return a.score > b.score || (std::isnan(b.score) && !std::isnan(a.score));
  });
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(o.rpn_pre_nms_top_n, 0));
  if (most > 0 && most < regions.size()) regions.resize(most);
  boxes::Suppression<T> suppression(static_cast<std::int64_t>(regions.size()));
  for (const Region<T>& region : regions) {
    const Corners<T>& box = region.box;
    suppression.add({box.left, box.top, box.right + 1, box.bottom + 1}, T(0));
  }
  suppression.run(static_cast<T>(o.threshold));
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (!suppression.is_gone(static_cast<std::int64_t>(i))) kept.push_back(i);
  }
  const std::int64_t rows = o.rpn_post_nms_top_n;
  if (static_cast<std::int64_t>(kept.size()) > rows) kept.resize(static_cast<std::size_t>(rows));
  T* to = call.out[0].as<T>() + image * rows * 5;
  T* const scores = call.out[1] ? call.out[1].as<T>() + image * rows : nullptr;
  for (std::int64_t i = 0; i < rows; ++i) {
    // Where there is nothing, a region without a size.
    const Region<T> region = kept.empty()
                                 ? Region<T>{{0, 0, 0, 0}, -1}
                                 : regions[kept[static_cast<std::size_t>(i) % kept.size()]];
    *to++ = static_cast<T>(image);
    *to++ = region.box.left, *to++ = region.box.top;
    *to++ = region.box.right, *to++ = region.box.bottom;
    if (scores) scores[i] = region.score;
  }
}

constexpr Fill kPart{Fill::Kind::distinct, 0, 1};
constexpr Fill kSize{Fill::Kind::uniform, 40, 60};
const Options kSmall{
    .rpn_post_nms_top_n = 7, .rpn_min_size = 2, .scales = {1, 2}, .ratios = {0.5, 1}};

OpDefinition<Options> define(const char* name, bool of_one) {
  return define_op<Options>(name)
      .doc("The regions in which a region proposal network sees objects, the best first.")
      .inputs({"cls_prob"})
      .parameters({"bbox_pred", "im_info"})
      .outputs({"output", "score"}, 1)
      .visible_by([](const Options& o) { return o.output_score ? 2 : 1; })
      .outputs_in_files(2)
      .looks_up({kProbability, kMoves, kInfo})
      .field("rpn_pre_nms_top_n", &Options::rpn_pre_nms_top_n,
             "How many of the best are looked at; below 1: all.")
      .field("rpn_post_nms_top_n", &Options::rpn_post_nms_top_n, "How many each image is given.")
      .field("threshold", &Options::threshold,
             "A region that overlaps a better one by more than this goes.")
      .field("rpn_min_size", &Options::rpn_min_size, "Smaller regions come last.")
      .field("scales", &Options::scales, "The anchors' sizes in strides.")
      .field("ratios", &Options::ratios, "The anchors' heights to widths.")
      .field("feature_stride", &Options::feature_stride, "Pixels of the image per pixel.")
      .field("output_score", &Options::output_score, "Give the scores, too.")
      .field("iou_loss", &Options::iou_loss, "bbox_pred moves corners, by pixels.")
      .infer([of_one](const Options& o, Inference& s) { infer(o, s, of_one); })
      .forward([name](const Options& o, const Call& call) {
        dispatch_real(call.in[kProbability].dtype, name, [&]<class T>() {
          parallel_for(call.in[kProbability].shape[0], 1, [&](std::int64_t i, std::int64_t end) {
            for (; i < end; ++i) propose<T>(o, call, i);
          });
        });
      });
}

const auto proposal = define("_contrib_Proposal", true)
                          .sample(kSmall, {{{1, 8, 3, 5}, kPart}, {{1, 16, 3, 5}}, {{1, 3}, kSize}})
                          .sample(kSmall, {{{1, 8, 0, 5}}, {{1, 16, 0, 5}}, {{1, 3}, kSize}});

const auto multi_proposal =
    define("_contrib_MultiProposal", false)
        .sample(kSmall, {{{2, 8, 2, 3}, kPart}, {{2, 16, 2, 3}}, {{2, 3}, kSize}})
        .sample(kSmall, {{{0, 8, 2, 3}}, {{0, 16, 2, 3}}, {{0, 3}}});

}  // namespace
}  // namespace gluino
