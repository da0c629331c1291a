#include <gluino/graph/int8/int8_layers.h>
#include <gluino/kernels/cpu/int8/int8_dot.h>
#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/activation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>

// Layers of bytes, which ONNX has as layers of numbers between QuantizeLinear and DequantizeLinear:
// runtimes make layers of bytes of them again.
namespace gluino::onnx {
namespace {

enum Input { kData, kPacked, kOffset, kScale, kBias };

template <class T>
std::string scalar(ExportNode& e, T value) {
  return e.tensor(nd::from(std::vector<T>{value}, {}, cpu()));
}

std::string quantized(ExportNode& e, const std::string& x, double scale, std::int64_t zero_point) {
  return e.add("QuantizeLinear", {x, scalar(e, static_cast<float>(scale)),
                                  scalar(e, static_cast<std::uint8_t>(zero_point))});
}

void write_quantize(ExportNode& e, const Int8QuantizeOptions& o) {
  const std::string bytes = quantized(e, e.in(), o.scale, o.zero_point);
  e.give(o.channels_last ? e.transpose(bytes, {0, 2, 3, 1}) : bytes);
}

// The arrays of a layer, of which those of numbers are filled up at the end.
const NDArray& parameter(ExportNode& e, Input input) {
  e.expect(e.array(input) != nullptr, "input ", int{input}, " is no parameter");
  return *e.array(input);
}

NDArray row(ExportNode& e, Input input, std::int64_t columns) {
  return parameter(e, input).slice_view(0, columns);
}

// The weights as (columns, segments, segment_bytes), of numbers: a step of each column times a step
// of the data, so that the data count in steps.
std::string weights(ExportNode& e, const kernels::Int8Packing& packing, const Shape& shape,
                    const Ints& order) {
  NDArray bytes(shape, int8, cpu());
  kernels::int8_unpack(packing, parameter(e, kPacked).data<std::int8_t>(),
                       bytes.data<std::int8_t>());
  if (!order.empty()) bytes = bytes.transpose(Shape(std::span(order)));
  return e.add("DequantizeLinear",
               {e.tensor(bytes), e.tensor(row(e, kScale, packing.columns).copy())},
               {{"axis", std::int64_t{0}}});
}

std::string steps(ExportNode& e, std::int64_t zero_point) {
  return e.add("DequantizeLinear",
               {e.in(kData), scalar(e, 1.0F), scalar(e, static_cast<std::uint8_t>(zero_point))});
}

std::string finished(ExportNode& e, std::string y, const Int8Finish& o) {
  if (!o.act_type.empty()) y = activated(e, o.act_type, y);
  return o.out_scale > 0 ? quantized(e, y, o.out_scale, o.out_zero_point) : y;
}

void write_convolution(ExportNode& e, const Int8ConvolutionOptions& o) {
  const std::int64_t channels = e.size(kData, 3);
  const kernels::Int8Packing packing{o.num_filter, o.kernel[0], o.kernel[1] * channels};
  const std::string weight =
      weights(e, packing, {o.num_filter, o.kernel[0], o.kernel[1], channels}, {0, 3, 1, 2});
  const auto numbers = [&](const Shape& given, std::int64_t otherwise) {
    return given.empty() ? Ints(2, otherwise) : Ints(given.begin(), given.end());
  };
  Ints pads = numbers(o.pad, 0);
  pads.insert(pads.end(), {pads[0], pads[1]});
  std::string y = e.add("Conv",
                        {e.transpose(steps(e, o.zero_point), {0, 3, 1, 2}), weight,
                         e.tensor(row(e, kBias, o.num_filter).copy())},
                        {{"kernel_shape", Ints(o.kernel.begin(), o.kernel.end())},
                         {"strides", numbers(o.stride, 1)},
                         {"dilations", numbers(o.dilate, 1)},
                         {"pads", pads}});
  if (!o.pool.empty()) {
    const Ints pool(o.pool.begin(), o.pool.end());
    y = e.add("MaxPool", {y}, {{"kernel_shape", pool}, {"strides", pool}});
  }
  y = finished(e, y, o);
  e.give(o.out_scale > 0 ? e.transpose(y, {0, 2, 3, 1}) : y);
}

// The byte that stands for 0 is not known here, but what it adds to the sums is.
void write_fully_connected(ExportNode& e, const Int8FullyConnectedOptions& o) {
  std::int64_t depth = 1;
  for (int axis = 1; axis < e.ndim(); ++axis) depth *= e.size(kData, axis);
  const std::string weight = weights(e, {o.num_hidden, 1, depth}, {o.num_hidden, depth}, {});
  const NDArray bias =
      row(e, kBias, o.num_hidden).astype(float64) -
      row(e, kOffset, o.num_hidden).astype(float64) * row(e, kScale, o.num_hidden).astype(float64);
  const std::string x = e.add("Flatten", {steps(e, 0)}, {{"axis", std::int64_t{1}}});
  e.give(finished(
      e, e.add("Gemm", {x, weight, e.tensor(bias.astype(float32))}, {{"transB", std::int64_t{1}}}),
      o));
}

const bool registered = translate([](Translations& t) {
  t.writes<Int8QuantizeOptions>("_fused_int8_quantize", write_quantize);
  t.writes<Int8ConvolutionOptions>("_fused_int8_convolution", write_convolution);
  t.writes<Int8FullyConnectedOptions>("_fused_int8_fully_connected", write_fully_connected);
});

}  // namespace
}  // namespace gluino::onnx
