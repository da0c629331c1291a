#pragma once

#include <gluino/ops/core/temporary.h>
#include <gluino/ops/vision/boxes-inl.h>

#include <algorithm>
#include <cstdint>

namespace gluino::boxes {

/// Of boxes in the order of their scores, those that no better one that is left covers by more than
/// a threshold. They stand in columns, so that one is compared with many at once.
template <class T>
class Suppression {
 public:
  explicit Suppression(std::int64_t most)
      : numbers_(6 * most),
        gone_(most),
        left_(numbers_.data()),
        top_(left_ + most),
        right_(top_ + most),
        bottom_(right_ + most),
        area_(bottom_ + most),
        class_(area_ + most) {}

  void clear() { count_ = 0; }
  /// `kind`: the class; boxes of others are left alone.
  void add(const Corners<T>& box, T kind) {
    left_[count_] = box.left;
    top_[count_] = box.top;
    right_[count_] = box.right;
    bottom_[count_] = box.bottom;
    area_[count_] = box.area();
    class_[count_] = kind;
    gone_.data()[count_++] = 0;
  }
  void run(T threshold) {
    for (std::int64_t i = 0; i < count_; ++i) {
      if (!is_gone(i)) compare(i, threshold);
    }
  }
  std::int64_t count() const { return count_; }
  bool is_gone(std::int64_t i) const { return gone_.data()[i] != 0; }

 private:
  void compare(std::int64_t best, T threshold) {
    const T left = left_[best], top = top_[best], right = right_[best], bottom = bottom_[best];
    const T area = area_[best], kind = class_[best];
    std::int32_t* const gone = gone_.data();
    for (std::int64_t j = best + 1; j < count_; ++j) {
      const T width = std::max(T(0), std::min(right, right_[j]) - std::max(left, left_[j]));
      const T height = std::max(T(0), std::min(bottom, bottom_[j]) - std::max(top, top_[j]));
      const T both = width * height;
      const T either = area + area_[j] - both;
      const T share = both / (either > 0 ? either : T(1));
      gone[j] |= static_cast<std::int32_t>(share > threshold) &
                 static_cast<std::int32_t>(kind == class_[j]);
    }
  }

  Temporary<T> numbers_;
  Temporary<std::int32_t> gone_;
  T* left_;
  T* top_;
  T* right_;
  T* bottom_;
  T* area_;
  T* class_;
  std::int64_t count_ = 0;
};

}  // namespace gluino::boxes
