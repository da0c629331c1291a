#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/movement/slice_channel.h>

#include <algorithm>

namespace gluino {
namespace {

void infer(const SliceChannelOptions& o, Inference& s) {
  const Shape& in = s.in(0);
  const int axis = s.axis(0, o.axis, in.ndim());
  s.expect(in[axis] % o.num_outputs == 0, 0, "num_outputs ", o.num_outputs,
           " does not divide axis ", o.axis, " of ", in);
  Shape part = in;
  part[axis] /= o.num_outputs;
  if (o.squeeze_axis) {
    s.expect(part[axis] == 1, 0, "squeeze_axis needs parts of size 1; num_outputs is ",
             o.num_outputs, ", axis ", o.axis, " of ", in, " has ", in[axis]);
    part.erase(axis);
  }
  for (int i = 0; i < s.num_outputs(); ++i) s.set_out(i, part);
}

// Copies between the whole and the parts.
void copy_parts(const SliceChannelOptions& o, const Tensor& whole, std::span<const Tensor> parts,
                bool into_whole) {
  const int axis = normalize_axis(o.axis, whole.shape.ndim());
  const auto strides = kernels::dense_strides(whole.shape);
  Shape shape = whole.shape;
  shape[axis] /= o.num_outputs;
  const auto part_strides = kernels::dense_strides(shape);
  const std::size_t size = size_of(whole.dtype);
  const auto step = static_cast<std::size_t>(shape[axis] * strides[static_cast<std::size_t>(axis)]);
  char* place = static_cast<char*>(whole.data);
  for (const Tensor& part : parts) {
    if (into_whole) {
      kernels::copy_strided(part.data, part_strides, place, strides, shape, size);
    } else {
      kernels::copy_strided(place, strides, part.data, part_strides, shape, size);
    }
    place += step * size;
  }
}

std::int64_t count_of(const SliceChannelOptions& o) {
  check(o.num_outputs >= 1 && o.num_outputs < (1 << 20),
        "[SliceChannel] num_outputs: expected 1 or more, got ", o.num_outputs);
  return o.num_outputs;
}

// MXNet gives a number even to an only one.
std::vector<std::string> output_names(const SliceChannelOptions& o) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(count_of(o)));
  for (std::int64_t i = 0; i < o.num_outputs; ++i) names.push_back(str("output", i));
  return names;
}

const auto registered =
    define_op<SliceChannelOptions>("SliceChannel")
        .aliases({"split"})
        .doc("Cuts an axis into equal parts.")
        .types(Types::any)
        .inputs({"data"})
        .row_wise_if([](const SliceChannelOptions& o, const Shape& data) {
          return normalize_axis(o.axis, data.ndim()) != 0;
        })
        .output_names_by(output_names)
        .outputs_by(count_of)
        .field("num_outputs", &SliceChannelOptions::num_outputs, "The number of parts.")
        .required()
        .field("axis", &SliceChannelOptions::axis, "The axis.")
        .field("squeeze_axis", &SliceChannelOptions::squeeze_axis,
               "Drop the axis, when parts have size 1.")
        .infer(infer)
        .forward([](const SliceChannelOptions& o, const Call& call) {
          copy_parts(o, call.in[0], call.out, false);
        })
        .backward(
            [](const SliceChannelOptions& o, const GradientCall& call) {
              copy_parts(o, call.in_grad[0], call.out_grad, true);
            },
            Op::nothing)
        .derivative(derivative::of_linear<SliceChannelOptions>("SliceChannel"))
        .sample({.num_outputs = 3}, {{{2, 6, 2}}})
        .sample({.num_outputs = 2, .axis = 0, .squeeze_axis = true}, {{{2, 3}}})
        .sample({.num_outputs = 2, .axis = -1}, {{{3, 4}}})
        .sample({.num_outputs = 2}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
