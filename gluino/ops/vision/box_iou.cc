#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/boxes-inl.h>
#include <gluino/ops/vision/boxes.h>

namespace gluino {
namespace {

void infer(const BoxIouOptions& /*o*/, Inference& s) {
  Shape out;
  for (int input = 0; input < 2; ++input) {
    const Shape& boxes = s.in(input);
    s.expect(boxes.ndim() >= 2 && boxes.back() == 4, input,
             "expected boxes of shape (..., 4), got ", boxes);
    for (int axis = 0; axis + 1 < boxes.ndim(); ++axis) {
      s.expect(out.ndim() < Shape::kMaxDims, input, "the result would have too many axes");
      out.push_back(boxes[axis]);
    }
  }
  s.set_out(0, out);
}

void forward(const BoxIouOptions& o, const Call& call) {
  const bool center = o.format == "center";
  dispatch_real(call.in[0].dtype, "_contrib_box_iou", [&]<class T>() {
    const T* const lhs = call.in[0].as<T>();
    const T* const rhs = call.in[1].as<T>();
    T* const y = call.out[0].as<T>();
    const std::int64_t columns = call.in[1].size() / 4;
    parallel_for(call.in[0].size() / 4, kernels::row_grain(columns, kernels::kMathGrain / 4),
                 [&](std::int64_t row, std::int64_t end) {
                   for (; row < end; ++row) {
                     const auto box = boxes::corners_of(lhs + 4 * row, center);
                     for (std::int64_t j = 0; j < columns; ++j) {
                       y[row * columns + j] =
                           boxes::overlap(box, boxes::corners_of(rhs + 4 * j, center));
                     }
                   }
                 });
  });
}

const auto registered =
    define_op<BoxIouOptions>("_contrib_box_iou")
        .doc("The intersection over the union of each box of lhs with each of rhs.")
        .inputs({"lhs", "rhs"})
        .looks_up({0, 1})
        .field("format", &BoxIouOptions::format, "What the four numbers are.", {"center", "corner"})
        .infer(infer)
        .forward(forward)
        .sample({},
                {{{2, 3, 4}, {Fill::Kind::uniform, 0, 2}}, {{5, 4}, {Fill::Kind::uniform, 1, 3}}})
        .sample({.format = "center"}, {{{3, 4}, {Fill::Kind::uniform, 1, 2}}, {{1, 4}}})
        .sample({}, {{{0, 4}}, {{3, 4}}});

}  // namespace
}  // namespace gluino
