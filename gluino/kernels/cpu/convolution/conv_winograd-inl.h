// The transforms of Winograd's algorithm, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_CONV_WINOGRAD_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CONV_WINOGRAD_INL_H
#undef GLUINO_KERNELS_CONV_WINOGRAD_INL_H
#else
#define GLUINO_KERNELS_CONV_WINOGRAD_INL_H
#endif

#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/convolution/conv_winograd_tiles.h>
#include <gluino/kernels/cpu/products/gemm-inl.h>
#include <gluino/kernels/cpu/support/math-inl.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Toom and Cook's points beside 0 and infinity: both signs of these. Their powers and differences
// stay near 1, so that a float32 keeps two to four times as much as of the textbook's 1 and 2.
constexpr double kNear = 5.0 / 8;
constexpr double kFar = 3.0 / 2;
constexpr double kNear2 = kNear * kNear;
constexpr double kFar2 = kFar * kFar;
// The weights' divisors, of 0 and of both pairs.
constexpr double kOfZero = 1 / (kNear2 * kFar2);
constexpr double kOfNear = 1 / (2 * kNear2 * (kNear2 - kFar2));
constexpr double kOfFar = 1 / (2 * kFar2 * (kFar2 - kNear2));

// B^T x: 6 inputs.
template <class D, class V>
HWY_INLINE void transform_input(D d, const V (&x)[6], V (&y)[6]) {
  const V near = constant(d, kNear);
  const V far = constant(d, kFar);
  const V near2 = constant(d, kNear2);
  const V far2 = constant(d, kFar2);
  const V sum = constant(d, kNear2 + kFar2);
  const V product = constant(d, kNear2 * kFar2);
  y[0] = hn::MulAdd(product, x[0], hn::NegMulAdd(sum, x[2], x[4]));
  y[5] = hn::MulAdd(product, x[1], hn::NegMulAdd(sum, x[3], x[5]));
  const V even = hn::NegMulAdd(far2, x[2], x[4]);
  const V odd = hn::NegMulAdd(far2, x[1], x[3]);
  y[1] = hn::MulAdd(near, odd, even);
  y[2] = hn::NegMulAdd(near, odd, even);
  const V even2 = hn::NegMulAdd(near2, x[2], x[4]);
  const V odd2 = hn::NegMulAdd(near2, x[1], x[3]);
  y[3] = hn::MulAdd(far, odd2, even2);
  y[4] = hn::NegMulAdd(far, odd2, even2);
}

// A^T m: 4 outputs.
template <class D, class V>
HWY_INLINE void transform_output(D d, const V (&m)[6], V (&y)[4]) {
  const V sum1 = hn::Add(m[1], m[2]);
  const V difference1 = hn::Sub(m[1], m[2]);
  const V sum2 = hn::Add(m[3], m[4]);
  const V difference2 = hn::Sub(m[3], m[4]);
  y[0] = hn::Add(m[0], hn::Add(sum1, sum2));
  y[1] = hn::MulAdd(constant(d, kFar), difference2, hn::Mul(constant(d, kNear), difference1));
  y[2] = hn::MulAdd(constant(d, kFar2), sum2, hn::Mul(constant(d, kNear2), sum1));
  y[3] = hn::MulAdd(constant(d, kFar2 * kFar), difference2,
                    hn::MulAdd(constant(d, kNear2 * kNear), difference1, m[5]));
}

// A dy: the gradients of 4 outputs.
template <class D, class V>
HWY_INLINE void transform_gradient(D d, const V (&x)[4], V (&y)[6]) {
  const V near = constant(d, kNear);
  const V far = constant(d, kFar);
  const V near2 = constant(d, kNear2);
  const V far2 = constant(d, kFar2);
  const V even = hn::MulAdd(near2, x[2], x[0]);
  const V odd = hn::MulAdd(near2, x[3], x[1]);
  const V even2 = hn::MulAdd(far2, x[2], x[0]);
  const V odd2 = hn::MulAdd(far2, x[3], x[1]);
  y[0] = x[0];
  y[1] = hn::MulAdd(near, odd, even);
  y[2] = hn::NegMulAdd(near, odd, even);
  y[3] = hn::MulAdd(far, odd2, even2);
  y[4] = hn::NegMulAdd(far, odd2, even2);
  y[5] = x[3];
}

// G^T u: the gradients of 3 weights.
template <class D, class V>
HWY_INLINE void transform_weight_gradient(D d, const V (&u)[6], V (&g)[3]) {
  const V sum1 = hn::Add(u[1], u[2]);
  const V sum2 = hn::Add(u[3], u[4]);
  g[0] = hn::MulAdd(constant(d, kOfFar), sum2,
                    hn::MulAdd(constant(d, kOfNear), sum1, hn::Mul(constant(d, kOfZero), u[0])));
  g[1] = hn::MulAdd(constant(d, kOfFar * kFar), hn::Sub(u[3], u[4]),
                    hn::Mul(constant(d, kOfNear * kNear), hn::Sub(u[1], u[2])));
  g[2] = hn::MulAdd(constant(d, kOfFar * kFar2), sum2,
                    hn::MulAdd(constant(d, kOfNear * kNear2), sum1, u[5]));
}

