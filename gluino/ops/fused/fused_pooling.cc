#include <gluino/base/kernel_notes.h>
#include <gluino/kernels/cpu/convolution/strip_pool.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/fused/fused_pooling.h>

namespace gluino {
namespace {

constexpr const char* kName = "_fused_pooling";

enum Output { kPooled, kPlaces };

kernels::StripBatchPool geometry(const FusedPoolingOptions& o, const Shape& data) {
  const Shape images = images_of(o.strips, data);
  return {.batch = images[0],
          .channels = images[1],
          .height = images[2],
          .width = images[3],
          .pool_h = o.kernel[0],
          .pool_w = o.kernel[1],
          .x_on_strips = o.strips.data,
          .y_on_strips = o.strips.output};
}

void infer(const FusedPoolingOptions& o, Inference& s) {
  expect_images(o.strips, s);
  s.expect(o.kernel.ndim() == 2 && o.kernel[0] > 0 && o.kernel[1] > 0, -1,
           "kernel: expected 2 numbers above zero (height, width), got ", o.kernel);
  const auto g = geometry(o, s.in(0));
  const Shape images = {g.batch, g.channels, g.out_height(), g.out_width()};
  const Shape strips = to_strips(images, s.in_type(0));
  s.set_out(kPooled, o.strips.output ? strips : images);
  s.set_out(kPlaces, strips);
}

void note_windows(const FusedPoolingOptions& o) {
  note_kernel(o.kernel[0], " x ", o.kernel[1], " windows of strips");
}

void forward(const FusedPoolingOptions& o, const Call& call) {
  note_windows(o);
  dispatch_real(call.in[0].dtype, kName, [&]<class T>() {
    kernels::strip_batch_max_pool<T>(geometry(o, call.in[0].shape), call.in[0].as<T>(),
                                     call.out[kPooled].as<T>(), call.out[kPlaces].as<T>());
  });
}

void backward(const FusedPoolingOptions& o, const GradientCall& call) {
  note_windows(o);
  dispatch_real(call.in[0].dtype, kName, [&]<class T>() {
    kernels::strip_batch_max_unpool<T>(geometry(o, call.in[0].shape),
                                       call.out_grad[kPooled].as<T>(), call.out[kPlaces].as<T>(),
                                       call.in_grad[0].as<T>());
  });
}

constexpr Fill kDistinct{Fill::Kind::distinct, -1, 1};

const auto registered = define_op<FusedPoolingOptions>(kName)
                            .doc("The maximum of windows of images or strips.")
                            .inputs({"data"})
                            .outputs({"output", "places"}, 1)
                            .infer(infer)
                            .forward(forward)
                            .backward(backward, Op::outputs)
                            .sample({.kernel = {2, 2}}, {{{3, 2, 5, 4}, kDistinct}})
                            .sample({.kernel = {1, 3}}, {{{17, 1, 2, 6}, kDistinct}});

}  // namespace
}  // namespace gluino
