#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/export.h>
#include <gluino/ops/core/op.h>

#include <string>

namespace gluino {

/// What a call with these options computes in.
inline Types types_of(const Op& op, const void* options) {
  return op.types_by ? op.types_by(options) : op.types;
}

/// Whether an operator of that kind takes elements of `dtype`. `numbers` are all but bool, which is
/// compared and moved, but not added.
inline bool takes(Types types, DType dtype) {
  return types == Types::any || is_floating(dtype) || (types == Types::numbers && dtype != boolean);
}

/// What they are, for a sentence: "real numbers (float16, bfloat16, float32, float64)".
GLUINO_API const char* to_string(Types types);

/// Calls `f.template operator()<T>()` with the C++ type of `dtype`, for kernels of numbers: float,
/// double and whole numbers. Half precision has become float by then, and others are refused.
template <class F>
decltype(auto) dispatch_numbers(DType dtype, F&& f) {
  switch (dtype) {
    case float32:
      return f.template operator()<float>();
    case float64:
      return f.template operator()<double>();
    case uint8:
      return f.template operator()<std::uint8_t>();
    case int8:
      return f.template operator()<std::int8_t>();
    case int32:
      return f.template operator()<std::int32_t>();
    case int64:
      return f.template operator()<std::int64_t>();
    default:
      fail("no kernel computes in ", dtype);
  }
}

/// dispatch_real or dispatch_numbers: for what computes in `types`.
template <Types types, class F>
decltype(auto) dispatch_as(DType dtype, const char* who, F&& f) {
  if constexpr (types == Types::numbers) {
    return dispatch_numbers(dtype, f);
  } else {
    return dispatch_real(dtype, who, f);
  }
}

/// The same for kernels that move elements: f gets an unsigned type of their size.
template <class F>
decltype(auto) dispatch_words(DType dtype, F&& f) {
  switch (size_of(dtype)) {
    case 1:
      return f.template operator()<std::uint8_t>();
    case 2:
      return f.template operator()<std::uint16_t>();
    case 4:
      return f.template operator()<std::uint32_t>();
    default:
      return f.template operator()<std::uint64_t>();
  }
}

}  // namespace gluino
