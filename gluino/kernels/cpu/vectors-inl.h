// Walking over arrays in vectors, for inclusion by sources that are compiled once per instruction
// set.
#if defined(GLUINO_KERNELS_CPU_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_VECTORS_INL_H_
#undef GLUINO_KERNELS_CPU_VECTORS_INL_H_
#else
#define GLUINO_KERNELS_CPU_VECTORS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Stands for a mask with all lanes set: masked stores are slow on some processors.
struct Whole {};

template <class D>
HWY_INLINE hn::Vec<D> load(Whole, D d, const hn::TFromD<D>* from) {
  return hn::LoadU(d, from);
}
template <class M, class D>
HWY_INLINE hn::Vec<D> load(M mask, D d, const hn::TFromD<D>* from) {
  return hn::MaskedLoad(mask, d, from);
}

template <class D, class V>
HWY_INLINE void store(V v, Whole, D d, hn::TFromD<D>* to) {
  hn::StoreU(v, d, to);
}
template <class M, class D, class V>
HWY_INLINE void store(V v, M mask, D d, hn::TFromD<D>* to) {
  hn::BlendedStore(v, mask, d, to);
}

// v where the mask is set, else `other`.
template <class V>
HWY_INLINE V select(Whole, V v, V /*other*/) {
  return v;
}
template <class M, class V>
HWY_INLINE V select(M mask, V v, V other) {
  return hn::IfThenElse(mask, v, other);
}

// Calls f(offset, mask) for vectors that cover n elements: with Whole, and for a tail with a mask,
// so that an element takes the same instructions, and gets the same bits, wherever it stands.
template <class D, class F>
HWY_INLINE void for_vectors(D d, std::int64_t n, F f) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) f(i, Whole());
  if (i < n) f(i, hn::FirstN(d, static_cast<size_t>(n - i)));
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
