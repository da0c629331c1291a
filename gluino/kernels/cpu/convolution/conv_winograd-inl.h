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

// B^T x: 6 inputs.
template <class D, class V>
HWY_INLINE void transform_input(D d, const V (&x)[6], V (&y)[6]) {
  const V four = hn::Set(d, 4);
  const V five = hn::Set(d, 5);
  const V two = hn::Set(d, 2);
  y[0] = hn::MulAdd(four, x[0], hn::NegMulAdd(five, x[2], x[4]));
  y[5] = hn::MulAdd(four, x[1], hn::NegMulAdd(five, x[3], x[5]));
  const V even = hn::NegMulAdd(four, x[2], x[4]);
  const V odd = hn::NegMulAdd(four, x[1], x[3]);
  y[1] = hn::Add(even, odd);
  y[2] = hn::Sub(even, odd);
  const V outer = hn::Sub(x[4], x[2]);
  const V inner = hn::Mul(two, hn::Sub(x[3], x[1]));
  y[3] = hn::Add(outer, inner);
  y[4] = hn::Sub(outer, inner);
}

// A^T m: 4 outputs.
template <class D, class V>
HWY_INLINE void transform_output(D d, const V (&m)[6], V (&y)[4]) {
  const V sum1 = hn::Add(m[1], m[2]);
  const V difference1 = hn::Sub(m[1], m[2]);
  const V sum2 = hn::Add(m[3], m[4]);
  const V difference2 = hn::Sub(m[3], m[4]);
  y[0] = hn::Add(m[0], hn::Add(sum1, sum2));
  y[1] = hn::MulAdd(hn::Set(d, 2), difference2, difference1);
  y[2] = hn::MulAdd(hn::Set(d, 4), sum2, sum1);
  y[3] = hn::Add(m[5], hn::MulAdd(hn::Set(d, 8), difference2, difference1));
}

// A dy: the gradients of 4 outputs.
template <class D, class V>
HWY_INLINE void transform_gradient(D d, const V (&x)[4], V (&y)[6]) {
  const V four = hn::Set(d, 4);
  const V even = hn::Add(x[0], x[2]);
  const V odd = hn::Add(x[1], x[3]);
  const V even2 = hn::MulAdd(four, x[2], x[0]);
  const V odd2 = hn::Mul(hn::Set(d, 2), hn::MulAdd(four, x[3], x[1]));
  y[0] = x[0];
  y[1] = hn::Add(even, odd);
  y[2] = hn::Sub(even, odd);
  y[3] = hn::Add(even2, odd2);
  y[4] = hn::Sub(even2, odd2);
  y[5] = x[3];
}

// G^T u: the gradients of 3 weights.
template <class D, class V>
HWY_INLINE void transform_weight_gradient(D d, const V (&u)[6], V (&g)[3]) {
  const V sixth = constant(d, 1.0 / 6);
  const V near = hn::Mul(sixth, hn::Add(u[1], u[2]));
  const V far = hn::Mul(sixth, hn::Add(u[3], u[4]));
  const V slope = hn::MulAdd(constant(d, 0.5), hn::Sub(u[3], u[4]), hn::Sub(u[2], u[1]));
  const V quarter = constant(d, 0.25);
  g[0] = hn::Sub(hn::Mul(quarter, hn::Add(u[0], far)), near);
  g[1] = hn::Mul(sixth, slope);
  g[2] = hn::Add(hn::Sub(far, near), u[5]);
}

// G g: 3 weights.
template <class D, class V>
HWY_INLINE void transform_weight(D d, const V (&g)[3], V (&u)[6]) {
  const V sixth = constant(d, 1.0 / 6);
  const V sum = hn::Mul(sixth, hn::Add(g[0], g[2]));
  const V middle = hn::Mul(sixth, g[1]);
  u[0] = hn::Mul(constant(d, 0.25), g[0]);
  u[1] = hn::Neg(hn::Add(sum, middle));
  u[2] = hn::Sub(middle, sum);
  const V outer = hn::MulAdd(constant(d, 1.0 / 24), g[0], hn::Mul(sixth, g[2]));
  const V half = hn::Mul(constant(d, 0.5), middle);
  u[3] = hn::Add(outer, half);
  u[4] = hn::Sub(outer, half);
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
