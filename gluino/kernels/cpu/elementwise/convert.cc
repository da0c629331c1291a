#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/convert.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_CONVERT_ONCE
#define GLUINO_KERNELS_CONVERT_ONCE
namespace gluino::kernels {

// From real numbers to whole ones, and to truths.
template <class From>
struct WholeRanges {
  void (*to_int8)(const From* source, std::int8_t* destination, std::int64_t n);
  void (*to_uint8)(const From* source, std::uint8_t* destination, std::int64_t n);
  void (*to_int32)(const From* source, std::int32_t* destination, std::int64_t n);
  void (*to_int64)(const From* source, std::int64_t* destination, std::int64_t n);
  void (*to_truth)(const From* source, bool* destination, std::int64_t n);
};

// From whole numbers of several bytes to those of one, and to truths.
template <class From>
struct NarrowRanges {
  void (*to_byte)(const From* source, std::uint8_t* destination, std::int64_t n);
  void (*to_truth)(const From* source, bool* destination, std::int64_t n);
};
struct AllNarrowRanges {
  NarrowRanges<std::int32_t> of_int32;
  NarrowRanges<std::int64_t> of_int64;
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

void scale_pixels(const std::uint8_t* source, float* destination, std::int64_t n, float scale) {
  for (std::int64_t i = 0; i < n; ++i) destination[i] = static_cast<float>(source[i]) * scale;
}

// As BFloat16's constructor: to nearest even, NaN kept a quiet NaN.
void round_to_bfloat16(const float* source, std::uint16_t* destination, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(source[i]);
    const std::uint32_t rounded = (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
    const bool nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
    destination[i] = static_cast<std::uint16_t>(nan ? bits >> 16 | 0x40U : rounded);
  }
}

// Half precision between 16 bits and float, without branches, as Half's members do it.
void half_to_float(const std::uint16_t* source, float* destination, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t bits = source[i];
    // The exponent's bias is 15 and not 127. Numbers without an exponent come out right, too.
    const float magnitude = std::bit_cast<float>((bits & 0x7FFFU) << 13) * 0x1p112F;
    const std::uint32_t endless = (bits & 0x7C00U) == 0x7C00U ? 0x7F800000U : 0;
    destination[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | endless |
                                          (bits & 0x8000U) << 16);
  }
}

void round_to_half(const float* source, std::uint16_t* destination, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(source[i]);
    const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
    const std::uint32_t normal = (magnitude - (112U << 23) + 0xFFFU + (magnitude >> 13 & 1U)) >> 13;
    // Below the least normal number, 2^-14, a step is 2^-24: that of floats from 0.5 on.
    const std::uint32_t tiny =
        std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - 0x3F000000U;
    const std::uint32_t rounded = magnitude < 0x38800000U ? tiny : normal;
    const std::uint32_t bounded = magnitude >= 0x477FF000U ? 0x7C00U : rounded;
    destination[i] = static_cast<std::uint16_t>((magnitude > 0x7F800000U ? 0x7E00U : bounded) |
                                                (bits >> 16 & 0x8000U));
  }
}

void bfloat16_to_float(const std::uint16_t* source, float* destination, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    destination[i] = std::bit_cast<float>(static_cast<std::uint32_t>(source[i]) << 16);
  }
}

// gluino::convert without branches.
template <class From, class To>
void round_to_whole(const From* source, To* destination, std::int64_t n) {
  constexpr To kMost = std::numeric_limits<To>::max();
  constexpr From kEnd = From{2} * static_cast<From>(kMost / 2 + 1);
  // Where From has the largest whole number itself, nothing has to be put in its place.
  constexpr bool kHasMost = std::numeric_limits<To>::digits <= std::numeric_limits<From>::digits;
  constexpr From kLast =
      kHasMost ? static_cast<From>(kMost) : kEnd * (1 - std::numeric_limits<From>::epsilon() / 2);
  constexpr From kFirst = static_cast<From>(std::numeric_limits<To>::min());
  for (std::int64_t i = 0; i < n; ++i) {
    const From value = source[i] == source[i] ? source[i] : From{0};
    const From least = value > kFirst ? value : kFirst;
    const auto whole = static_cast<To>(least < kLast ? least : kLast);
    destination[i] = !kHasMost && value >= kEnd ? kMost : whole;
  }
}

