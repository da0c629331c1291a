#pragma once

#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/tensor.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

/// What the operators of this corner have in common.
namespace gluino::quantization {

/// What the outermost step of a type stands for in parts of a range's magnitude.
template <class Byte>
inline constexpr double kSteps = std::numeric_limits<Byte>::max() + 0.5;
template <>
inline constexpr double kSteps<std::int32_t> = std::numeric_limits<std::int32_t>::max();

struct Range {
  float least = 0;
  float most = 0;

  float magnitude() const { return std::max(std::abs(least), std::abs(most)); }
};

inline DType type_of(const std::string& name) { return name == "uint8" ? uint8 : int8; }

/// The type of the bytes: `auto` goes by the range.
template <class O>
DType byte_type(const O& o) {
  if (o.out_type != "auto") return type_of(o.out_type);
  return o.min_calib_range && o.max_calib_range && *o.min_calib_range >= 0 ? uint8 : int8;
}

/// The range that the options give, or none.
template <class O>
std::optional<Range> given_range(const O& o) {
  if (!o.min_calib_range || !o.max_calib_range) return std::nullopt;
  return Range{static_cast<float>(*o.min_calib_range), static_cast<float>(*o.max_calib_range)};
}

template <class O>
void expect_range(const O& o, const Inference& s) {
  if (!o.min_calib_range || !o.max_calib_range) return;
  s.expect(std::isfinite(*o.min_calib_range) && std::isfinite(*o.max_calib_range) &&
               *o.min_calib_range <= *o.max_calib_range,
           -1, "expected finite numbers with min_calib_range <= max_calib_range, got ",
           *o.min_calib_range, " and ", *o.max_calib_range);
}

/// The range in two arrays of one number.
inline Range range_in(const char* who, const Tensor& least, const Tensor& most) {
  const auto number = [&](const Tensor& array) {
    float result = 0;
    dispatch_real(array.dtype, who,
                  [&]<class T>() { result = static_cast<float>(*array.as<T>()); });
    return result;
  };
  const Range range{number(least), number(most)};
  check(std::isfinite(range.least) && std::isfinite(range.most) && range.least <= range.most, "[",
        who, "] expected finite numbers with min_range <= max_range, got ", range.least, " and ",
        range.most);
  return range;
}

/// From the least to the largest element; throws Error where one is not finite.
template <class T>
Range range_of(const char* who, const T* x, std::int64_t size) {
  struct Part {
    float least = std::numeric_limits<float>::infinity();
    float most = -std::numeric_limits<float>::infinity();
    bool finite = true;
  };
  constexpr std::int64_t kParts = 64;
  std::array<Part, kParts> parts;
  parallel_for(kParts, kernels::row_grain(size / kParts + 1, kernels::kCopyGrain),
               [&](std::int64_t part, std::int64_t end) {
                 for (; part < end; ++part) {
                   Part& here = parts[static_cast<std::size_t>(part)];
                   const std::int64_t stop = size * (part + 1) / kParts;
                   for (std::int64_t i = size * part / kParts; i < stop; ++i) {
                     const auto value = static_cast<float>(x[i]);
                     here.least = std::min(here.least, value);
                     here.most = std::max(here.most, value);
                     here.finite = here.finite && std::isfinite(value);
                   }
                 }
               });
  Part all;
  for (const Part& part : parts) {
    all = {std::min(all.least, part.least), std::max(all.most, part.most),
           all.finite && part.finite};
  }
  check(all.finite, "[", who, "] data: expected finite numbers, which bytes can stand for");
  return size == 0 ? Range{} : Range{all.least, all.most};
}

template <class Byte>
inline constexpr float kLeast = std::numeric_limits<Byte>::min();
template <class Byte>
inline constexpr float kMost = std::numeric_limits<Byte>::max();

/// The nearest bytes to x * scale, in float as MXNet computes them.
template <class T, class Byte>
void to_bytes(const T* x, Byte* y, std::int64_t size, double scale) {
  const auto factor = static_cast<float>(scale);
  parallel_for(size, kernels::kCopyGrain, [=](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      y[i] = static_cast<Byte>(
          std::clamp(std::nearbyint(static_cast<float>(x[i]) * factor), kLeast<Byte>, kMost<Byte>));
    }
  });
}

/// Steps per number; where all numbers are 0, any.
inline double steps_per(double steps, double magnitude) {
  return magnitude > 0 ? steps / magnitude : 0;
}

/// f(Byte()) for the type of the output.
template <class F>
void with_byte(DType type, F f) {
  if (type == uint8) return f(std::uint8_t());
  f(std::int8_t());
}

/// Writes the range that bytes stand for: of int8 as much below 0 as above.
inline void write_range(const Range& range, DType type, const Tensor& least, const Tensor& most) {
  if (least) *least.as<float>() = type == int8 ? -range.magnitude() : range.least;
  if (most) *most.as<float>() = type == int8 ? range.magnitude() : range.most;
}

/// The shapes of bytes and their range, for inputs 1 and 2 of one number each, if there are.
inline void infer_bytes(Inference& s) {
  for (int i = 1; i < s.num_inputs(); ++i) s.set_in(i, {1});
  s.set_out(0, s.in(0));
  s.set_out(1, {1});
  s.set_out(2, {1});
}

inline void infer_byte_types(DType type, std::span<std::optional<DType>> in,
                             std::span<std::optional<DType>> out) {
  for (std::size_t i = 1; i < in.size(); ++i) in[i] = in[i].value_or(float32);
  out[0] = type;
  out[1] = out[2] = float32;
}

}  // namespace gluino::quantization
