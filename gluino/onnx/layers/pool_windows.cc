#include <gluino/ndarray/creation.h>
#include <gluino/onnx/layers/pool_windows.h>
#include <gluino/ops/indexing/gather_nd.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/repeat.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace gluino::onnx::pooling {
namespace {

/// Windows of more elements would become graphs of as many slices: they are refused.
constexpr std::int64_t kMostSlices = 1024;
/// A file's constants are never so large.
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

// Windows over images of known sizes.
struct Laid {
  const Windows& w;
  Ints in, out;

  Laid(const ImportNode& n, const Windows& windows) : w(windows) {
    const auto axes = static_cast<int>(w.kernel.size());
    const Shape shape = n.shape();
    n.expect(shape.ndim() == 2 + axes, "expected ", 2 + axes, " axes, got ", shape);
    std::int64_t slices = 1, all = 1;
    for (int axis = 0; axis < axes; ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      in.push_back(shape[2 + axis]);
      n.expect(in[i] > 0,
               "such windows are read where the sizes of the images follow from the file, "
               "got ",
               shape);
      n.expect(in[i] <= kMostElements, "images of ", shape, " are too large");
      slices *= std::min(w.kernel[i], kMostSlices + 1);
      n.expect(slices <= kMostSlices, "such windows of more than ", kMostSlices,
               " elements are not read");
      const std::int64_t room = in[i] + w.before[i] + w.behind[i] - reach(i);
      n.expect(room >= 0, "a window is larger than the image with its padding: ", shape);
      std::int64_t count = (w.rounds_up ? room + w.stride[i] - 1 : room) / w.stride[i] + 1;
      // A window that begins behind the image is left out.
      if (w.rounds_up && (count - 1) * w.stride[i] >= in[i] + w.before[i]) --count;
      out.push_back(count);
      n.expect(count <= kMostElements / all, "images of ", shape, " are too large");
      all *= std::max<std::int64_t>(count, 1);
    }
  }

  std::size_t axes() const { return in.size(); }
  std::int64_t reach(std::size_t i) const { return w.dilate[i] * (w.kernel[i] - 1) + 1; }
  std::int64_t begin(std::size_t i, std::int64_t window, std::int64_t tap) const {
    return window * w.stride[i] + tap * w.dilate[i] - w.before[i];
  }

  // The images with as much around them as windows look at.
  Symbol padded(const ImportNode& n, const Symbol& x, double value) const {
    PadOptions margin{.pad_width = {0, 0, 0, 0}, .constant_value = value};
    for (std::size_t i = 0; i < axes(); ++i) {
      const std::int64_t end = (out[i] - 1) * w.stride[i] + reach(i);
      margin.pad_width.emplace_back(w.before[i]);
      margin.pad_width.emplace_back(std::max<std::int64_t>(0, end - in[i] - w.before[i]));
    }
    return n.make("Pad", margin, {x});
  }

  // Element number `tap` of all windows along axis i of padded images.
  Symbol slice(const ImportNode& n, const Symbol& x, std::size_t i, std::int64_t tap) const {
    SliceOptions o;
    o.begin.resize(3 + i);
    o.end.resize(3 + i);
    o.step.resize(3 + i);
    o.begin.back() = tap * w.dilate[i];
    o.end.back() = tap * w.dilate[i] + (out[i] - 1) * w.stride[i] + 1;
    o.step.back() = w.stride[i];
    return n.make("slice", o, {x});
  }

