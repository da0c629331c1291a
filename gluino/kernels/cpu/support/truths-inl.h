// Masks as bytes of 0 and 1, for inclusion by sources that are compiled once per instruction set.
#if defined(GLUINO_KERNELS_CPU_TRUTHS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_TRUTHS_INL_H
#undef GLUINO_KERNELS_CPU_TRUTHS_INL_H
#else
#define GLUINO_KERNELS_CPU_TRUTHS_INL_H
#endif

#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Whether masks are bits, of which one instruction makes bytes. Elsewhere compilers make as much of
// a plain loop.
constexpr bool kHasBitMasks = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3;

// Bytes of 1 where a mask of so wide lanes as D's holds, else 0.
template <class D, class M>
HWY_INLINE auto truths(D /*d*/, M mask) {
  const hn::Rebind<std::uint8_t, D> bytes;
  using Mask = decltype(hn::FirstN(bytes, 0));
  const Mask same{static_cast<typename Mask::Raw>(mask.raw)};
  return hn::IfThenElseZero(same, hn::Set(bytes, 1));
}

template <class D, class M>
HWY_INLINE void store_truths(M mask, Whole, D d, bool* to) {
  const hn::Rebind<std::uint8_t, D> bytes;
  hn::StoreU(truths(d, mask), bytes, reinterpret_cast<std::uint8_t*>(to));
}
template <class D, class M>
HWY_INLINE void store_truths(M mask, Tail tail, D d, bool* to) {
  const hn::Rebind<std::uint8_t, D> bytes;
  HWY_ALIGN std::uint8_t lanes[HWY_MAX_BYTES];
  hn::Store(truths(d, mask), bytes, lanes);
  std::copy_n(lanes, tail.count, reinterpret_cast<std::uint8_t*>(to));
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
