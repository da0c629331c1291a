#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_columns.h>
#include <gluino/kernels/cpu/convolution/conv_depthwise.h>
#include <gluino/kernels/cpu/convolution/conv_image_gradient.h>
#include <gluino/kernels/cpu/convolution/conv_image_tiles.h>
#include <gluino/kernels/cpu/convolution/conv_maxima.h>
#include <gluino/kernels/cpu/convolution/conv_rows.h>
#include <gluino/kernels/cpu/convolution/conv_sparse.h>
#include <gluino/kernels/cpu/convolution/conv_strip_batch.h>
#include <gluino/kernels/cpu/convolution/conv_winograd.h>
#include <gluino/kernels/cpu/convolution/convolution.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

// Additions below which a second thread costs more than it brings.
constexpr std::int64_t kThreadWork = 1 << 18;

// 1x1 kernels need no copies as matrix products, which pays on planes of at least so many positions
// (measured: 49 the same time, 64 three quarters, 196 half; 16 one and a half times the time), and
// for the gradient to the weights from so many pairs of channels on.
constexpr std::int64_t kLeastPlane = 49;
constexpr std::int64_t kLeastPairs = 1024;

bool planes_suit(const ConvPass& pass) {
  return reads_planes(pass) && pass.in_plane() >= kLeastPlane && !pass.in_on_strips &&
         !pass.out_on_strips;
}

// From so many channels on planes are faster than rows (batch 32 of 28x28, 32 channels to 192: 3.9
// ms and 6.6; of 112x112, 16 to 96: 25 and 21).
constexpr std::int64_t kLeastDepth = 24;

bool deep_planes_suit(const ConvPass& pass) {
  return planes_suit(pass) && pass.in_channels >= kLeastDepth &&
         pass.in_channels * pass.out_channels >= kLeastPairs / 2;
}

// Depthwise convolutions go along the rows where samples do not fill the strips, and where rows of
// so many outputs fill the vectors as well (measured, full strips against rows: 7 outputs 0.7 of
// the time, 14 1.1 to 1.2, 32 1.8 to 2.2; by two columns, or to the weights, 14 outputs 0.6 to 0.7,
// 28 2 to 3).
constexpr std::int64_t kLeastRow = 14;
constexpr std::int64_t kLeastOtherRow = 20;

template <class T>
bool depthwise_rows_suit(const Conv2dGeometry& g, bool to_weights) {
  const bool few = !fills_strips(g.batch);
  const bool wide = g.out_width() >= (g.stride_w == 1 && !to_weights ? kLeastRow : kLeastOtherRow);
  return (few || wide) && !g.x_on_strips && !g.y_on_strips && depthwise_suits<T>(g);
}

template <class T>
constexpr const char* kStripsName = sizeof(T) == 4 ? "strips of 16 samples, innermost"
                                                   : "strips of 8 samples, innermost";

// y of a forward pass, or dx of the gradient to the data.
template <class T>
struct PassCall {
  const Conv2dGeometry& geometry;
  const ConvPass& pass;
  const T* x;
  const T* weight;
  const T* bias;
  T* y;
  const UnaryKernel<T>* activation;

  // For ways that cannot do it on the way.
  void activate() const {
    if (activation == nullptr) return;
    activation->forward(y, y, pass.batch * pass.groups * pass.out_channels * pass.out_plane());
  }
};

template <class T>
struct PassWay {
  const char* name;
  bool (*suits)(const PassCall<T>& call);
  void (*run)(const PassCall<T>& call);
};