  // All windows' elements as one, axis after axis.
  Symbol joined(const ImportNode& n, Symbol x, const char* op) const {
    for (std::size_t i = 0; i < axes(); ++i) {
      Symbol all = slice(n, x, i, 0);
      for (std::int64_t tap = 1; tap < w.kernel[i]; ++tap) {
        all = n.make(op, {all, slice(n, x, i, tap)});
      }
      x = all;
    }
    return x;
  }
};

double least(DType dtype) {
  if (is_floating(dtype)) return -std::numeric_limits<double>::infinity();
  return dtype == uint8 ? 0 : dtype == int8 ? -128 : std::numeric_limits<std::int32_t>::lowest();
}

// The places in the flat data of element `taps` of each window, without those of images before.
Symbol places(const ImportNode& n, const Laid& laid, const Ints& taps, bool by_columns) {
  std::int64_t count = 1;
  Shape shape{1, 1};
  for (const std::int64_t size : laid.out) {
    count *= size;
    shape.push_back(size);
  }
  std::vector<std::int64_t> all;
  for (std::int64_t at = 0; at < count; ++at) {
    std::int64_t place = 0, rest = at, factor = 1;
    Ints where(laid.axes());
    for (std::size_t i = laid.axes(); i-- > 0; rest /= laid.out[i]) {
      where[i] = laid.begin(i, rest % laid.out[i], taps[i]);
    }
    for (std::size_t k = 0; k < laid.axes(); ++k) {
      const std::size_t i = by_columns ? k : laid.axes() - 1 - k;
      place += where[i] * factor;
      factor *= laid.in[i];
    }
    all.push_back(place);
  }
  return n.parameter(nd::from(all, shape, cpu()));
}

}  // namespace

Windows::Windows(const ImportNode& n) {
  kernel = n.ints("kernel_shape");
  const std::size_t axes = kernel.size();
  n.expect(axes > 0 && axes <= 6, "kernel_shape: expected 1 to 6 numbers, got ", axes);
  stride = n.ints("strides", Ints(axes, 1));
  dilate = n.ints("dilations", Ints(axes, 1));
  Ints pads = n.ints("pads", Ints(2 * axes, 0));
  n.expect(stride.size() == axes && dilate.size() == axes && pads.size() == 2 * axes,
           "strides, dilations and pads: expected ", axes, ", ", axes, " and ", 2 * axes,
           " numbers");
  for (const Ints* numbers : {&kernel, &stride, &dilate}) {
    for (const std::int64_t number : *numbers) {
      n.expect(number > 0 && number < (1 << 24),
               "kernel_shape, strides, dilations: expected numbers above 0, got ", number);
    }
  }
  for (const std::int64_t pad : pads) {
    n.expect(pad >= 0 && pad < (1 << 24), "pads: expected none below 0, got ", pad);
  }
  const std::string automatic = n.text("auto_pad", "NOTSET");
  // What SAME asks for fits without rounding.
  const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  rounds_up = n.integer("ceil_mode", 0) != 0 && !same;
  if (automatic == "VALID") pads.assign(2 * axes, 0);
  const auto half = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  before = Ints(pads.begin(), half);
  behind = Ints(half, pads.end());
  const Shape shape = n.shape();
  for (std::size_t i = 0; same && i < axes; ++i) {
    const std::int64_t size =
        shape.ndim() == static_cast<int>(axes) + 2 ? shape[2 + static_cast<int>(i)] : -1;
    n.expect(size > 0 && size < (1 << 24),
             "auto_pad: the size of the images must follow from the file, got ", shape);
    const std::int64_t out = (size + stride[i] - 1) / stride[i];
    const std::int64_t reach = dilate[i] * (kernel[i] - 1) + 1;
    const std::int64_t all = std::max<std::int64_t>(0, (out - 1) * stride[i] + reach - size);
    before[i] = automatic == "SAME_UPPER" ? all / 2 : all - all / 2;
    behind[i] = all - before[i];
  }
}

Symbols maxima(const ImportNode& n, const Windows& windows, bool by_columns) {
  const Composer c(n);
  const Laid laid(n, windows);
  const Symbol x = laid.padded(n, n.in(), least(n.dtype()));
  if (!n.wants(1)) return {laid.joined(n, x, "broadcast_maximum")};
  const Shape shape = n.shape();
  n.expect(shape.known() && shape.size() <= kMostElements,
           "the places of the maxima: the shape must follow from the file, got ", shape);
  Ints taps(laid.axes(), 0);
  Symbol best, at;
  for (bool more = true; more;) {
    Symbol here = x;
    for (std::size_t i = 0; i < laid.axes(); ++i) here = laid.slice(n, here, i, taps[i]);
    const Symbol place = places(n, laid, taps, by_columns);
    if (best.entries().empty()) {
      best = here;
      at = c.add(place, c.cast(n.make("zeros_like", {here}), int64));
    } else {
      const Symbol is_larger = n.make("broadcast_greater", {here, best});
      // The first element may lie in the padding.
      best = c.where(is_larger, here, best);
      at = c.where(is_larger, place, at);
    }
    more = false;
    for (std::size_t i = laid.axes(); i-- > 0 && !more;) {
      more = ++taps[i] < windows.kernel[i];
      if (!more) taps[i] = 0;
    }
  }
  const std::int64_t pixels =
      std::accumulate(laid.in.begin(), laid.in.end(), std::int64_t{1}, std::multiplies<>());
  Shape images = Shape::filled(shape.ndim(), 1);
  images[0] = shape[0];
  images[1] = shape[1];
  const Symbol first = c.times(c.places(shape[0] * shape[1], int64), static_cast<double>(pixels));
  return {best, c.add(at, c.reshape(first, images))};
}

