#pragma once

#include <gluino/base/error.h>
#include <gluino/base/export.h>
#include <gluino/base/float16.h>

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace gluino {

/// Types of array elements, with MXNet's numbers (they stand in files). Kernels are written for
/// float32, float64 and whole numbers; half precision is computed through float32.
enum class DType : std::int32_t {
  float32 = 0,
  float64 = 1,
  float16 = 2,
  uint8 = 3,
  int32 = 4,
  int8 = 5,
  int64 = 6,
  boolean = 7,
  bfloat16 = 12,
};

inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;
inline constexpr DType float16 = DType::float16;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType int32 = DType::int32;
inline constexpr DType int8 = DType::int8;
inline constexpr DType int64 = DType::int64;
inline constexpr DType boolean = DType::boolean;
inline constexpr DType bfloat16 = DType::bfloat16;

/// Bytes of one element.
GLUINO_API std::size_t size_of(DType dtype);
/// "float32", "uint8", "bool".
GLUINO_API std::string to_string(DType dtype);
GLUINO_API std::ostream& operator<<(std::ostream& out, DType dtype);
/// The inverse of to_string. Throws Error on an unknown name.
GLUINO_API DType parse_dtype(const std::string& name);
/// The type with MXNet's number `code`, or throws Error.
GLUINO_API DType dtype_from_code(std::int32_t code);
inline bool is_floating(DType dtype) {
  return dtype == float32 || dtype == float64 || dtype == float16 || dtype == bfloat16;
}

template <class T>
struct dtype_of;
template <>
struct dtype_of<float> : std::integral_constant<DType, float32> {};
template <>
struct dtype_of<double> : std::integral_constant<DType, float64> {};
template <>
struct dtype_of<Half> : std::integral_constant<DType, float16> {};
template <>
struct dtype_of<std::uint8_t> : std::integral_constant<DType, uint8> {};
template <>
struct dtype_of<std::int32_t> : std::integral_constant<DType, int32> {};
template <>
struct dtype_of<std::int8_t> : std::integral_constant<DType, int8> {};
template <>
struct dtype_of<std::int64_t> : std::integral_constant<DType, int64> {};
template <>
struct dtype_of<bool> : std::integral_constant<DType, boolean> {};
template <>
struct dtype_of<BFloat16> : std::integral_constant<DType, bfloat16> {};

/// Calls `f.template operator()<T>()` with the C++ type of `dtype`.
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case float32:
      return f.template operator()<float>();
    case float64:
      return f.template operator()<double>();
    case float16:
      return f.template operator()<Half>();
    case uint8:
      return f.template operator()<std::uint8_t>();
    case int32:
      return f.template operator()<std::int32_t>();
    case int8:
      return f.template operator()<std::int8_t>();
    case int64:
      return f.template operator()<std::int64_t>();
    case boolean:
      return f.template operator()<bool>();
    case bfloat16:
      return f.template operator()<BFloat16>();
  }
  fail("unknown dtype code ", static_cast<std::int32_t>(dtype));
}

/// The same for the types that kernels of real numbers are written for, float32 and float64; throws
/// Error for others, naming `who`.
template <class F>
decltype(auto) dispatch_real(DType dtype, const char* who, F&& f) {
  switch (dtype) {
    case float32:
      return f.template operator()<float>();
    case float64:
      return f.template operator()<double>();
    default:
      fail("[", who, "] computes in float32 and float64, got ", to_string(dtype),
           "; convert with astype");
  }
}

}  // namespace gluino