// The ways of a pass: of those that suit the first is the fastest. What was measured stands with
// each of the functions that say what suits.
template <class T>
constexpr PassWay<T> kPassWays[] = {
    {"rows as they lie",
     [](const PassCall<T>& c) {
       return !c.pass.height.to_data && rows_suit<T>(c.geometry) && !deep_planes_suit(c.pass);
     },
     [](const PassCall<T>& c) {
       rows_forward(c.geometry, c.x, c.weight, c.bias, c.y);
       c.activate();
     }},
    {"rows of each channel",
     [](const PassCall<T>& c) { return depthwise_rows_suit<T>(c.geometry, false); },
     [](const PassCall<T>& c) {
       if (c.pass.height.to_data) return depthwise_backward_data(c.geometry, c.x, c.weight, c.y);
       depthwise_forward(c.geometry, c.x, c.weight, c.bias, c.y);
       c.activate();
     }},
    {"Winograd tiles of 4 x 4", [](const PassCall<T>& c) { return winograd_suits<T>(c.pass); },
     [](const PassCall<T>& c) { winograd_conv(c.pass, c.x, c.weight, c.bias, c.y, c.activation); }},
    {"Winograd tiles, channels innermost",
     [](const PassCall<T>& c) { return image_tile<T>(c.pass, false) != 0; },
     [](const PassCall<T>& c) {
       const std::int64_t tile = image_tile<T>(c.pass, false);
       T* const tiled = scratch<T>(ScratchUse::kConvWeights, tiled_weights_size<T>(c.pass, tile));
       tile_weights(c.pass, tile, c.weight, tiled);
       image_tiles_conv(c.pass, tile, c.x, tiled, c.bias, c.y, c.activation);
     }},
    {"planes as they lie", [](const PassCall<T>& c) { return planes_suit(c.pass); },
     [](const PassCall<T>& c) {
       columns_conv(c.pass, c.x, c.weight, c.bias, c.y);
       c.activate();
     }},
    {kStripsName<T>, [](const PassCall<T>& c) { return strips_suit<T>(c.pass); },
     [](const PassCall<T>& c) { strips_conv(c.pass, c.x, c.weight, c.bias, c.y, c.activation); }},
    {"unfolded columns", [](const PassCall<T>&) { return true; },
     [](const PassCall<T>& c) {
       columns_conv(c.pass, c.x, c.weight, c.bias, c.y);
       c.activate();
     }},
};

template <class T>
struct WeightCall {
  const Conv2dGeometry& geometry;
  const ConvPass& pass;
  const T* x;
  const T* dy;
  T* dweight;
};

template <class T>
struct WeightWay {
  const char* name;
  bool (*suits)(const WeightCall<T>& call);
  void (*run)(const WeightCall<T>& call);
};

// The same for the gradient to the weights.
template <class T>
constexpr WeightWay<T> kWeightWays[] = {
    {"rows as they lie",
     [](const WeightCall<T>& c) { return rows_suit<T>(c.geometry) && !deep_planes_suit(c.pass); },
     [](const WeightCall<T>& c) { rows_weight_gradient(c.geometry, c.x, c.dy, c.dweight); }},
    {"rows of each channel",
     [](const WeightCall<T>& c) { return depthwise_rows_suit<T>(c.geometry, true); },
     [](const WeightCall<T>& c) { depthwise_weight_gradient(c.geometry, c.x, c.dy, c.dweight); }},
    {"Winograd tiles of 4 x 4", [](const WeightCall<T>& c) { return winograd_suits<T>(c.pass); },
     [](const WeightCall<T>& c) { winograd_weight_gradient(c.pass, c.x, c.dy, c.dweight); }},
    {"Winograd tiles, channels innermost",
     [](const WeightCall<T>& c) { return image_gradient_suits<T>(c.pass); },
     [](const WeightCall<T>& c) { image_weight_gradient(c.pass, c.x, c.dy, c.dweight); }},
    {"planes as they lie",
     [](const WeightCall<T>& c) {
       return planes_suit(c.pass) && c.pass.in_channels * c.pass.out_channels >= kLeastPairs;
     },
     [](const WeightCall<T>& c) { columns_weight_gradient(c.pass, c.x, c.dy, c.dweight); }},
    {kStripsName<T>, [](const WeightCall<T>& c) { return strips_suit_gradient<T>(c.geometry); },
     [](const WeightCall<T>& c) { strips_weight_gradient(c.geometry, c.x, c.dy, c.dweight); }},
    {"unfolded columns", [](const WeightCall<T>&) { return true; },
     [](const WeightCall<T>& c) { columns_weight_gradient(c.pass, c.x, c.dy, c.dweight); }},
};

template <class Ways, class Call>
void run_first(const Ways& ways, const Call& call) {
  const auto* const way =
      std::find_if(std::begin(ways), std::end(ways), [&](const auto& w) { return w.suits(call); });
  note_kernel(way->name);
  way->run(call);
}

template <class T>
void bias_gradient(const Conv2dGeometry& g, const T* dy, T* dbias) {
  // An empty batch may have images of any size.
  if (g.batch == 0) {
    std::fill_n(dbias, g.out_channels, T(0));
    return;
  }
  const std::int64_t plane = g.out_height() * g.out_width();
  const std::int64_t unit = g.y_on_strips ? kStripSamples<T> : 1;
  const std::int64_t images = g.y_on_strips ? strips_of<T>(g.batch) : g.batch;
  parallel_for(g.out_channels,
               std::max<std::int64_t>(1, kThreadWork / std::max<std::int64_t>(g.batch * plane, 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 sum_planes(dy, images, g.out_channels * plane * unit, plane * unit, begin, end,
                            dbias);
               });
}

}  // namespace

