// The transforms of Winograd's algorithm for tiles whose channels lie side by side, for one
// instruction set. Included once per target.
#if defined(GLUINO_KERNELS_CONV_IMAGE_TILES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CONV_IMAGE_TILES_INL_H
#undef GLUINO_KERNELS_CONV_IMAGE_TILES_INL_H
#else
#define GLUINO_KERNELS_CONV_IMAGE_TILES_INL_H
#endif

#include <gluino/kernels/cpu/convolution/conv_winograd-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// F(2x2, 3x3), beside F(4x4, 3x3) of conv_winograd-inl.h: 4 inputs, 2 outputs, 3 weights.
template <class D, class V>
HWY_INLINE void transform_input(D /*d*/, const V (&x)[4], V (&y)[4]) {
  y[0] = hn::Sub(x[0], x[2]);
  y[1] = hn::Add(x[1], x[2]);
  y[2] = hn::Sub(x[2], x[1]);
  y[3] = hn::Sub(x[1], x[3]);
}

template <class D, class V>
HWY_INLINE void transform_output(D /*d*/, const V (&m)[4], V (&y)[2]) {
  y[0] = hn::Add(m[0], hn::Add(m[1], m[2]));
  y[1] = hn::Sub(hn::Sub(m[1], m[2]), m[3]);
}

template <class D, class V>
HWY_INLINE void transform_weight(D d, const V (&g)[3], V (&u)[4]) {
  const V half = constant(d, 0.5);
  const V outer = hn::Add(g[0], g[2]);
  u[0] = g[0];
  u[1] = hn::Mul(half, hn::Add(outer, g[1]));
  u[2] = hn::Mul(half, hn::Sub(outer, g[1]));
  u[3] = g[2];
}

// One patch, kIn positions each way with rows row_step apart, to a row of each product's operand.
template <int kIn, int kOut, class T, class One>
HWY_INLINE void image_patch(const T* patch, std::int64_t row_step, std::int64_t channels,
                            std::int64_t plane_step, T* to, One one) {
  const hn::ScalableTag<T> d;
  for_vectors(d, channels, [&](std::int64_t at, auto part) HWY_ATTR {
    transform_both<kIn, kOut>(
        d, one,
        [=](int i, int j)
            HWY_ATTR { return load(part, d, patch + i * row_step + j * channels + at); },
        [=](int i, int j, auto v)
            HWY_ATTR { store(v, part, d, to + (i * kOut + j) * plane_step + at); });
  });
}

template <int kTile, class T>
void image_input(const T* patch, std::int64_t row_step, std::int64_t channels,
                 std::int64_t plane_step, T* to) {
  image_patch<kTile + 2, kTile + 2>(patch, row_step, channels, plane_step, to,
                                    [](auto d, const auto& x, auto& y)
                                        HWY_ATTR { transform_input(d, x, y); });
}

// The gradient of 4 x 4 outputs.
template <class T>
void image_gradient(const T* patch, std::int64_t row_step, std::int64_t channels,
                    std::int64_t plane_step, T* to) {
  image_patch<4, 6>(patch, row_step, channels, plane_step, to,
                    [](auto d, const auto& x, auto& y) HWY_ATTR { transform_gradient(d, x, y); });
}

// One tile of outputs, rows row_step apart, from a row of each product. `bias` may be null.
template <int kTile, class T>
void image_output(const T* products, std::int64_t plane_step, std::int64_t channels, const T* bias,
                  T* y, std::int64_t row_step) {
  constexpr int kPatch = kTile + 2;
  const hn::ScalableTag<T> d;
  for_vectors(d, channels, [&](std::int64_t at, auto part) HWY_ATTR {
    const auto added = bias != nullptr ? load(part, d, bias + at) : hn::Zero(d);
    transform_both<kPatch, kTile>(
        d, [](auto tag, const auto& m, auto& out) HWY_ATTR { transform_output(tag, m, out); },
        [=](int i, int j)
            HWY_ATTR { return load(part, d, products + (i * kPatch + j) * plane_step + at); },
        [=](int i, int j, auto v)
            HWY_ATTR { store(hn::Add(v, added), part, d, y + i * row_step + j * channels + at); });
  });
}

// The weights of one input channel, (9, filters of a panel), to a row of each product's panel.
template <int kTile, class T>
void image_weights(const T* weight, bool flipped, std::int64_t plane_step, T* to) {
  constexpr int kPatch = kTile + 2;
  constexpr std::int64_t kPanel = kTileColumns<T>;
  const hn::ScalableTag<T> d;
  for_vectors(d, kPanel, [&](std::int64_t at, auto part) HWY_ATTR {
    transform_both<3, kPatch>(
        d, [](auto tag, const auto& g, auto& u) HWY_ATTR { transform_weight(tag, g, u); },
        [=](int i, int j) HWY_ATTR {
          const int tap = i * 3 + j;
          return load(part, d, weight + (flipped ? 8 - tap : tap) * kPanel + at);
        },
        [=](int i, int j, auto v)
            HWY_ATTR { store(v, part, d, to + (i * kPatch + j) * plane_step + at); });
  });
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