template <class From>
void round_to_truth(const From* source, bool* destination, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) destination[i] = source[i] != 0;
}

// The lowest byte of each; int8 and uint8 have the same.
template <class From>
void low_bytes(const From* source, std::uint8_t* destination, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) destination[i] = static_cast<std::uint8_t>(source[i]);
}

template <class From>
const WholeRanges<From>* whole_ranges() {
  static constexpr WholeRanges<From> ranges = {
      &round_to_whole<From, std::int8_t>, &round_to_whole<From, std::uint8_t>,
      &round_to_whole<From, std::int32_t>, &round_to_whole<From, std::int64_t>,
      &round_to_truth<From>};
  return &ranges;
}
const WholeRanges<float>* whole_ranges_float() { return whole_ranges<float>(); }
const WholeRanges<double>* whole_ranges_double() { return whole_ranges<double>(); }

template <class From>
constexpr NarrowRanges<From> narrow_ranges() {
  return {&low_bytes<From>, &round_to_truth<From>};
}
const AllNarrowRanges* narrow_ranges_of_set() {
  static constexpr AllNarrowRanges ranges = {narrow_ranges<std::int32_t>(),
                                             narrow_ranges<std::int64_t>()};
  return &ranges;
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

HWY_EXPORT(scale_pixels);
HWY_EXPORT(round_to_bfloat16);
HWY_EXPORT(round_to_half);
HWY_EXPORT(bfloat16_to_float);
HWY_EXPORT(half_to_float);

namespace {

GLUINO_CHOSEN_TABLE(WholeRanges, whole_ranges_of, whole_ranges_float, whole_ranges_double)
GLUINO_CHOSEN(AllNarrowRanges, all_narrow_ranges, narrow_ranges_of_set)

// Calls range(source, destination, n) with parts of n elements.
template <class From, class To, class Range>
void in_parts(const void* source, void* destination, std::int64_t n, Range range) {
  const auto* from = static_cast<const From*>(source);
  auto* to = static_cast<To*>(destination);
  parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    range(from + begin, to + begin, end - begin);
  });
}

// Between half precision and float: what every operator in half precision does. False for other
// pairs of types.
bool convert_half(const void* source, DType source_type, void* destination, DType destination_type,
                  std::int64_t n) {
  if (source_type == float32 && destination_type == bfloat16) {
    in_parts<float, std::uint16_t>(source, destination, n, HWY_DYNAMIC_DISPATCH(round_to_bfloat16));
  } else if (source_type == float32 && destination_type == float16) {
    in_parts<float, std::uint16_t>(source, destination, n, HWY_DYNAMIC_DISPATCH(round_to_half));
  } else if (source_type == bfloat16 && destination_type == float32) {
    in_parts<std::uint16_t, float>(source, destination, n, HWY_DYNAMIC_DISPATCH(bfloat16_to_float));
  } else if (source_type == float16 && destination_type == float32) {
    in_parts<std::uint16_t, float>(source, destination, n, HWY_DYNAMIC_DISPATCH(half_to_float));
  } else {
    return false;
  }
  return true;
}

// From float32 or float64 to integers and truths. False for other pairs of types.
template <class From>
bool convert_to_whole(const void* source, void* destination, DType destination_type,
                      std::int64_t n) {
  const WholeRanges<From>& ranges = whole_ranges_of<From>();
  if (destination_type == int8) {
    in_parts<From, std::int8_t>(source, destination, n, ranges.to_int8);
  } else if (destination_type == uint8) {
    in_parts<From, std::uint8_t>(source, destination, n, ranges.to_uint8);
  } else if (destination_type == int32) {
    in_parts<From, std::int32_t>(source, destination, n, ranges.to_int32);
  } else if (destination_type == int64) {
    in_parts<From, std::int64_t>(source, destination, n, ranges.to_int64);
  } else if (destination_type == boolean) {
    in_parts<From, bool>(source, destination, n, ranges.to_truth);
  } else {
    return false;
  }
  return true;
}

bool is_half(DType dtype) { return dtype == float16 || dtype == bfloat16; }

// Whole numbers of one byte.
bool is_byte(DType dtype) { return dtype == int8 || dtype == uint8; }