template <class T>
void conv2d_forward(const Conv2dGeometry& g, const T* x, const T* weight, const T* bias, T* y,
                    const UnaryKernel<T>* activation) {
  const ConvPass pass = forward_pass(g);
  if (g.batch * g.out_channels * pass.out_plane() == 0) return;
  run_first(kPassWays<T>, PassCall<T>{g, pass, x, weight, bias, y, activation});
}

template <class T>
void conv2d_backward_data(const Conv2dGeometry& g, const T* dy, const T* weight, T* dx) {
  const ConvPass pass = data_pass(g);
  if (g.batch * g.in_channels * pass.out_plane() == 0) return;
  run_first(kPassWays<T>, PassCall<T>{g, pass, dy, weight, nullptr, dx, nullptr});
}

template <class T>
void conv2d_backward_weight(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight,
                            T* dbias) {
  if (dbias != nullptr) bias_gradient(g, dy, dbias);
  const ConvPass pass = forward_pass(g);
  const std::int64_t weights = g.out_channels * g.group_in_channels() * pass.kernel();
  if (dweight == nullptr || weights == 0) return;
  if (g.batch * pass.out_plane() == 0) {
    std::fill_n(dweight, weights, T(0));
  } else {
    run_first(kWeightWays<T>, WeightCall<T>{g, pass, x, dy, dweight});
  }
}

template <class T>
void conv2d_backward(const Conv2dGeometry& g, const T* x, const T* dy, const T* weight, T* dx,
                     T* dweight, T* dbias) {
  ConvMaxima<T> maxima;
  if ((dx != nullptr || dweight != nullptr) && conv_maxima_suit<T>(g) &&
      find_conv_maxima(g, dy, maxima)) {
    if (dbias != nullptr) bias_gradient(g, dy, dbias);
    note_kernel(kConvSparseName);
    conv_sparse_gradient<T>({.geometry = &g,
                             .pool_h = kMaximaWindow,
                             .pool_w = kMaximaWindow,
                             .windows_h = g.out_height() / kMaximaWindow,
                             .windows_w = g.out_width() / kMaximaWindow,
                             .values = maxima.values,
                             .places = maxima.places,
                             .x = input_of(forward_pass(g), x),
                             .weight = weight,
                             .dx = output_of(data_pass(g), dx),
                             .dweight = dweight});
    return;
  }
  if (dx != nullptr) conv2d_backward_data(g, dy, weight, dx);
  if (dweight != nullptr || dbias != nullptr) conv2d_backward_weight(g, x, dy, dweight, dbias);
}

template <class T>
bool conv2d_suits_strips(const Conv2dGeometry& g) {
  const ConvPass forward = forward_pass(g);
  const ConvPass data = data_pass(g);
  const bool empty =
      g.batch * g.in_channels * g.out_channels * forward.in_plane() * forward.out_plane() == 0;
  const auto suits = [](const ConvPass& pass) {
    return winograd_suits<T>(pass) || strips_suit<T>(pass);
  };
  // What reads images as they lie takes no longer than strips that lie ready (measured:
  // depthwise 1.1 times as long, 1x1 kernels 0.7 times), and two such neighbours need not turn them
  // at all.
  const bool as_they_lie = rows_suit<T>(g) || depthwise_rows_suit<T>(g, false) ||
                           planes_suit(forward) || image_tile<T>(forward, false) != 0;
  return !empty && !as_they_lie && suits(forward) && suits(data) &&
         (winograd_suits<T>(forward) || strips_suit_gradient<T>(g));
}

#define GLUINO_CONVOLUTION(T)                                                                     \
  template void conv2d_forward(const Conv2dGeometry&, const T*, const T*, const T*, T*,           \
                               const UnaryKernel<T>*);                                            \
  template void conv2d_backward_data(const Conv2dGeometry&, const T*, const T*, T*);              \
  template void conv2d_backward_weight(const Conv2dGeometry&, const T*, const T*, T*, T*);        \
  template void conv2d_backward(const Conv2dGeometry&, const T*, const T*, const T*, T*, T*, T*); \
  template bool conv2d_suits_strips<T>(const Conv2dGeometry&);

GLUINO_CONVOLUTION(float)
GLUINO_CONVOLUTION(double)

}  // namespace gluino::kernels
