#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/movement/slice_channel.h>
#include <gluino/ops/movement/slice_part-inl.h>

namespace gluino {
namespace {

std::int64_t count_of(const SplitV2Options& o) {
  const std::int64_t count = o.sections > 0 ? o.sections : o.indices.ndim();
  check(count >= 1 && count < (1 << 20),
        "[_split_v2] expected places in indices, or the number of sections, got ", o.indices,
        " and ", o.sections);
  return count;
}

// The place behind part i - 1, where part i begins, of an axis of `size`.
std::int64_t begin_of(const SplitV2Options& o, std::int64_t i, std::int64_t size) {
  if (i >= count_of(o)) return size;
  if (o.sections <= 0) return o.indices[static_cast<int>(i)];
  return i * (size / o.sections) + std::min(i, size % o.sections);
}

void infer(const SplitV2Options& o, Inference& s) {
  const Shape& in = s.in(0);
  const int axis = s.axis(0, o.axis, in.ndim());
  for (int i = 0; i < s.num_outputs(); ++i) {
    const std::int64_t begin = begin_of(o, i, in[axis]), end = begin_of(o, i + 1, in[axis]);
    s.expect(0 <= begin && begin <= end && end <= in[axis], -1,
             "indices: expected rising places on axis ", axis, " of ", in, ", got ", o.indices);
    Shape part = in;
    part[axis] = end - begin;
    if (o.squeeze_axis) {
      s.expect(part[axis] == 1, -1, "squeeze_axis needs parts of size 1, got one of ", end - begin,
               " along axis ", axis, " of ", in);
      part.erase(axis);
    }
    s.set_out(i, part);
  }
}

// Copies between the whole and the parts.
void copy_parts(const SplitV2Options& o, const Tensor& whole, std::span<const Tensor> parts,
                bool into_whole) {
  const int axis = normalize_axis(o.axis, whole.shape.ndim());
  const std::int64_t size = whole.shape[axis];
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    const std::int64_t begin = begin_of(o, number, size);
    const std::int64_t count = begin_of(o, number + 1, size) - begin;
    if (count > 0) copy_part(whole, along(whole.shape, axis, begin, count), parts[i], into_whole);
  }
}

const auto registered =
    define_op<SplitV2Options>("_split_v2")
        .aliases({"_npi_split"})
        .doc("Cuts an axis into parts, at places or into a number of them.")
        .types(Types::any)
        .inputs({"data"})
        .row_wise_if([](const SplitV2Options& o, const Shape& data) {
          return normalize_axis(o.axis, data.ndim()) != 0;
        })
        .outputs_by(count_of)
        .field("indices", &SplitV2Options::indices,
               "Where the parts begin, 0 too; the last one reaches to the end.")
        .required()
        .field("axis", &SplitV2Options::axis, "The axis.")
        .field("squeeze_axis", &SplitV2Options::squeeze_axis,
               "Drop the axis, when parts have size 1.")
        .field("sections", &SplitV2Options::sections,
               "Above 0: the number of parts, in place of indices.")
        .infer(infer)
        .forward([](const SplitV2Options& o, const Call& call) {
          copy_parts(o, call.in[0], call.out, false);
        })
        .backward(
            [](const SplitV2Options& o, const GradientCall& call) {
              const Tensor& dx = call.in_grad[0];
              // What stands before the first place is in no part.
              std::fill_n(static_cast<char*>(dx.data),
                          dx.size() * static_cast<std::int64_t>(size_of(dx.dtype)), char{0});
              copy_parts(o, dx, call.out_grad, true);
            },
            Op::nothing)
        .derivative(derivative::of_linear<SplitV2Options>("_split_v2"))
        .sample({.indices = {0, 1, 4}}, {{{2, 6, 2}}})
        .sample({.indices = {1, 1}, .axis = 0}, {{{3, 2}}})
        .sample({.axis = -1, .sections = 3}, {{{3, 5}}})
        .sample({.axis = 0, .squeeze_axis = true, .sections = 2}, {{{2, 3}}})
        .sample({.sections = 2}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
