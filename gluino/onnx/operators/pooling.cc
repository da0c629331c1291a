#include <gluino/onnx/operators/layouts.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/layers/per_axis.h>
#include <gluino/ops/layers/pooling.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <limits>
#include <numeric>

// Pooling: MXNet's three conventions for the size of what it gives, and pooling of whole images.
namespace gluino::onnx {
namespace {

struct Windows {
  Ints kernel, stride, pad;
  /// What windows reach beyond the padded image at its end, where MXNet cuts them off.
  Ints beyond;
};

Windows windows(ExportNode& e, const PoolingOptions& o) {
  Windows w;
  const bool last = channels_last(o.layout);
  for (int axis = 0; axis < o.kernel.ndim(); ++axis) {
    const int place = last ? 1 + axis : 2 + axis;
    w.kernel.push_back(o.kernel[axis]);
    w.stride.push_back(o.stride.empty() ? 1 : o.stride[axis]);
    w.pad.push_back(o.pad.empty() ? 0 : o.pad[axis]);
    std::int64_t beyond = 0;
    if (o.pooling_convention != "valid") {
      const std::int64_t out = e.out_shape()[place];
      beyond = std::max<std::int64_t>(
          0, (out - 1) * w.stride.back() + w.kernel.back() - (e.size(0, place) + 2 * w.pad.back()));
    }
    w.beyond.push_back(beyond);
  }
  return w;
}

Ints both_sides(const Ints& front, Ints behind) {
  Ints pads = front;
  std::transform(front.begin(), front.end(), behind.begin(), behind.begin(), std::plus<>());
  pads.insert(pads.end(), behind.begin(), behind.end());
  return pads;
}

Attributes attributes_of(const Windows& w, const Ints& front) {
  return {{"kernel_shape", w.kernel}, {"strides", w.stride}, {"pads", both_sides(front, w.beyond)}};
}

std::string average(ExportNode& e, const std::string& x, const PoolingOptions& o,
                    const Windows& w) {
  const bool counts = o.count_include_pad.value_or(true);
  const bool reaches = std::any_of(w.beyond.begin(), w.beyond.end(), [](auto n) { return n > 0; });
  if (!counts || !reaches) {
    Attributes attributes = attributes_of(w, w.pad);
    attributes["count_include_pad"] = std::int64_t{counts};
    return e.add("AveragePool", {x}, std::move(attributes));
  }
  // The padding counts, what lies beyond it does not: so the padding becomes a part of the image.
  Ints margin{0, 0};
  margin.insert(margin.end(), w.pad.begin(), w.pad.end());
  const Ints behind = margin;
  margin.insert(margin.end(), behind.begin(), behind.end());
  const std::string padded = e.add("Pad", {x, e.ints(margin), e.number(0)});
  return e.add("AveragePool", {padded}, attributes_of(w, Ints(w.pad.size(), 0)));
}

std::string sum(ExportNode& e, const std::string& x, const PoolingOptions& o, const Windows& w) {
  // Zeros beyond the image add nothing: they count as padding.
  Attributes attributes = attributes_of(w, w.pad);
  attributes["count_include_pad"] = std::int64_t{1};
  const auto elements = static_cast<double>(
      std::accumulate(o.kernel.begin(), o.kernel.end(), std::int64_t{1}, std::multiplies<>()));
  return e.add("Mul", {e.add("AveragePool", {x}, std::move(attributes)), e.number(elements)});
}

bool adds_up(const PoolingOptions& o) {
  return o.pool_type == "sum" || (o.pool_type == "lp" && o.p_value == 1);
}

void check_power(ExportNode& e, const PoolingOptions& o) {
  e.expect(o.pool_type != "lp" || o.p_value != 3,
           "p_value: ONNX takes magnitudes, which differ from MXNet's powers for 3");
}

std::string of_windows(ExportNode& e, const std::string& x, const PoolingOptions& o) {
  const Windows w = windows(e, o);
  if (o.pool_type == "avg") return average(e, x, o, w);
  if (adds_up(o)) return sum(e, x, o, w);
  Attributes attributes = attributes_of(w, w.pad);
  if (o.pool_type == "max") return e.add("MaxPool", {x}, std::move(attributes));
  attributes["p"] = std::int64_t{o.p_value.value_or(2)};
  return e.add("LpPool", {x}, std::move(attributes));
}

std::string of_images(ExportNode& e, const std::string& x, const PoolingOptions& o) {
  if (o.pool_type == "max") return e.add("GlobalMaxPool", {x});
  if (o.pool_type == "avg") return e.add("GlobalAveragePool", {x});
  if (adds_up(o)) {
    Ints axes;
    for (int axis = 2; axis < e.ndim(); ++axis) axes.push_back(axis);
    return e.reduce("ReduceSum", x, axes, true);
  }
  return e.add("GlobalLpPool", {x}, {{"p", std::int64_t{o.p_value.value_or(2)}}});
}

void write_pooling(ExportNode& e, const PoolingOptions& o) {
  check_power(e, o);
  const std::string x = channels_first(e, e.in(), o.layout);
  give_as_laid_out(e, o.global_pool ? of_images(e, x, o) : of_windows(e, x, o), o.layout);
}

// Rounding up may give a window that begins behind the image: MXNet keeps it, ONNX leaves it out.
void check_last_window(const ImportNode& n, const PoolingOptions& o) {
  const int axes = o.kernel.ndim();
  const Ints pads = n.ints("pads", Ints(static_cast<std::size_t>(2 * axes), 0));
  n.expect(std::ssize(pads) == 2 * axes, "pads: expected ", 2 * axes, " numbers");
  const Shape shape = n.shape();
  for (int axis = 0; axis < axes; ++axis) {
    const std::int64_t front = pads[static_cast<std::size_t>(axis)];
    const std::int64_t behind = pads[static_cast<std::size_t>(axes + axis)];
    if (o.stride[axis] + behind <= o.kernel[axis]) continue;
    const std::int64_t size = shape.ndim() == 2 + axes ? shape[2 + axis] : -1;
    n.expect(size >= 0,
             "ceil_mode: whether the last window begins in the padding must follow from "
             "the file");
    const std::int64_t room = size + front + behind - o.kernel[axis];
    const std::int64_t last =
        (std::max<std::int64_t>(room, 0) + o.stride[axis] - 1) / o.stride[axis] * o.stride[axis];
    n.expect(last < size + front,
             "ceil_mode: a last window that begins in the padding is not read");
  }
}

PoolingOptions read_windows(const ImportNode& n) {
  const Ints kernel = n.ints("kernel_shape");
  n.expect(!kernel.empty() && kernel.size() <= 3, "kernel_shape: expected 1 to 3 numbers, got ",
           kernel.size());
  const Ints stride = n.ints("strides", Ints(kernel.size(), 1));
  const Ints dilate = n.ints("dilations", Ints(kernel.size(), 1));
  n.expect(stride.size() == kernel.size(), "strides: expected ", kernel.size(), " numbers");
  n.expect(std::all_of(dilate.begin(), dilate.end(), [](auto step) { return step == 1; }),
           "dilations are not read");
  n.expect(n.integer("storage_order", 0) == 0 && !n.wants(1), "the places of the maxima");
  PoolingOptions o;
  o.kernel = Shape(std::span(kernel));
  o.stride = Shape(std::span(stride));
  n.expect(std::all_of(stride.begin(), stride.end(), [](auto step) { return step > 0; }),
           "strides: expected numbers above 0");
  // What SAME asks for fits without rounding.
  if (n.integer("ceil_mode", 0) != 0 && !n.text("auto_pad", "NOTSET").starts_with("SAME")) {
    o.pooling_convention = "full";
    check_last_window(n, o);
  }
  return o;
}

Symbol read_max(const ImportNode& n) {
  PoolingOptions o = read_windows(n);
  const Padded padded = read_pads(n, o.kernel, o.stride, Shape::filled(o.kernel.ndim(), 1),
                                  std::numeric_limits<float>::lowest());
  o.pad = padded.pad;
  return n.make("Pooling", o, {padded.data});
}

bool has_margin(const ImportNode& n) {
  const Ints pads = n.ints("pads");
  return std::any_of(pads.begin(), pads.end(), [](auto pad) { return pad != 0; }) ||
         n.text("auto_pad", "NOTSET").starts_with("SAME");
}

// The average of what is no padding, where that differs between the sides: sums of windows, over
// those of ones.
Symbol read_average(const ImportNode& n) {
  PoolingOptions o = read_windows(n);
  o.pool_type = "avg";
  const Padded padded = read_pads(n, o.kernel, o.stride, Shape::filled(o.kernel.ndim(), 1), 0);
  const bool counts = n.integer("count_include_pad", 0) != 0;
  o.pad = padded.pad;
  o.count_include_pad = counts;
  const bool is_margin = has_margin(n) && padded.pad == Shape::filled(o.kernel.ndim(), 0);
  if (counts || !is_margin) return n.make("Pooling", o, {padded.data});
  o.pool_type = "sum";
  o.count_include_pad = {};
  const Padded ones = [&] {
    const ImportNode& same = n;
    return read_pads(same, o.kernel, o.stride, Shape::filled(o.kernel.ndim(), 1), 0);
  }();
  const Symbol sums = n.make("Pooling", o, {padded.data});
  // Ones where the image is: the same margin of zeros around them.
  const Symbol image = n.make("ones_like", {n.in()});
  const auto& margin = ones.data.entries().at(0).node;
  const Symbol marked = sym::invoke("Pad", {image}, margin->attrs);
  return n.make("broadcast_div", {sums, n.make("Pooling", o, {marked})});
}

Symbol read_lp(const ImportNode& n) {
  PoolingOptions o = read_windows(n);
  o.pool_type = "lp";
  o.p_value = static_cast<int>(n.integer("p", 2));
  n.expect(o.p_value == 2, "p: expected 2, got ", *o.p_value);
  const Padded padded = read_pads(n, o.kernel, o.stride, Shape::filled(o.kernel.ndim(), 1), 0);
  o.pad = padded.pad;
  return n.make("Pooling", o, {padded.data});
}

Symbol read_global(const ImportNode& n, const char* pool_type) {
  PoolingOptions o{.pool_type = pool_type, .global_pool = true};
  o.kernel = Shape::filled(std::clamp(n.ndim() - 2, 1, 3), 1);
  if (o.pool_type == "lp") {
    o.p_value = static_cast<int>(n.integer("p", 2));
    n.expect(o.p_value == 2, "p: expected 2, got ", *o.p_value);
  }
  return n.make("Pooling", o, {n.in()});
}

const bool registered = translate([](Translations& t) {
  t.writes<PoolingOptions>("Pooling", write_pooling);
  t.reads("MaxPool", read_max).reads("AveragePool", read_average).reads("LpPool", read_lp);
  t.reads("GlobalMaxPool", [](const ImportNode& n) { return read_global(n, "max"); });
  t.reads("GlobalAveragePool", [](const ImportNode& n) { return read_global(n, "avg"); });
  t.reads("GlobalLpPool", [](const ImportNode& n) { return read_global(n, "lp"); });
});

}  // namespace
}  // namespace gluino::onnx
