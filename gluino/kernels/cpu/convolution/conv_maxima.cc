#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_maxima.h>
#include <gluino/kernels/cpu/convolution/conv_sparse.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <atomic>

namespace gluino::kernels {
namespace {

// Windows that are worth a thread.
constexpr std::int64_t kThreadWindows = 1 << 14;

// The windows of two rows of dy; false where one has two elements.
template <class T>
bool row_of_windows(const T* upper, const T* lower, std::int64_t windows, T* values,
                    std::int32_t* places) {
  std::int32_t most = 0;
  for (std::int64_t i = 0; i < windows; ++i) {
    const T a = upper[2 * i];
    const T b = upper[2 * i + 1];
    const T c = lower[2 * i];
    const T d = lower[2 * i + 1];
    const std::int32_t in_b = b != 0;
    const std::int32_t in_c = c != 0;
    const std::int32_t in_d = d != 0;
    const std::int32_t count = (a != 0) + in_b + in_c + in_d;
    most = count > most ? count : most;
    values[i] = (a + b) + (c + d);  // the others are 0
    places[i] = in_b + 2 * in_c + 3 * in_d;
  }
  return most <= 1;
}

template <class T>
bool planes_of_windows(const Conv2dGeometry& g, const T* dy, std::int64_t begin, std::int64_t end,
                       T* values, std::int32_t* places) {
  const std::int64_t width = g.out_width();
  const std::int64_t windows = width / kMaximaWindow;
  // The rows of neighbouring planes lie behind each other.
  const std::int64_t rows = g.out_height() / kMaximaWindow;
  for (std::int64_t i = begin * rows; i < end * rows; ++i) {
    const T* const upper = dy + i * kMaximaWindow * width;
    if (!row_of_windows(upper, upper + width, windows, values + i * windows, places + i * windows))
      return false;
  }
  return true;
}

}  // namespace

template <class T>
bool conv_maxima_suit(const Conv2dGeometry& g) {
  return !g.y_on_strips && 2 * g.batch >= kStripSamples<T> && g.out_height() > 0 &&
         g.out_height() % kMaximaWindow == 0 && g.out_width() % kMaximaWindow == 0 &&
         conv_sparse_suits<T>(g);
}

template <class T>
bool find_conv_maxima(const Conv2dGeometry& g, const T* dy, ConvMaxima<T>& maxima) {
  const std::int64_t planes = g.batch * g.out_channels;
  const std::int64_t windows = g.out_height() * g.out_width() / (kMaximaWindow * kMaximaWindow);
  T* const values = scratch<T>(ScratchUse::kConvPooled, planes * windows);
  auto* const places = scratch<std::int32_t>(ScratchUse::kConvColumns, planes * windows);
  // Before any thread is woken.
  if (planes == 0 || !planes_of_windows(g, dy, 0, 1, values, places)) return false;
  std::atomic<bool> single = true;
  const std::int64_t grain = kThreadWindows / windows + 1;
  parallel_for(planes, grain, [&](std::int64_t begin, std::int64_t end) {
    if (!single.load(std::memory_order_relaxed)) return;
    if (!planes_of_windows(g, dy, begin, end, values, places)) {
      single.store(false, std::memory_order_relaxed);
    }
  });
  maxima = {.values = values, .places = places};
  return single.load(std::memory_order_relaxed);
}

template bool conv_maxima_suit<float>(const Conv2dGeometry&);
template bool conv_maxima_suit<double>(const Conv2dGeometry&);
template bool find_conv_maxima(const Conv2dGeometry&, const float*, ConvMaxima<float>&);
template bool find_conv_maxima(const Conv2dGeometry&, const double*, ConvMaxima<double>&);

}  // namespace gluino::kernels
