#include <gluino/onnx/layers/layouts.h>
#include <gluino/onnx/layers/pool_windows.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/pooling.h>
#include <gluino/ops/movement/repeat.h>

#include <algorithm>
#include <limits>

// Pooling, read: as our operator where it has the windows, else from slices.
namespace gluino::onnx {
namespace {

// Rounding up may give a window that begins behind the image: MXNet keeps it, ONNX leaves it out.
bool last_window_is_left_out(const ImportNode& n, const pooling::Windows& w) {
  const auto axes = static_cast<int>(w.kernel.size());
  const Shape shape = n.shape();
  for (int axis = 0; axis < axes; ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (w.stride[i] + w.behind[i] <= w.kernel[i]) continue;
    const std::int64_t size = shape.ndim() == 2 + axes ? shape[2 + axis] : -1;
    n.expect(size >= 0,
             "ceil_mode: whether the last window begins in the padding must follow from "
             "the file");
    const std::int64_t room = size + w.before[i] + w.behind[i] - w.kernel[i];
    const std::int64_t last =
        (std::max<std::int64_t>(room, 0) + w.stride[i] - 1) / w.stride[i] * w.stride[i];
    if (last >= size + w.before[i]) return true;
  }
  return false;
}

// Whether our operator has such windows.
bool has_windows(const ImportNode& n, const pooling::Windows& w) {
  const bool is_dense =
      std::all_of(w.dilate.begin(), w.dilate.end(), [](std::int64_t step) { return step == 1; });
  return is_dense && is_floating(n.dtype()) && w.kernel.size() <= 3 && !n.wants(1) &&
         !(w.rounds_up && last_window_is_left_out(n, w));
}

PoolingOptions options_of(const pooling::Windows& w) {
  PoolingOptions o;
  o.kernel = Shape(std::span(w.kernel));
  o.stride = Shape(std::span(w.stride));
  if (w.rounds_up) o.pooling_convention = "full";
  return o;
}

Padded pads_of(const ImportNode& n, const PoolingOptions& o, double value) {
  return read_pads(n, n.in(), o.kernel, o.stride, Shape::filled(o.kernel.ndim(), 1), value);
}

Symbols read_max(const ImportNode& n) {
  const pooling::Windows w(n);
  const bool by_columns = n.integer("storage_order", 0) != 0;
  if (!has_windows(n, w)) return pooling::maxima(n, w, by_columns);
  PoolingOptions o = options_of(w);
  const Padded padded = pads_of(n, o, std::numeric_limits<float>::lowest());
  o.pad = padded.pad;
  return {n.make("Pooling", o, {padded.data})};
}

bool has_margin(const ImportNode& n) {
  const Ints pads = n.ints("pads");
  return std::any_of(pads.begin(), pads.end(), [](auto pad) { return pad != 0; }) ||
         n.text("auto_pad", "NOTSET").starts_with("SAME");
}

// The average of what is no padding, where that differs between the sides: sums of windows, over
// those of ones.
Symbol read_average(const ImportNode& n) {
  const pooling::Windows w(n);
  const bool counts = n.integer("count_include_pad", 0) != 0;
  if (!has_windows(n, w)) return pooling::averages(n, w, counts);
  PoolingOptions o = options_of(w);
  o.pool_type = "avg";
  const Padded padded = pads_of(n, o, 0);
  o.pad = padded.pad;
  o.count_include_pad = counts;
  const bool is_margin = has_margin(n) && padded.pad == Shape::filled(o.kernel.ndim(), 0);
  if (counts || !is_margin) return n.make("Pooling", o, {padded.data});
  o.pool_type = "sum";
  o.count_include_pad = {};
  const Padded ones = pads_of(n, o, 0);
  const Symbol sums = n.make("Pooling", o, {padded.data});
  // Ones where the image is: the same margin of zeros around them.
  const Symbol image = n.make("ones_like", {n.in()});
  const auto& margin = ones.data.entries().at(0).node;
  const Symbol marked = sym::invoke("Pad", {image}, margin->attrs);
  return n.make("broadcast_div", {sums, n.make("Pooling", o, {marked})});
}

Symbol read_lp(const ImportNode& n) {
  const pooling::Windows w(n);
  const std::int64_t p = n.integer("p", 2);
  n.expect(p >= 1 && p < 1024, "p: expected at least 1, got ", p);
  if (p != 2 || !has_windows(n, w)) return pooling::norms(n, w, p);
  PoolingOptions o = options_of(w);
  o.pool_type = "lp";
  o.p_value = 2;
  const Padded padded = pads_of(n, o, 0);
  o.pad = padded.pad;
  return n.make("Pooling", o, {padded.data});
}

Symbol read_global(const ImportNode& n, const char* pool_type) {
  PoolingOptions o{.pool_type = pool_type, .global_pool = true};
  o.kernel = Shape::filled(std::clamp(n.ndim() - 2, 1, 3), 1);
  if (o.pool_type == "lp") {
    const std::int64_t p = n.integer("p", 2);
    n.expect(p == 2, "p: expected 2, got ", p);
    o.p_value = 2;
  }
  return n.make("Pooling", o, {n.in()});
}

const bool registered = translate([](Translations& t) {
  t.reads("MaxPool", read_max).reads("AveragePool", read_average).reads("LpPool", read_lp);
  t.reads("GlobalMaxPool", [](const ImportNode& n) { return read_global(n, "max"); });
  t.reads("GlobalAveragePool", [](const ImportNode& n) { return read_global(n, "avg"); });
  t.reads("GlobalLpPool", [](const ImportNode& n) { return read_global(n, "lp"); });
  t.reads("MaxUnpool", pooling::unpooled);
});

}  // namespace
}  // namespace gluino::onnx
