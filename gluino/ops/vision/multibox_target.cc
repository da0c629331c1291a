#include <gluino/base/parallel.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/anchors-inl.h>
#include <gluino/ops/vision/multibox.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace gluino {
namespace {

using Options = MultiBoxTargetOptions;

enum Input { kAnchor, kLabel, kPrediction };
enum Output { kLocation, kMask, kClass };

void infer(const Options& o, Inference& s) {
  const Shape& anchor = s.in(kAnchor);
  const Shape& label = s.in(kLabel);
  const Shape& prediction = s.in(kPrediction);
  s.expect(anchor.ndim() == 3 && anchor[0] == 1 && anchor[2] == 4, kAnchor,
           "expected boxes of shape (1, A, 4), got ", anchor);
  s.expect(label.ndim() == 3 && label[2] >= 5, kLabel,
           "expected rows (class, box) of shape (N, L, 5), got ", label);
  s.expect(prediction.ndim() == 3 && prediction[0] == label[0] && prediction[1] >= 1 &&
               prediction[2] == anchor[1],
           kPrediction, "expected shape (", label[0], ", classes + 1, ", anchor[1], "), got ",
           prediction);
  boxes::expect_variances(o.variances, s);
  s.expect(!(o.negative_mining_ratio > 0) || o.negative_mining_thresh > 0, -1,
           "negative_mining_thresh: expected a number greater than 0, got ",
           o.negative_mining_thresh);
  s.set_out(kLocation, {label[0], anchor[1] * 4});
  s.set_out(kMask, {label[0], anchor[1] * 4});
  s.set_out(kClass, {label[0], anchor[1]});
}

enum class Role { ignored, background, box };

// What the anchors of one image are, and the box that each overlaps most.
template <class T>
class Matching {
 public:
  Matching(const T* anchors, std::int64_t count, const T* labels, std::int64_t rows,
           std::int64_t width)
      : roles_(static_cast<std::size_t>(count), Role::ignored),
        overlaps_(static_cast<std::size_t>(count), T(-1)),
        boxes_(static_cast<std::size_t>(count), -1) {
    while (boxes_count_ < rows && labels[boxes_count_ * width] != -1) ++boxes_count_;
    table_.reserve(static_cast<std::size_t>(count * boxes_count_));
    for (std::int64_t i = 0; i < count; ++i) {
      const auto anchor = boxes::corners_of(anchors + 4 * i, false);
      for (std::int64_t box = 0; box < boxes_count_; ++box) {
        table_.push_back(
            boxes::overlap(anchor, boxes::corners_of(labels + box * width + 1, false)));
      }
    }
  }

  bool has_boxes() const { return boxes_count_ > 0; }
  Role role(std::int64_t anchor) const { return roles_[static_cast<std::size_t>(anchor)]; }
  std::int64_t box(std::int64_t anchor) const { return boxes_[static_cast<std::size_t>(anchor)]; }

  // Each box gets the anchor that overlaps it most, the best pair first.
  void give_each_box_its_anchor() {
    std::vector<bool> is_served(static_cast<std::size_t>(boxes_count_));
    for (std::int64_t served = 0; served < boxes_count_; ++served) {
      T best = T(1e-6);
      std::size_t anchor = roles_.size();
      std::int64_t box = -1;
      for (std::size_t i = 0; i < roles_.size(); ++i) {
        if (roles_[i] == Role::box) continue;
        for (std::int64_t j = 0; j < boxes_count_; ++j) {
          if (is_served[static_cast<std::size_t>(j)] || !(at(i, j) > best)) continue;
          best = at(i, j);
          anchor = i;
          box = j;
        }
      }
      if (box < 0) break;
      is_served[static_cast<std::size_t>(box)] = true;
      take(anchor, box);
    }
  }

  // The other anchors get the box that they overlap most, if that is more than the threshold.
  void give_each_anchor_a_box(T threshold) {
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] == Role::box) continue;
      for (std::int64_t j = 0; j < boxes_count_; ++j) {
        if (!(at(i, j) > overlaps_[i])) continue;
        overlaps_[i] = at(i, j);
        boxes_[i] = j;
      }
      if (threshold > 0 && overlaps_[i] > threshold) take(i, boxes_[i]);
    }
  }

  void make_the_others_background() {
    for (Role& role : roles_) {
      if (role != Role::box) role = Role::background;
    }
  }

  // As many anchors without a box as are asked for become background: those that look least like
  // it.
  void mine(const Options& o, const T* predictions, std::int64_t classes) {
    const auto count = static_cast<std::int64_t>(roles_.size());
    const auto wanted =
        std::min(static_cast<std::int64_t>(static_cast<double>(taken_) * o.negative_mining_ratio),
                 count - taken_);
    std::vector<std::pair<T, std::size_t>> candidates;
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] == Role::box || !(overlaps_[i] < static_cast<T>(o.negative_mining_thresh))) {
        continue;
      }
      candidates.emplace_back(background(predictions + i, classes, count), i);
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto most = std::min(static_cast<std::size_t>(wanted), candidates.size());
    for (std::size_t i = 0; i < most; ++i) roles_[candidates[i].second] = Role::background;
  }

 private:
  T at(std::size_t anchor, std::int64_t box) const {
    return table_[anchor * static_cast<std::size_t>(boxes_count_) + static_cast<std::size_t>(box)];
  }
  void take(std::size_t anchor, std::int64_t box) {
    roles_[anchor] = Role::box;
    overlaps_[anchor] = at(anchor, box);
    boxes_[anchor] = box;
    ++taken_;
  }
  // The softmax of the background's score; scores lie `stride` apart.
  static T background(const T* scores, std::int64_t classes, std::int64_t stride) {
    T high = scores[0];
    for (std::int64_t c = 1; c < classes; ++c) high = std::max(high, scores[c * stride]);
    T sum = 0;
    for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(scores[c * stride] - high);
    return std::exp(scores[0] - high) / sum;
  }

  std::int64_t boxes_count_ = 0;
  std::int64_t taken_ = 0;
  std::vector<Role> roles_;
  std::vector<T> overlaps_;
  std::vector<std::int64_t> boxes_;
  std::vector<T> table_;  // overlaps of all anchors with all boxes
};

