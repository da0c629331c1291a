#include <gluino/onnx/layers/layouts.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/per_axis.h>
#include <gluino/ops/layers/pooling.h>

#include <algorithm>
#include <limits>
#include <numeric>

// Pooling, written: MXNet's three conventions for the size of what it gives, and pooling of whole
// images.
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

std::string largest(ExportNode& e, const std::string& x, const Windows& w) {
  const Ints pads = both_sides(w.pad, w.beyond);
  const std::size_t axes = w.kernel.size();
  bool wide = false;
  for (std::size_t i = 0; i < pads.size(); ++i) wide = wide || pads[i] >= w.kernel[i % axes];
  if (!wide) return e.add("MaxPool", {x}, attributes_of(w, w.pad));
  // onnxruntime refuses padding as wide as the window: so it becomes a part of the image.
  const auto half = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  Ints margin{0, 0};
  margin.insert(margin.end(), pads.begin(), half);
  margin.insert(margin.end(), {0, 0});
  margin.insert(margin.end(), half, pads.end());
  const std::string padded =
      e.add("Pad", {x, e.ints(margin), e.number(-std::numeric_limits<double>::infinity())});
  return e.add("MaxPool", {padded}, {{"kernel_shape", w.kernel}, {"strides", w.stride}});
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
  if (o.pool_type == "max") return largest(e, x, w);
  Attributes attributes = attributes_of(w, w.pad);
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

const bool registered =
    translate([](Translations& t) { t.writes<PoolingOptions>("Pooling", write_pooling); });

}  // namespace
}  // namespace gluino::onnx
