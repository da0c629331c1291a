// Walking over arrays in vectors, for inclusion by sources that are compiled once per instruction
// set.
#if defined(GLUINO_KERNELS_CPU_VECTORS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_VECTORS_INL_H
#undef GLUINO_KERNELS_CPU_VECTORS_INL_H
#else
#define GLUINO_KERNELS_CPU_VECTORS_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Stands for all lanes of a vector: masked stores are slow on some processors.
struct Whole {};

// Stands for the first `count` lanes. Only those are ever touched in memory: Highway's own masked
// loads and stores reach beyond them where the instruction set has none.
struct Tail {
  size_t count;
};
constexpr bool kHasMaskedMoves = HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3;

template <class D>
HWY_INLINE hn::Vec<D> load(Whole, D d, const hn::TFromD<D>* from) {
  return hn::LoadU(d, from);
}
template <class D>
HWY_INLINE hn::Vec<D> load(Tail tail, D d, const hn::TFromD<D>* from) {
  if constexpr (kHasMaskedMoves) return hn::MaskedLoad(hn::FirstN(d, tail.count), d, from);
  HWY_ALIGN hn::TFromD<D> lanes[HWY_MAX_BYTES / sizeof(hn::TFromD<D>)] = {};
  for (size_t i = 0; i < tail.count; ++i) lanes[i] = from[i];
  return hn::Load(d, lanes);
}

template <class D, class V>
HWY_INLINE void store(V v, Whole, D d, hn::TFromD<D>* to) {
  hn::StoreU(v, d, to);
}
template <class D, class V>
HWY_INLINE void store(V v, Tail tail, D d, hn::TFromD<D>* to) {
  if constexpr (kHasMaskedMoves) return hn::BlendedStore(v, hn::FirstN(d, tail.count), d, to);
  HWY_ALIGN hn::TFromD<D> lanes[HWY_MAX_BYTES / sizeof(hn::TFromD<D>)];
  hn::Store(v, d, lanes);
  for (size_t i = 0; i < tail.count; ++i) to[i] = lanes[i];
}

// v in the lanes that there are, else `other`.
template <class V>
HWY_INLINE V select(Whole, V v, V /*other*/) {
  return v;
}
template <class V>
HWY_INLINE V select(Tail tail, V v, V other) {
  const hn::DFromV<V> d;
  return hn::IfThenElse(hn::FirstN(d, tail.count), v, other);
}

// Where v is the news of a maximum: it is larger than the best so far, or the first NaN.
template <class V>
HWY_INLINE auto exceeds(V v, V best) {
  return hn::Or(hn::Gt(v, best), hn::AndNot(hn::IsNaN(best), hn::IsNaN(v)));
}

// Calls f(offset, mask) for vectors that cover n elements, with Whole or, at the end, Tail, so that
// an element takes the same instructions, and gets the same bits, wherever it stands.
template <class D, class F>
HWY_INLINE void for_vectors(D d, std::int64_t n, F f) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) f(i, Whole());
  if (i < n) f(i, Tail{static_cast<size_t>(n - i)});
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
