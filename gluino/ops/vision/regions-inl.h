#pragma once

#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/tensor.h>

#include <cstdint>

/// What the operators of regions have in common.
namespace gluino::regions {

enum Input { kData, kRois };

constexpr std::int64_t kMost = 1 << 20;  // parts of a region along an axis

inline void expect_arrays(const Inference& s) {
  s.expect_ndim(kData, 4, "(N, C, H, W)");
  const Shape& rois = s.in(kRois);
  s.expect(rois.ndim() == 2 && rois[1] == 5, kRois,
           "expected rows (image, left, top, right, bottom), got shape ", rois);
}

template <class O>
void expect_regions(const O& o, Inference& s) {
  expect_arrays(s);
  s.expect(o.pooled_size.ndim() == 2 && o.pooled_size[0] > 0 && o.pooled_size[1] > 0 &&
               o.pooled_size[0] <= kMost && o.pooled_size[1] <= kMost,
           -1, "pooled_size: expected 2 numbers (rows, columns) from 1 to ", kMost, ", got ",
           o.pooled_size);
}

/// The number of the image of a region, or -1 for those that have none, whose result is 0. Throws
/// Error where there is no such image.
template <class T>
std::int64_t image_of(const char* who, const T* roi, std::int64_t images) {
  check(roi[0] < static_cast<T>(images), "[", who, "] rois: expected the number of one of ", images,
        " images, got ", static_cast<double>(roi[0]));
  return roi[0] < 0 ? -1 : static_cast<std::int64_t>(roi[0]);
}

}  // namespace gluino::regions
