#include <gluino/kernels/cpu/convolution/conv_image_tiles.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/activation_kernel-inl.h>
#include <gluino/ops/fused/packed_convolution.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>

namespace gluino {
namespace {

constexpr const char* kName = "_fused_packed_convolution";

enum Input { kData, kPacked, kBias };

bool omits_bias(const PackedConvolutionOptions& o) { return o.convolution.no_bias; }

kernels::ConvPass pass_of(const ConvolutionOptions& o, const Shape& images) {
  return kernels::forward_pass(convolution_geometry(o, images));
}

void infer(const PackedConvolutionOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  const kernels::ConvPass pass = pass_of(o.convolution, data);
  const bool wide = s.in_type(kData) == float64;
  s.set_in(kPacked, {wide ? kernels::tiled_weights_size<double>(pass, o.tile)
                          : kernels::tiled_weights_size<float>(pass, o.tile)});
  if (!o.convolution.no_bias) s.set_in(kBias, {pass.out_channels});
  s.set_out(0, {data[0], pass.out_channels, pass.height.outputs, pass.width.outputs});
}

void forward(const PackedConvolutionOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, kName, [&]<class T>() {
    kernels::image_tiles_conv<T>(
        pass_of(o.convolution, call.in[kData].shape), o.tile, call.in[kData].as<T>(),
        call.in[kPacked].as<T>(), o.convolution.no_bias ? nullptr : call.in[kBias].as<T>(),
        call.out[0].as<T>(), o.act_type.empty() ? nullptr : &activation_kernel<T>(o.act_type));
  });
}

const auto registered = define_op<PackedConvolutionOptions>(kName)
                            .doc("A convolution whose weights were transformed before.")
                            .inputs({"data"})
                            .parameters({"weight", "bias"})
                            .omits_last_when(omits_bias)
                            .infer(infer)
                            .forward(forward);

}  // namespace

int packed_tile(const ConvolutionOptions& options, const Shape& images, DType dtype) {
  const bool real = dtype == float32 || dtype == float64;
  if (!real || images.ndim() != 4 || images.size() == 0 || channels_last(options.layout)) return 0;
  const kernels::ConvPass pass = pass_of(options, images);
  return static_cast<int>(dtype == float64 ? kernels::image_tile<double>(pass, true)
                                           : kernels::image_tile<float>(pass, true));
}

NDArray pack_convolution(const PackedConvolutionOptions& options, const Shape& images,
                         const NDArray& weight) {
  const kernels::ConvPass pass = pass_of(options.convolution, images);
  NDArray packed;
  dispatch_real(weight.dtype(), "pack_convolution", [&]<class T>() {
    packed = NDArray({kernels::tiled_weights_size<T>(pass, options.tile)}, weight.dtype(),
                     weight.context());
    kernels::tile_weights<T>(pass, options.tile, static_cast<const T*>(weight.data()),
                             static_cast<T*>(packed.data()));
  });
  return packed;
}

}  // namespace gluino
