// Comparisons that give truths, of the frequent types: bytes are packed from wider masks, which
// newer instruction sets do much better.
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/binary_range.h>
#include <gluino/kernels/cpu/elementwise/compare_rules.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/compare_truths.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/support/truths-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_COMPARE_TRUTHS_ONCE
#define GLUINO_KERNELS_COMPARE_TRUTHS_ONCE
namespace gluino::kernels {

template <class T>
struct TruthRanges {
#define GLUINO_MEMBER(name) BinaryRange<T, bool> name;
  GLUINO_COMPARISON_FUNCTIONS(GLUINO_MEMBER)
#undef GLUINO_MEMBER
};

struct AllTruthRanges {
  TruthRanges<float> f32;
  TruthRanges<double> f64;
  TruthRanges<std::uint8_t> u8;
  TruthRanges<std::int32_t> i32;
  TruthRanges<std::int64_t> i64;
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// The comparisons of compare_rules.h, of vectors. NaN is equal to nothing, and not ordered.
template <class V>
HWY_INLINE auto is_not_zero(V v) {
  return hn::Not(hn::Eq(v, hn::Zero(hn::DFromV<V>())));
}
template <class V>
HWY_INLINE auto reaches(V a, V b) {
  if constexpr (hwy::IsFloat<hn::TFromV<V>>()) {
    return hn::Ge(a, b);
  } else {
    return hn::Not(hn::Gt(b, a));
  }
}
#define GLUINO_COMPARISON(name, expression)                             \
  template <class V>                                                    \
  HWY_INLINE auto mask_of(std::type_identity<name##_holds>, V a, V b) { \
    return expression;                                                  \
  }
GLUINO_COMPARISON(equal, hn::Eq(a, b))
GLUINO_COMPARISON(not_equal, hn::Not(hn::Eq(a, b)))
GLUINO_COMPARISON(greater, hn::Gt(a, b))
GLUINO_COMPARISON(greater_equal, reaches(a, b))
GLUINO_COMPARISON(logical_and, hn::And(is_not_zero(a), is_not_zero(b)))
GLUINO_COMPARISON(logical_or, hn::Or(is_not_zero(a), is_not_zero(b)))
GLUINO_COMPARISON(logical_xor, hn::Xor(is_not_zero(a), is_not_zero(b)))
#undef GLUINO_COMPARISON

template <class T>
struct TruthLoops {
  template <class Op>
  [[gnu::noinline]] static void array_array(const T* __restrict a, const T* __restrict b,
                                            bool* __restrict out, std::int64_t n) {
    if constexpr (kHasBitMasks) {
      const hn::ScalableTag<T> d;
      for_vectors(d, n, [&](std::int64_t i, auto part) HWY_ATTR {
        const auto mask =
            mask_of(std::type_identity<Op>(), load(part, d, a + i), load(part, d, b + i));
        store_truths(mask, part, d, out + i);
      });
    } else {
      for (std::int64_t i = 0; i < n; ++i) out[i] = Op::holds(a[i], b[i]);
    }
  }

  template <class Op>
  [[gnu::noinline]] static void array_scalar(const T* __restrict a, T b, bool* __restrict out,
                                             std::int64_t n) {
    if constexpr (kHasBitMasks) {
      const hn::ScalableTag<T> d;
      const auto number = hn::Set(d, b);
      for_vectors(d, n, [&](std::int64_t i, auto part) HWY_ATTR {
        const auto mask = mask_of(std::type_identity<Op>(), load(part, d, a + i), number);
        store_truths(mask, part, d, out + i);
      });
    } else {
      for (std::int64_t i = 0; i < n; ++i) out[i] = Op::holds(a[i], b);
    }
  }

  template <class Op>
  [[gnu::noinline]] static void scalar_array(T a, const T* __restrict b, bool* __restrict out,
                                             std::int64_t n) {
    if constexpr (kHasBitMasks) {
      const hn::ScalableTag<T> d;
      const auto number = hn::Set(d, a);
      for_vectors(d, n, [&](std::int64_t i, auto part) HWY_ATTR {
        const auto mask = mask_of(std::type_identity<Op>(), number, load(part, d, b + i));
        store_truths(mask, part, d, out + i);
      });
    } else {
      for (std::int64_t i = 0; i < n; ++i) out[i] = Op::holds(a, b[i]);
    }
  }
};

template <class T>
constexpr TruthRanges<T> truth_ranges_of() {
#define GLUINO_ENTRY(name) Comparisons<TruthLoops<T>, T, bool>::name,
  return {GLUINO_COMPARISON_FUNCTIONS(GLUINO_ENTRY)};
#undef GLUINO_ENTRY
}

const AllTruthRanges* truth_ranges_of_set() {
  static constexpr AllTruthRanges ranges = {
      truth_ranges_of<float>(), truth_ranges_of<double>(), truth_ranges_of<std::uint8_t>(),
      truth_ranges_of<std::int32_t>(), truth_ranges_of<std::int64_t>()};
  return &ranges;
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN(AllTruthRanges, all_ranges, truth_ranges_of_set)

template <class T>
const TruthRanges<T>& ranges() {
  if constexpr (std::is_same_v<T, float>) {
    return all_ranges().f32;
  } else if constexpr (std::is_same_v<T, double>) {
    return all_ranges().f64;
  } else if constexpr (std::is_same_v<T, std::uint8_t>) {
    return all_ranges().u8;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return all_ranges().i32;
  } else {
    return all_ranges().i64;
  }
}

template <class T, BinaryRange<T, bool> TruthRanges<T>::*member>
constexpr BinaryFunction<T, bool> kFunction = {
    [](const T* a, const Shape& a_shape, const T* b, const Shape& b_shape, bool* out,
       const Shape& out_shape) {
      run_broadcast(ranges<T>().*member, a, a_shape, b, b_shape, out, out_shape);
    },
    [](const T* a, T scalar, bool* out, std::int64_t n) {
      run_array_scalar(ranges<T>().*member, a, scalar, out, n);
    },
    [](const T* a, T scalar, bool* out, std::int64_t n) {
      run_scalar_array(ranges<T>().*member, a, scalar, out, n);
    }};

}  // namespace

namespace binary {
#define GLUINO_DEFINE_OF(name, T)                  \
  template <>                                      \
  const BinaryFunction<T, bool>& name<T, bool>() { \
    return kFunction<T, &TruthRanges<T>::name>;    \
  }
#define GLUINO_DEFINE(name)            \
  GLUINO_DEFINE_OF(name, float)        \
  GLUINO_DEFINE_OF(name, double)       \
  GLUINO_DEFINE_OF(name, std::uint8_t) \
  GLUINO_DEFINE_OF(name, std::int32_t) \
  GLUINO_DEFINE_OF(name, std::int64_t)
GLUINO_COMPARISON_FUNCTIONS(GLUINO_DEFINE)
#undef GLUINO_DEFINE
#undef GLUINO_DEFINE_OF
}  // namespace binary

}  // namespace gluino::kernels
#endif
