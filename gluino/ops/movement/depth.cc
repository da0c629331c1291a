#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/movement/depth.h>

namespace gluino {
namespace {

// The largest block whose square is no overflow.
constexpr std::int64_t kLargest = std::int64_t{1} << 31;

void expect_images(const DepthOptions& o, const Inference& s) {
  s.expect_ndim(0, 4, "(N, C, H, W)");
  s.expect(o.block_size >= 1 && o.block_size < kLargest, -1, "block_size: expected 1 or more, got ",
           o.block_size);
}

void infer_to_space(const DepthOptions& o, Inference& s) {
  expect_images(o, s);
  const Shape& x = s.in(0);
  const std::int64_t b = o.block_size;
  s.expect(x[1] % (b * b) == 0, 0, "block_size ", b, " needs channels in multiples of ", b * b,
           ", got ", x);
  s.expect(x[1] > 0 || b < 1024, 0, "block_size ", b, " is too large for ", x);
  s.set_out(0, {x[0], x[1] / (b * b), x[2] * b, x[3] * b});
}

void infer_to_depth(const DepthOptions& o, Inference& s) {
  expect_images(o, s);
  const Shape& x = s.in(0);
  const std::int64_t b = o.block_size;
  s.expect(x[2] % b == 0 && x[3] % b == 0, 0, "block_size ", b, " does not divide height and width",
           " of ", x);
  s.expect(x[2] > 0 || x[3] > 0 || b < 1024, 0, "block_size ", b, " is too large for ", x);
  s.set_out(0, {x[0], x[1] * b * b, x[2] / b, x[3] / b});
}

// (N, b, b, C, H, W) with one block's pixels apart, and (N, C, H, b, W, b) with them together.
void to_space(std::int64_t b, const Tensor& deep, const Tensor& wide) {
  const Shape& x = deep.shape;
  if (deep.size() == 0) return;
  kernels::transpose(deep.data, {x[0], b, b, x[1] / (b * b), x[2], x[3]}, {0, 3, 4, 1, 5, 2},
                     wide.data, size_of(deep.dtype));
}

void to_depth(std::int64_t b, const Tensor& wide, const Tensor& deep) {
  const Shape& x = wide.shape;
  if (wide.size() == 0) return;
  kernels::transpose(wide.data, {x[0], x[1], x[2] / b, b, x[3] / b, b}, {0, 3, 5, 1, 2, 4},
                     deep.data, size_of(wide.dtype));
}

template <class There, class Back>
OpDefinition<DepthOptions> define_depth(const char* name, const char* doc,
                                        void (*infer)(const DepthOptions&, Inference&), There there,
                                        Back back) {
  auto definition = define_op<DepthOptions>(name);
  definition.doc(doc)
      .types(Types::any)
      .inputs({"data"})
      .row_wise()
      .field("block_size", &DepthOptions::block_size, "The side of a block of pixels.")
      .required()
      .infer(infer)
      .forward([there](const DepthOptions& o, const Call& call) {
        there(o.block_size, call.in[0], call.out[0]);
      })
      .backward(
          [back](const DepthOptions& o, const GradientCall& call) {
            back(o.block_size, call.out_grad[0], call.in_grad[0]);
          },
          Op::nothing)
      .derivative(derivative::of_linear<DepthOptions>(name));
  return definition;
}

const auto depth_to_space = define_depth("depth_to_space", "Channels become blocks of pixels.",
                                         infer_to_space, to_space, to_depth)
                                .sample({.block_size = 2}, {{{2, 8, 1, 3}}})
                                .sample({.block_size = 3}, {{{1, 9, 2, 1}}})
                                .sample({.block_size = 2}, {{{0, 4, 2, 2}}});

const auto space_to_depth = define_depth("space_to_depth", "Blocks of pixels become channels.",
                                         infer_to_depth, to_depth, to_space)
                                .sample({.block_size = 2}, {{{2, 3, 2, 4}}})
                                .sample({.block_size = 3}, {{{1, 1, 6, 3}}})
                                .sample({.block_size = 2}, {{{0, 1, 2, 2}}});

}  // namespace
}  // namespace gluino