// G g: 3 weights.
template <class D, class V>
HWY_INLINE void transform_weight(D d, const V (&g)[3], V (&u)[6]) {
  const V even =
      hn::MulAdd(constant(d, kOfNear), g[0], hn::Mul(constant(d, kOfNear * kNear2), g[2]));
  const V odd = hn::Mul(constant(d, kOfNear * kNear), g[1]);
  const V even2 = hn::MulAdd(constant(d, kOfFar), g[0], hn::Mul(constant(d, kOfFar * kFar2), g[2]));
  const V odd2 = hn::Mul(constant(d, kOfFar * kFar), g[1]);
  u[0] = hn::Mul(constant(d, kOfZero), g[0]);
  u[1] = hn::Add(even, odd);
  u[2] = hn::Sub(even, odd);
  u[3] = hn::Add(even2, odd2);
  u[4] = hn::Sub(even2, odd2);
  u[5] = g[2];
}

// In both directions, one after the other: in (kIn, kIn) to out (kOut, kOut), where load(i, j)
// reads and store(i, j, v) writes.
template <int kIn, int kOut, class D, class One, class Load, class Store>
HWY_INLINE void transform_both(D d, One one, Load load, Store store) {
  using V = hn::Vec<D>;
  V half[kOut][kIn];
#pragma GCC unroll 6
  for (int j = 0; j < kIn; ++j) {
    V in[kIn];
    V out[kOut];
#pragma GCC unroll 6
    for (int i = 0; i < kIn; ++i) in[i] = load(i, j);
    one(d, in, out);
#pragma GCC unroll 6
    for (int i = 0; i < kOut; ++i) half[i][j] = out[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < kOut; ++i) {
    V out[kOut];
    one(d, half[i], out);
#pragma GCC unroll 6
    for (int j = 0; j < kOut; ++j) store(i, j, out[j]);
  }
}

// One tile of one channel, kIn x kIn positions; all exist if kWhole.
template <int kIn, bool kWhole, class T, class One>
HWY_INLINE void patch_to_columns(const TilePatch<T>& patch, const TileColumns<T>& to, One one) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  for (std::int64_t lane = 0; lane < kStripSamples<T>; lane += kLanes) {
    T* const out = to.at(lane);
    const std::int64_t plane_step = to.plane_step;
    transform_both<kIn, 6>(
        d, one,
        [&](int i, int j) HWY_ATTR {
          if (!kWhole && (j < patch.begin || j >= patch.end)) return hn::Zero(d);
          return hn::LoadU(d, patch.rows[i] + j * kStripSamples<T> + lane);
        },
        [=](int i, int j, auto v) HWY_ATTR { hn::StoreU(v, d, out + (i * 6 + j) * plane_step); });
  }
}

template <int kIn, class T, class One>
HWY_INLINE void tile_to_columns(const TilePatch<T>& patch, const TileColumns<T>& to, One one) {
  if (patch.begin <= 0 && patch.end >= kIn) {
    patch_to_columns<kIn, true>(patch, to, one);
  } else {
    patch_to_columns<kIn, false>(patch, to, one);
  }
}

// 6 x 6 inputs.
template <class T>
void input_tile(const TilePatch<T>& patch, const TileColumns<T>& to) {
  tile_to_columns<6>(patch, to,
                     [](auto d, const auto& x, auto& y) HWY_ATTR { transform_input(d, x, y); });
}

// The gradient of 4 x 4 outputs.
template <class T>
void gradient_tile(const TilePatch<T>& patch, const TileColumns<T>& to) {
  tile_to_columns<4>(patch, to,
                     [](auto d, const auto& x, auto& y) HWY_ATTR { transform_gradient(d, x, y); });
}

// One tile of one filter: from its column of the 36 products, plus bias, to 4 x 4 outputs.
template <class T>
void output_tile(const T* products, std::int64_t plane_step, T bias, T* y, std::int64_t row_step) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  const auto added = hn::Set(d, bias);
  for (std::int64_t lane = 0; lane < kStripSamples<T>; lane += kLanes) {
    transform_both<6, 4>(
        d, [](auto tag, const auto& m, auto& out) HWY_ATTR { transform_output(tag, m, out); },
        [=](int i, int j)
            HWY_ATTR { return hn::LoadU(d, products + (i * 6 + j) * plane_step + lane); },
        [=](int i, int j, auto v) HWY_ATTR {
          hn::StoreU(hn::Add(v, added), d, y + i * row_step + j * kStripSamples<T> + lane);
        });
  }
}

// The weights of one filter for all channels, (9, channels), to its rows of the 36 left operands.
template <class T>
void filter_weights(const T* weight, std::int64_t channels, bool flipped, std::int64_t plane_step,
                    T* planes) {
  const hn::ScalableTag<T> d;
  for_vectors(d, channels, [&](std::int64_t at, auto part) HWY_ATTR {
    transform_both<3, 6>(
        d, [](auto tag, const auto& g, auto& u) HWY_ATTR { transform_weight(tag, g, u); },
        [=](int i, int j) HWY_ATTR {
          const int tap = i * 3 + j;
          return load(part, d, weight + (flipped ? 8 - tap : tap) * channels + at);
        },
        [=](int i, int j, auto v)
            HWY_ATTR { store(v, part, d, planes + (i * 6 + j) * plane_step + at); });
  });
}

// The gradients of one filter's weights, (9, channels), from its rows of the 36 products.
template <class T>
void filter_gradient(const T* planes, std::int64_t plane_step, std::int64_t channels, T* dweight) {
  const hn::ScalableTag<T> d;
  for_vectors(d, channels, [&](std::int64_t at, auto part) HWY_ATTR {
    transform_both<6, 3>(
        d, [](auto tag, const auto& u, auto& g) HWY_ATTR { transform_weight_gradient(tag, u, g); },
        [=](int i, int j)
            HWY_ATTR { return load(part, d, planes + (i * 6 + j) * plane_step + at); },
        [=](int i, int j, auto v)
            HWY_ATTR { store(v, part, d, dweight + (i * 3 + j) * channels + at); });
  });
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