Symbol averages(const ImportNode& n, const Windows& windows, bool count_padding) {
  const Composer c(n);
  const Laid laid(n, windows);
  const Symbol sums = laid.joined(n, laid.padded(n, n.in(), 0), "broadcast_add");
  Symbol y = sums;
  for (std::size_t i = 0; i < laid.axes(); ++i) {
    std::vector<double> counts;
    for (std::int64_t window = 0; window < laid.out[i]; ++window) {
      double count = 0;
      for (std::int64_t tap = 0; tap < windows.kernel[i]; ++tap) {
        const std::int64_t at = laid.begin(i, window, tap);
        const bool is_inside = at >= 0 && at < laid.in[i];
        count += count_padding ? at < laid.in[i] + windows.behind[i] : is_inside;
      }
      counts.push_back(count);
    }
    Shape row = Shape::filled(static_cast<int>(laid.axes() - i), 1);
    row[0] = laid.out[i];
    y = c.div(y, c.numbers(counts, row, n.dtype()));
  }
  return y;
}

Symbol norms(const ImportNode& n, const Windows& windows, std::int64_t p) {
  const Composer c(n);
  const Laid laid(n, windows);
  const auto power = static_cast<double>(p);
  const Symbol powers = c.power(c.of("abs", n.in()), power);
  return c.power(laid.joined(n, laid.padded(n, powers, 0), "broadcast_add"), 1 / power);
}

Symbol unpooled(const ImportNode& n) {
  const Composer c(n);
  const Windows windows(n);
  const Shape shape = n.shape();
  n.expect(shape.known() && shape.size() <= kMostElements &&
               shape.ndim() == static_cast<int>(windows.kernel.size()) + 2,
           "the shape must follow from the file, got ", shape);
  Shape out{shape[0], shape[1]};
  for (std::size_t i = 0; i < windows.kernel.size(); ++i) {
    out.push_back((shape[2 + static_cast<int>(i)] - 1) * windows.stride[i] + windows.kernel[i] -
                  windows.before[i] - windows.behind[i]);
    n.expect(out[2 + static_cast<int>(i)] >= 0, "pads: cut off more than there is, ", out);
  }
  n.expect(out.size() <= kMostElements, "the shape ", out, " is too large");
  // Places are those in the shape that the windows tell; a larger one has zeros behind it.
  const Shape flat{out.size()};
  const Symbol zeros = n.parameter(nd::zeros(flat, n.dtype(), cpu()));
  const Symbol filled = n.make("_scatter_set_nd", ScatterNdOptions{.shape = flat},
                               {zeros, c.reshape(n.in(0), {-1}), c.reshape(n.in(1), {1, -1})});
  const Symbol y = c.reshape(filled, out);
  if (!n.has(2)) return y;
  const Ints wanted = n.ints(2);
  n.expect(std::ssize(wanted) == out.ndim(), "output_shape: expected ", out.ndim(), " numbers");
  PadOptions margin;
  for (int axis = 0; axis < out.ndim(); ++axis) {
    const std::int64_t size = wanted[static_cast<std::size_t>(axis)];
    n.expect(size >= out[axis], "output_shape: expected at least ", out);
    margin.pad_width.insert(margin.pad_width.end(), {std::int64_t{0}, size - out[axis]});
  }
  return n.make("Pad", margin, {y});
}

}  // namespace gluino::onnx::pooling
