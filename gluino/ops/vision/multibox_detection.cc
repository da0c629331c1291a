#include <gluino/base/parallel.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/anchors-inl.h>
#include <gluino/ops/vision/multibox.h>
#include <gluino/ops/vision/suppression-inl.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

using Options = MultiBoxDetectionOptions;

enum Input { kProbability, kLocation, kAnchor };
constexpr std::int64_t kRow = 6;  // class, score, box

void infer(const Options& o, Inference& s) {
  const Shape& probability = s.in(kProbability);
  s.expect_ndim(kProbability, 3, "(N, classes + 1, A)");
  const std::int64_t anchors = probability[2];
  s.expect(s.in(kLocation) == (Shape{probability[0], anchors * 4}), kLocation, "expected shape (",
           probability[0], ", ", anchors * 4, "), four numbers for each anchor, got ",
           s.in(kLocation));
  s.expect(s.in(kAnchor) == (Shape{1, anchors, 4}), kAnchor, "expected boxes of shape (1, ",
           anchors, ", 4), got ", s.in(kAnchor));
  boxes::expect_variances(o.variances, s);
  s.set_out(0, {probability[0], anchors, kRow});
}

template <class T>
struct Detection {
  T kind, score;
  boxes::Corners<T> box;
};

template <class T>
std::vector<Detection<T>> detections(const Options& o, const Call& call, std::int64_t image) {
  const std::int64_t classes = call.in[kProbability].shape[1];
  const std::int64_t anchors = call.in[kProbability].shape[2];
  const T* const scores = call.in[kProbability].as<T>() + image * classes * anchors;
  const T* const said = call.in[kLocation].as<T>() + image * anchors * 4;
  const auto variances = boxes::variances_of<T>(o.variances);
  std::vector<Detection<T>> found;
  for (std::int64_t i = 0; i < anchors; ++i) {
    T best = -1;
    std::int64_t kind = -1;
    for (std::int64_t c = 1; c < classes; ++c) {
      if (!(scores[c * anchors + i] > best)) continue;
      best = scores[c * anchors + i];
      kind = c;
    }
    if (kind < 0 || best < static_cast<T>(o.threshold)) continue;
    auto box = boxes::decode(boxes::corners_of(call.in[kAnchor].as<T>() + 4 * i, false),
                             said + 4 * i, variances);
    if (o.clip) {
      for (T* edge : {&box.left, &box.top, &box.right, &box.bottom}) {
        *edge = std::clamp(*edge, T(0), T(1));
      }
    }
    found.push_back({static_cast<T>(kind - 1), best, box});
  }
  return found;
}

template <class T>
void suppress(const Options& o, std::vector<Detection<T>>& found) {
  if (o.nms_threshold <= 0 || o.nms_threshold > 1) return;
  const auto most = o.nms_topk > 0 ? static_cast<std::size_t>(o.nms_topk) : found.size();
  // What is not looked at is no detection, in rows as they came: so does MXNet.
  std::vector<Detection<T>> rest;
  if (most < found.size()) {
    rest.assign(found.begin() + static_cast<std::ptrdiff_t>(most), found.end());
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  found.resize(found.size() - rest.size());
  boxes::Suppression<T> suppression(static_cast<std::int64_t>(found.size()));
  for (const Detection<T>& d : found) suppression.add(d.box, o.force_suppress ? T(0) : d.kind);
  // As much is too much, here.
  suppression.run(std::nextafter(static_cast<T>(o.nms_threshold), T(0)));
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (suppression.is_gone(static_cast<std::int64_t>(i))) found[i].kind = -1;
  }
  for (Detection<T>& d : rest) {
    d.kind = -1;
    found.push_back(d);
  }
}

template <class T>
void detect(const Options& o, const Call& call, std::int64_t image) {
  std::vector<Detection<T>> found = detections<T>(o, call, image);
  suppress(o, found);
  const std::int64_t row = call.out[0].shape[1] * kRow;
  T* to = call.out[0].as<T>() + image * row;
  std::fill_n(to, row, T(-1));
  for (const Detection<T>& d : found) {
    *to++ = d.kind, *to++ = d.score;
    *to++ = d.box.left, *to++ = d.box.top, *to++ = d.box.right, *to++ = d.box.bottom;
  }
}

constexpr Fill kPart{Fill::Kind::uniform, 0, 1};

const auto registered =
    define_op<Options>("_contrib_MultiBoxDetection")
        .aliases({"_npx_multibox_detection"})
        .doc("Rows (class, score, box) of what a single-shot detector says, the best first.")
        .inputs({"cls_prob", "loc_pred", "anchor"})
        .looks_up({kProbability, kLocation, kAnchor})
        .field("clip", &Options::clip, "Cut the boxes at the image's edges.")
        .field("threshold", &Options::threshold, "Scores below it are background.")
        // Class 0, whatever it says: so does MXNet.
        .tolerates({"background_id"})
        .field("nms_threshold", &Options::nms_threshold,
               "A box that covers a better one by this much is none.")
        .field("force_suppress", &Options::force_suppress,
               "Boxes of different classes suppress each other, too.")
        .field("variances", &Options::variances, "What the four numbers are multiplied by.")
        .field("nms_topk", &Options::nms_topk, "How many of the best are looked at; below 1: all.")
        .infer(infer)
        .forward([](const Options& o, const Call& call) {
          dispatch_real(call.in[kAnchor].dtype, "_contrib_MultiBoxDetection", [&]<class T>() {
            parallel_for(call.out[0].shape[0], 1, [&](std::int64_t i, std::int64_t end) {
              for (; i < end; ++i) detect<T>(o, call, i);
            });
          });
        })
        .sample({}, {{{2, 3, 5}, kPart}, {{2, 20}}, {{1, 5, 4}, kPart}})
        .sample({.clip = false, .threshold = 0.4, .force_suppress = true, .nms_topk = 3},
                {{{1, 2, 7}, kPart}, {{1, 28}}, {{1, 7, 4}, kPart}})
        .sample({}, {{{2, 3, 0}}, {{2, 0}}, {{1, 0, 4}}});

}  // namespace
}  // namespace gluino
