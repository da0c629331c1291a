#pragma once

#include <gluino/graph/int8/int8_layers.h>
#include <gluino/kernels/cpu/int8/int8_layers.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/activation_kernel-inl.h>

/// What the layers of quantized networks have in common.
namespace gluino::int8_layer {

enum Input { kData, kPacked, kOffset, kScale, kBias };

inline const std::vector<std::string> kParameters = {"weight", "offset", "scale", "bias"};

// The parameters are arrays as the kernels want them, whatever type the data have.
inline void infer_types(double out_scale, std::span<std::optional<DType>> in,
                        std::span<std::optional<DType>> out) {
  in[kData] = uint8;
  in[kPacked] = int8;
  in[kOffset] = int32;
  in[kScale] = float32;
  in[kBias] = float32;
  out[0] = out_scale > 0 ? uint8 : float32;
}

inline void infer_parameters(const kernels::Int8Packing& packing, Inference& s) {
  s.set_in(kPacked, {packing.bytes()});
  for (const Input input : {kOffset, kScale, kBias}) s.set_in(input, {packing.padded_columns()});
}

inline void check_output(const Int8Output& out, Inference& s) {
  s.expect(out.scale >= 0 && out.zero_point >= 0 && out.zero_point <= 255, -1,
           "expected a scale of at least 0 and a zero_point from 0 to 255, got ", out.scale,
           " and ", out.zero_point);
}

inline kernels::Int8Layer layer_of(const Call& call, const std::string& act_type,
                                   const Int8Output& out) {
  kernels::Int8Layer layer;
  layer.packed = call.in[kPacked].as<std::int8_t>();
  layer.epilogue = {call.in[kOffset].as<std::int32_t>(), call.in[kScale].as<float>(),
                    call.in[kBias].as<float>(),
                    act_type.empty() ? nullptr : &activation_kernel<float>(act_type)};
  if (out.scale > 0) {
    layer.out_scale = kernels::Int8Scale{static_cast<float>(out.scale),
                                         static_cast<std::int32_t>(out.zero_point)};
  }
  return layer;
}

}  // namespace gluino::int8_layer
