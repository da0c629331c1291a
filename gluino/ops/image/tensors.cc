#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/movement/pixels.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/image/image.h>
#include <gluino/ops/image/image_form-inl.h>

namespace gluino {
namespace {

void infer_to_tensor(const NoOptions& /*o*/, Inference& s) {
  s.expect(s.in_type(0) != boolean, -1, "computes in ", to_string(Types::numbers), ", got ",
           boolean, "; convert with astype");
  expect_images(s);
  const ImageForm form(s.in(0));
  s.set_out(0, s.in(0).ndim() == 3 ? Shape{form.channels, form.height, form.width}
                                   : Shape{form.images, form.channels, form.height, form.width});
}

template <class T>
void to_planes(const T* x, float* y, const kernels::ImageBlock& block) {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    kernels::to_unit_planes(x, y, block);
  } else {
    const std::int64_t planes = block.count * block.channels;
    parallel_for(planes, kernels::row_grain(block.pixels, kernels::kCopyGrain),
                 [&](std::int64_t plane, std::int64_t end) {
                   for (; plane < end; ++plane) {
                     const T* from = x + plane / block.channels * block.pixels * block.channels +
                                     plane % block.channels;
                     float* const to = y + plane * block.pixels;
                     for (std::int64_t i = 0; i < block.pixels; ++i, from += block.channels) {
                       to[i] = static_cast<float>(*from) / 255.0F;
                     }
                   }
                 });
  }
}

template <class T>
void from_planes(const float* dy, T* dx, const kernels::ImageBlock& block) {
  const std::int64_t pixels = block.count * block.pixels;
  parallel_for(pixels, kernels::row_grain(block.channels, kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   const float* from =
                       dy + i / block.pixels * block.pixels * block.channels + i % block.pixels;
                   T* const to = dx + i * block.channels;
                   for (std::int64_t c = 0; c < block.channels; ++c, from += block.pixels) {
                     to[c] = static_cast<T>(*from / 255.0F);
                   }
                 }
               });
}

kernels::ImageBlock block_of(const Shape& shape) {
  const ImageForm form(shape);
  return {form.images, form.height * form.width, form.channels};
}

const auto to_tensor =
    define_op("_image_to_tensor")
        .aliases({"_npx__image_to_tensor"})
        .doc("Planes (channels, height, width) in float32 of an image or a batch, over 255.")
        .types(Types::numbers)
        .inputs({"data"})
        .infer_types([](const NoOptions& /*o*/, auto /*in*/, auto out) { out[0] = float32; })
        .infer(infer_to_tensor)
        .forward([](const NoOptions& /*o*/, const Call& call) {
          if (call.out[0].size() == 0) return;
          dispatch_numbers(call.in[0].dtype, [&]<class T>() {
            to_planes(call.in[0].as<T>(), call.out[0].as<float>(), block_of(call.in[0].shape));
          });
        })
        .backward(
            [](const NoOptions& /*o*/, const GradientCall& call) {
              const Tensor& dx = call.in_grad[0];
              if (dx.size() == 0) return;
              dispatch_real(dx.dtype, "_image_to_tensor", [&]<class T>() {
                from_planes(call.out_grad[0].as<float>(), dx.as<T>(), block_of(dx.shape));
              });
            },
            Op::nothing)
        .instead("transpose and a division by 255")
        .sample({}, {{{3, 5, 3}, {Fill::Kind::integers, 0, 100}}})
        .sample({}, {{{2, 3, 4, 1}, {Fill::Kind::integers, 0, 100}}})
        .sample({}, {{{0, 3, 4, 3}}});

using Normalize = ImageNormalizeOptions;

double of_channel(const std::vector<double>& values, std::int64_t channel) {
  return values.size() == 1 ? values[0] : values[static_cast<std::size_t>(channel)];
}

void infer_normalize(const Normalize& o, Inference& s) {
  const Shape& data = s.in(0);
  s.expect(data.ndim() == 3 || data.ndim() == 4, 0,
           "expected (channels, height, width), or a batch of such, got shape ", data);
  const auto channels = static_cast<std::size_t>(data[data.ndim() - 3]);
  const auto fits = [&](const char* name, const std::vector<double>& values,
                        const std::vector<double>& defaults) {
    const std::size_t n = values.size();
    const bool unset = values == defaults && channels <= n;
    s.expect(n == 1 || n == channels || unset, -1, name,
             ": expected one number, or one for each of ", channels, " channels, got ", n);
  };
  fits("mean", o.mean, Normalize().mean);
  fits("std", o.std, Normalize().std);
  s.set_out(0, data);
}

// y = (x - mean) / std of each plane, or y = x / std.
template <class T>
void scale(const Normalize& o, const Tensor& x, const Tensor& y, bool less_mean) {
  const int ndim = x.shape.ndim();
  const std::int64_t channels = x.shape[ndim - 3];
  const std::int64_t pixels = x.shape[ndim - 2] * x.shape[ndim - 1];
  parallel_for(x.shape.size_between(0, ndim - 2), kernels::row_grain(pixels, kernels::kCopyGrain),
               [&](std::int64_t plane, std::int64_t end) {
                 for (; plane < end; ++plane) {
                   const std::int64_t c = plane % channels;
                   const auto mean = static_cast<T>(less_mean ? of_channel(o.mean, c) : 0);
                   const auto std = static_cast<T>(of_channel(o.std, c));
                   const T* const from = x.as<T>() + plane * pixels;
                   T* const to = y.as<T>() + plane * pixels;
                   for (std::int64_t i = 0; i < pixels; ++i) to[i] = (from[i] - mean) / std;
                 }
               });
}

const auto normalize =
    define_op<Normalize>("_image_normalize")
        .aliases({"_npx__image_normalize"})
        .doc("(x - mean) / std of each plane of (channels, height, width), or of a batch.")
        .inputs({"data"})
        .in_place()
        .field("mean", &Normalize::mean, "One number, or one for each channel.")
        .field("std", &Normalize::std, "One number, or one for each channel.")
        .infer(infer_normalize)
        .forward([](const Normalize& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "_image_normalize",
                        [&]<class T>() { scale<T>(o, call.in[0], call.out[0], true); });
        })
        .backward(
            [](const Normalize& o, const GradientCall& call) {
              dispatch_real(call.in_grad[0].dtype, "_image_normalize", [&]<class T>() {
                scale<T>(o, call.out_grad[0], call.in_grad[0], false);
              });
            },
            Op::nothing)
        .derivative([](const Normalize& o, const DerivativeCall& call) {
          Normalize linear = o;
          linear.mean = {0};
          return derivative::linear(Op::get("_image_normalize"), &linear, call);
        })
        .sample({}, {{{3, 4, 5}}})
        .sample({.mean = {0.1, 0.2, 0.3}, .std = {2, 3, 0.5}}, {{{2, 3, 2, 3}}})
        .sample({.mean = {0.5}, .std = {0.2}}, {{{1, 3, 2}}})
        .sample({}, {{{0, 3, 4, 3}}});

}  // namespace
}  // namespace gluino
