#pragma once

#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gluino {

struct UpSamplingOptions {
  /// How many times larger the (first) images become.
  std::int64_t scale = 1;
  /// "nearest": each pixel scale x scale times; "bilinear": the Deconvolution of each channel with
  /// the weight, whose kernel is 2 scale - scale % 2 wide.
  std::string sample_type = "nearest";
  /// Of "bilinear": the number of channels, which may be left out.
  std::int64_t num_filter = 0;
  /// What becomes of several images: "concat" along the channels, or "sum".
  std::string multi_input_mode = "concat";
};

namespace ops {

/// Images (N, C, H, W), made larger: (N, C, scale H, scale W). With "bilinear" the weight
/// (C, 1, kernel, kernel) says how; init::Bilinear fills it.
template <Operand A>
A UpSampling(const A& data, const UpSamplingOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<UpSamplingOptions>("UpSampling");
  return call(op, options, {data}, name);
}
template <Operand A>
A UpSampling(const A& data, const A& weight, UpSamplingOptions options, NodeName name = {}) {
  static const Op& op = Op::get<UpSamplingOptions>("UpSampling");
  options.sample_type = "bilinear";
  return call(op, options, {data, weight}, name);
}

/// Several images, each made as large as the first becomes, by "nearest": theirs must be whole
/// parts of that size, the same in height and width.
template <Operand A>
A UpSampling(const std::vector<A>& data, const UpSamplingOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<UpSamplingOptions>("UpSampling");
  return apply(op, &options, std::span<const A>(data), name);
}

}  // namespace ops
}  // namespace gluino