// From int32 or int64 to types of one byte. False for other pairs of types.
template <class From>
bool convert_to_byte(const NarrowRanges<From>& ranges, const void* source, void* destination,
                     DType destination_type, std::int64_t n) {
  if (is_byte(destination_type)) {
    in_parts<From, std::uint8_t>(source, destination, n, ranges.to_byte);
  } else if (destination_type == boolean) {
    in_parts<From, bool>(source, destination, n, ranges.to_truth);
  } else {
    return false;
  }
  return true;
}

// By way of float, piece by piece: what half precision is for all types but float32.
void convert_by_float(const void* source, DType source_type, void* destination,
                      DType destination_type, std::int64_t n) {
  constexpr std::int64_t kPiece = 1024;
  const auto* const from = static_cast<const std::byte*>(source);
  auto* const to = static_cast<std::byte*>(destination);
  parallel_for((n + kPiece - 1) / kPiece, kCopyGrain / kPiece, [&](std::int64_t i, auto end) {
    std::array<float, kPiece> floats;
    for (; i < end; ++i) {
      const std::int64_t count = std::min(kPiece, n - i * kPiece);
      const auto begin = static_cast<std::size_t>(i * kPiece);
      convert(from + begin * size_of(source_type), source_type, floats.data(), float32, count);
      convert(floats.data(), float32, to + begin * size_of(destination_type), destination_type,
              count);
    }
  });
}

// Whether convert has no other way for a pair of types: from whole numbers to others and to real
// ones, from bytes to truths, and between float and double.
template <class From, class To>
constexpr bool is_left() {
  if (!std::is_arithmetic_v<From> || !std::is_arithmetic_v<To>) return false;
  if (std::is_same_v<From, To> || std::is_same_v<From, bool>) return false;
  if (std::is_floating_point_v<To>) return true;
  if (std::is_floating_point_v<From>) return false;
  return sizeof(To) > 1 || (std::is_same_v<To, bool> && sizeof(From) == 1);
}

}  // namespace

void u8_to_float(const std::uint8_t* source, float* destination, std::int64_t n, float scale) {
  parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(scale_pixels)(source + begin, destination + begin, end - begin, scale);
  });
}

void convert(const void* source, DType source_type, void* destination, DType destination_type,
             std::int64_t n) {
  if (n <= 0) return;
  if (source_type == destination_type) {
    std::memmove(destination, source, static_cast<std::size_t>(n) * size_of(source_type));
    return;
  }
  // Truths are bytes of 0 and 1.
  if (source_type == boolean) return convert(source, uint8, destination, destination_type, n);
  if (is_byte(source_type) && is_byte(destination_type)) {
    std::memmove(destination, source, static_cast<std::size_t>(n));
    return;
  }
  if (source_type == uint8 && destination_type == float32) {
    u8_to_float(static_cast<const std::uint8_t*>(source), static_cast<float*>(destination), n, 1);
    return;
  }
  if (convert_half(source, source_type, destination, destination_type, n)) return;
  if (is_half(source_type) || is_half(destination_type)) {
    return convert_by_float(source, source_type, destination, destination_type, n);
  }
  if (source_type == float32 && convert_to_whole<float>(source, destination, destination_type, n)) {
    return;
  }
  if (source_type == float64 &&
      convert_to_whole<double>(source, destination, destination_type, n)) {
    return;
  }
  if (source_type == int32 &&
      convert_to_byte(all_narrow_ranges().of_int32, source, destination, destination_type, n)) {
    return;
  }
  if (source_type == int64 &&
      convert_to_byte(all_narrow_ranges().of_int64, source, destination, destination_type, n)) {
    return;
  }
  bool found = false;
  dispatch(source_type, [&]<class From>() {
    dispatch(destination_type, [&]<class To>() {
      if constexpr (is_left<From, To>()) {
        found = true;
        const From* from = static_cast<const From*>(source);
        To* to = static_cast<To*>(destination);
        parallel_for(n, kMathGrain, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) to[i] = gluino::convert<To>(from[i]);
        });
      }
    });
  });
  check(found, "no conversion from ", source_type, " to ", destination_type);
}

}  // namespace gluino::kernels
#endif
