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

inline void check_output(const Int8Finish& o, Inference& s) {
  s.expect(o.out_scale >= 0 && o.out_zero_point >= 0 && o.out_zero_point <= 255, -1,
           "expected an out_scale of at least 0 and an out_zero_point from 0 to 255, got ",
           o.out_scale, " and ", o.out_zero_point);
}

/// The most products of bytes that 32 bits can add.
inline constexpr std::int64_t kMostDepth = 65000;

inline void check_sizes(std::int64_t depth, std::int64_t outputs, const Inference& s) {
  constexpr std::int64_t kMostOutputs = 1 << 24;
  s.expect(depth <= kMostDepth && outputs > 0 && outputs <= kMostOutputs, kData,
           "expected sums of at most ", kMostDepth, " products and 1 to ", kMostOutputs,
           " outputs, got ", depth, " and ", outputs);
}

inline kernels::Int8Layer layer_of(const Call& call, const Int8Finish& o) {
  kernels::Int8Layer layer;
  layer.packed = call.in[kPacked].as<std::int8_t>();
  layer.epilogue = {call.in[kOffset].as<std::int32_t>(), call.in[kScale].as<float>(),
                    call.in[kBias].as<float>(),
                    o.act_type.empty() ? nullptr : &activation_kernel<float>(o.act_type)};
  if (o.out_scale > 0) {
    layer.out_scale = kernels::Int8Scale{static_cast<float>(o.out_scale),
                                         static_cast<std::int32_t>(o.out_zero_point)};
  }
  return layer;
}

/// The fields of what files hold of the end of a layer.
template <class O>
void add_fields(OpDefinition<O>& definition) {
  definition.field("act_type", &O::act_type, "The activation; empty: none.")
      .field("out_scale", &O::out_scale,
             "What a step of the bytes that it gives stands for; 0: it "
             "gives floats.")
      .field("out_zero_point", &O::out_zero_point, "The byte that it gives for 0.");
}

}  // namespace gluino::int8_layer
