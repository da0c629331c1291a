#include <gluino/base/error.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/half_precision.h>
#include <gluino/ops/updates/amp.h>

#include <optional>
#include <string>
#include <vector>

namespace gluino {
namespace {

// The types between which mixed precision chooses.
bool is_mixed(DType dtype) { return dtype == float32 || half_precision::is_half(dtype); }

void convert(std::span<const Tensor> from, std::span<const Tensor> to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!to[i]) continue;
    kernels::convert(from[i].data, from[i].dtype, to[i].data, to[i].dtype, from[i].size());
  }
}

template <class O>
OpDefinition<O> define_conversion(const char* name, const char* doc) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .types(Types::any)
      .forward([](const O& /*o*/, const Call& call) { convert(call.in, call.out); })
      .backward(
          [](const O& /*o*/, const GradientCall& call) { convert(call.out_grad, call.in_grad); },
          Op::nothing)
      .derivative(derivative::of_linear<O>(name));
  return definition;
}

const auto amp_cast =
    define_conversion<AmpCastOptions>(
        "amp_cast", "Converts float32 and half precision to another type; all else stays.")
        .inputs({"data"})
        .nameless()
        .row_wise()
        .field("dtype", &AmpCastOptions::dtype, "The type of the result.")
        .required()
        .infer_types([](const AmpCastOptions& o, auto in, auto out) {
          out[0] = in[0] && is_mixed(*in[0]) ? std::optional(o.dtype) : in[0];
        })
        .infer(+[](const AmpCastOptions& /*o*/, Inference& s) { s.set_out(0, s.in(0)); })
        .sample({.dtype = float64}, {{{3, 4}}})
        .sample({.dtype = float64}, {{{0, 4}}});

// The type that all of them get: of two that are as wide, such as float16 and bfloat16, float32.
std::optional<DType> common_type(const AmpMulticastOptions& o,
                                 std::span<std::optional<DType>> types) {
  std::optional<DType> common;
  for (const auto& type : types) {
    if (!type || !is_mixed(*type)) continue;
    const bool as_wide = common && size_of(*common) == size_of(*type);
    if (as_wide && *common != *type) {
      common = float32;
    } else if (!common || (size_of(*type) < size_of(*common)) == o.cast_narrow) {
      common = type;
    }
  }
  return common;
}

std::int64_t count_of(const AmpMulticastOptions& o) {
  check(o.num_outputs >= 1 && o.num_outputs < (1 << 20),
        "[amp_multicast] num_outputs: expected 1 or more, got ", o.num_outputs);
  return o.num_outputs;
}

const auto amp_multicast =
    define_conversion<AmpMulticastOptions>(
        "amp_multicast",
        "Brings those of the arrays that are in float32 or half precision to one type.")
        .variadic("data")
        .inputs_by(
            [](const AmpMulticastOptions& o) {
              std::vector<std::string> names;
              names.reserve(static_cast<std::size_t>(count_of(o)));
              for (std::int64_t i = 0; i < count_of(o); ++i) names.push_back(str("data_", i));
              return names;
            },
            [](const AmpMulticastOptions& /*o*/) { return 0; })
        .field("num_outputs", &AmpMulticastOptions::num_outputs, "The number of arrays.")
        .required()
        .field("cast_narrow", &AmpMulticastOptions::cast_narrow,
               "To the narrowest of the types, not to the widest.")
        .outputs_by(count_of)
        .infer_types([](const AmpMulticastOptions& o, auto in, auto out) {
          const auto common = common_type(o, in);
          for (std::size_t i = 0; i < std::min(in.size(), out.size()); ++i) {
            out[i] = in[i] && is_mixed(*in[i]) ? common : in[i];
          }
        })
        .infer(+[](const AmpMulticastOptions& /*o*/, Inference& s) {
          for (int i = 0; i < s.num_outputs(); ++i) s.set_out(i, s.in(i));
        })
        .sample({.num_outputs = 2}, {{{3, 4}}, {{5}}})
        .sample({.num_outputs = 2, .cast_narrow = true}, {{{0, 4}}, {{2, 1, 3}}});

}  // namespace
}  // namespace gluino
