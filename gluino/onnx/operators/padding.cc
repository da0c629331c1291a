#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/movement/repeat.h>

#include <algorithm>
#include <numeric>

// What stands around arrays.
namespace gluino::onnx {
namespace {

void write_pad(ExportNode& e, const PadOptions& o) {
  Ints before, after;
  for (std::size_t i = 0; i < o.pad_width.size(); ++i) {
    (i % 2 == 0 ? before : after).push_back(o.pad_width[i].value_or(0));
  }
  before.insert(before.end(), after.begin(), after.end());
  e.give(e.add("Pad", {e.in(), e.ints(before), e.number(o.constant_value)}, {{"mode", o.mode}}));
}

// How much of each axis is added in front and behind, or cut off where it is below 0.
struct Margins {
  Ints before, behind;

  explicit Margins(int ndim)
      : before(static_cast<std::size_t>(ndim), 0), behind(static_cast<std::size_t>(ndim), 0) {}
};

Symbol cropped(const Composer& c, Symbol x, const Margins& margins) {
  for (std::size_t i = 0; i < margins.before.size(); ++i) {
    const std::int64_t front = std::min<std::int64_t>(margins.before[i], 0);
    const std::int64_t back = std::min<std::int64_t>(margins.behind[i], 0);
    if (front == 0 && back == 0) continue;
    x = c.slice(x, static_cast<std::int64_t>(i), -front,
                back < 0 ? std::optional(back) : std::nullopt);
  }
  return x;
}

// Along one axis again and again.
Symbol wrapped(const ImportNode& n, const Symbol& x, std::int64_t axis, std::int64_t before,
               std::int64_t behind) {
  const std::int64_t size = n.shape(x)[static_cast<int>(axis)];
  n.expect(size > 0 && size < (std::int64_t{1} << 40), "mode wrap: the size of axis ", axis,
           " must follow from the file, got ", size);
  const std::int64_t whole = before + size + behind;
  n.expect(whole <= (std::int64_t{1} << 26), "pads: ", before, " and ", behind, " are too large");
  Ints places;
  for (std::int64_t i = -before; i < size + behind; ++i) places.push_back((i % size + size) % size);
  return Composer(n).take(x, axis, places);
}

Symbol padded(const ImportNode& n, const Margins& margins, const std::string& mode, double value) {
  Symbol x = cropped(Composer(n), n.in(), margins);
  PadOptions options{.mode = mode, .constant_value = value};
  bool any = false;
  for (std::size_t i = 0; i < margins.before.size(); ++i) {
    const std::int64_t before = std::max<std::int64_t>(margins.before[i], 0);
    const std::int64_t behind = std::max<std::int64_t>(margins.behind[i], 0);
    options.pad_width.insert(options.pad_width.end(), {before, behind});
    if (before == 0 && behind == 0) continue;
    any = true;
    if (mode == "wrap") x = wrapped(n, x, static_cast<std::int64_t>(i), before, behind);
  }
  if (any && mode != "wrap") return n.make("Pad", options, {x});
  return any || x.entries().at(0).node != n.in().entries().at(0).node ? x : n.make("_copy", {x});
}

Ints axes_of(const ImportNode& n, const Ints& given, std::size_t count) {
  Ints axes = given;
  if (axes.empty()) {
    axes.resize(count);
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (std::int64_t& axis : axes) axis = normalize_axis(axis, n.ndim());
  n.expect(axes.size() == count, "expected numbers for ", axes.size(), " axes, got ", count);
  return axes;
}

Symbol read_pad(const ImportNode& n) {
  const Ints pads = n.ints(1);
  const std::size_t count = pads.size() / 2;
  n.expect(pads.size() % 2 == 0, "pads: expected two numbers per axis, got ", pads.size());
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  for (const std::int64_t pad : pads) {
    n.expect(pad > -kMost && pad < kMost, "pads: got ", pad);
  }
  const Ints axes = axes_of(n, n.has(3) ? n.ints(3) : Ints(), count);
  Margins margins(n.has(3) ? n.ndim() : static_cast<int>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    margins.before[axis] = pads[i];
    margins.behind[axis] = pads[count + i];
  }
  return padded(n, margins, n.text("mode", "constant"), n.has(2) ? n.number(2) : 0);
}

// Zeros around what is too small, the middle of what is too large; what is odd stands behind.
Symbol read_center_crop_pad(const ImportNode& n) {
  const Ints sizes = n.ints(1);
  const Ints axes = axes_of(n, n.ints("axes"), sizes.size());
  const Shape shape = n.shape();
  Margins margins(n.ndim());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::int64_t size = shape[static_cast<int>(axes[i])];
    n.expect(size >= 0, "the size of axis ", axes[i], " must follow from the file, got ", shape);
    n.expect(sizes[i] >= 0, "shape: expected sizes of at least 0, got ", sizes[i]);
    const std::int64_t more = sizes[i] - size;
    margins.before[static_cast<std::size_t>(axes[i])] = more / 2;
    margins.behind[static_cast<std::size_t>(axes[i])] = more - more / 2;
  }
  return padded(n, margins, "constant", 0);
}

const bool registered = translate([](Translations& t) {
  t.writes<PadOptions>("Pad", write_pad).reads("Pad", read_pad);
  t.reads("CenterCropPad", read_center_crop_pad);
});

}  // namespace
}  // namespace gluino::onnx