template <class T>
void write_targets(const Options& o, const Call& call, std::int64_t image) {
  const std::int64_t anchors = call.in[kAnchor].shape[1];
  const Shape& label = call.in[kLabel].shape;
  const std::int64_t classes = call.in[kPrediction].shape[1];
  const T* const labels = call.in[kLabel].as<T>() + image * label[1] * label[2];
  Matching<T> matching(call.in[kAnchor].as<T>(), anchors, labels, label[1], label[2]);
  if (matching.has_boxes()) {
    matching.give_each_box_its_anchor();
    matching.give_each_anchor_a_box(static_cast<T>(o.overlap_threshold));
    if (o.negative_mining_ratio > 0) {
      matching.mine(o, call.in[kPrediction].as<T>() + image * classes * anchors, classes);
    } else {
      matching.make_the_others_background();
    }
  }
  const auto variances = boxes::variances_of<T>(o.variances);
  T* location = call.out[kLocation].as<T>() + image * anchors * 4;
  T* mask = call.out[kMask].as<T>() + image * anchors * 4;
  T* kind = call.out[kClass].as<T>() + image * anchors;
  for (std::int64_t i = 0; i < anchors; ++i, location += 4, mask += 4, ++kind) {
    const bool has_box = matching.role(i) == Role::box;
    std::fill_n(mask, 4, has_box ? T(1) : T(0));
    std::fill_n(location, 4, T(0));
    *kind = matching.role(i) == Role::ignored ? static_cast<T>(o.ignore_label) : T(0);
    if (!has_box) continue;
    const T* const row = labels + matching.box(i) * label[2];
    *kind = row[0] + 1;
    boxes::encode(boxes::corners_of(call.in[kAnchor].as<T>() + 4 * i, false),
                  boxes::corners_of(row + 1, false), variances, location);
  }
}

constexpr Fill kPart{Fill::Kind::uniform, 0, 1};

const auto registered =
    define_op<Options>("_contrib_MultiBoxTarget")
        .aliases({"_npx_multibox_target"})
        .doc("What a single-shot detector is to say of anchors, for labels.")
        .inputs({"anchor", "label", "cls_pred"})
        .looks_up({kAnchor, kLabel, kPrediction})
        .outputs({"loc_target", "loc_mask", "cls_target"}, 3)
        .field("overlap_threshold", &Options::overlap_threshold,
               "What an anchor has to overlap to get a box that is not its own best.")
        .field("ignore_label", &Options::ignore_label, "The class of anchors that are left out.")
        .field("negative_mining_ratio", &Options::negative_mining_ratio,
               "How many anchors are background, per one that has a box; not above 0: all.")
        .field("negative_mining_thresh", &Options::negative_mining_thresh,
               "Anchors that overlap a box by this or more are no background.")
        // MXNet has it, and does not look at it.
        .tolerates({"minimum_negative_samples"})
        .field("variances", &Options::variances, "What the four targets are divided by.")
        .infer(infer)
        .forward([](const Options& o, const Call& call) {
          dispatch_real(call.in[kAnchor].dtype, "_contrib_MultiBoxTarget", [&]<class T>() {
            parallel_for(call.in[kLabel].shape[0], 1, [&](std::int64_t i, std::int64_t end) {
              for (; i < end; ++i) write_targets<T>(o, call, i);
            });
          });
        })
        .sample({}, {{{1, 6, 4}, kPart}, {{2, 3, 5}, kPart}, {{2, 3, 6}}})
        .sample(
            {.overlap_threshold = 0.1, .negative_mining_ratio = 2, .negative_mining_thresh = 0.3},
            {{{1, 9, 4}, kPart}, {{2, 2, 6}, kPart}, {{2, 2, 9}}})
        .sample({}, {{{1, 0, 4}}, {{2, 3, 5}}, {{2, 3, 0}}});

}  // namespace
}  // namespace gluino
