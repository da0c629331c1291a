#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/numpy/places-inl.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>

/// NumPy's margins.
namespace gluino {

void numpy::parse_value(const std::string& text, PairsOfWidths& value) {
  std::string row = "(";
  for (const char c : text) {
    if (c != '(' && c != ')' && c != '[' && c != ']') row += c;
  }
  std::vector<std::optional<std::int64_t>> numbers;
  gluino::parse_value(row + ")", numbers);
  check(numbers.size() % 2 == 0, "expected pairs of numbers, got \"", text, "\"");
  value.pairs.clear();
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    check(numbers[i] && numbers[i + 1], "expected pairs of numbers, got \"", text, "\"");
    value.pairs.emplace_back(*numbers[i], *numbers[i + 1]);
  }
}

std::string numpy::format_value(const PairsOfWidths& value) {
  std::string text;
  for (const auto& [before, after] : value.pairs) {
    text += str(text.empty() ? "" : ", ", "(", before, ", ", after, ")");
  }
  return str("(", text, value.pairs.size() == 1 ? ",)" : ")");
}

namespace {

using namespace numpy;

struct NpPadOptions {
  /// Numbers of elements before and after, for each axis.
  PairsOfWidths pad_width{};
  std::string mode = "constant";
  double constant_value = 0;
  std::string reflect_type = "even";
};

// The extreme of all rows on an axis, n times.
NDArray extremes(const NDArray& x, int axis, bool largest, std::int64_t n) {
  const ReduceOptions along{.axis = {axis}, .keepdims = true};
  const NDArray one = largest ? ops::max(x, along) : ops::min(x, along);
  Shape shape = one.shape();
  shape[axis] = n;
  return expanded(one, shape);
}

// Which element stands at place i, which may lie before 0 or behind the last.
std::int64_t place_of(std::int64_t i, std::int64_t size, const std::string& mode) {
  if (mode == "edge" || size == 1) return std::clamp<std::int64_t>(i, 0, size - 1);
  // A mirror that shows the outermost element again, or does not.
  const std::int64_t period = mode == "symmetric" ? 2 * size : 2 * size - 2;
  const std::int64_t at = ((i % period) + period) % period;
  return at < size ? at : mode == "symmetric" ? period - 1 - at : period - at;
}

NDArray padded(const NDArray& x, int axis, std::int64_t before, std::int64_t after,
               const NpPadOptions& o) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  check(before >= 0 && after >= 0 && before < kMost && after < kMost,
        "ValueError: pad_width: expected from 0 to 2^40, got ", before, " and ", after);
  if (before + after == 0) return x;
  const std::int64_t size = x.shape()[axis];
  Shape shape = x.shape();
  if (o.mode == "constant") {
    Arrays parts;
    for (const std::int64_t width : {before, size, after}) {
      shape[axis] = width;
      const bool is_x = parts.size() == 1;
      parts.push_back(is_x ? x : filled(shape, o.constant_value, x.dtype(), x.context()));
    }
    std::erase_if(parts, [&](const NDArray& part) { return part.shape()[axis] == 0; });
    return parts.size() == 1 ? parts[0] : ops::concat(parts, {.dim = axis});
  }
  check(size > 0, "ValueError: pad_width: axis ", axis, " of shape ", x.shape(),
        " has no elements to repeat");
  if (o.mode == "maximum" || o.mode == "minimum") {
    const bool largest = o.mode == "maximum";
    Arrays parts;
    if (before > 0) parts.push_back(extremes(x, axis, largest, before));
    parts.push_back(x);
    if (after > 0) parts.push_back(extremes(x, axis, largest, after));
    return ops::concat(parts, {.dim = axis});
  }
  const auto margin = [&](std::int64_t begin, std::int64_t width) {
    return taken(x, axis, width, [&](std::int64_t i) { return place_of(begin + i, size, o.mode); });
  };
  Arrays parts;
  if (before > 0) parts.push_back(margin(-before, before));
  parts.push_back(x);
  if (after > 0) parts.push_back(margin(size, after));
  return ops::concat(parts, {.dim = axis});
}

NDArray pad_of(const NpPadOptions& o, In in) {
  NDArray x = in[0];
  const auto& widths = o.pad_width.pairs;
  check(o.reflect_type == "even", "reflect_type: expected \"even\", got \"", o.reflect_type, "\"");
  check(widths.size() == static_cast<std::size_t>(x.ndim()), "ValueError: pad_width: expected ",
        x.ndim(), " pairs, got ", widths.size());
  for (int axis = 0; axis < x.ndim(); ++axis) {
    const auto& [before, after] = widths[static_cast<std::size_t>(axis)];
    x = padded(x, axis, before, after, o);
  }
  return x;
}

const auto pad =
    formula::define<NpPadOptions>("_npi_pad", pad_of)
        .doc("The array with a margin.")
        .inputs({"data"})
        .types(Types::numbers)
        .field("pad_width", &NpPadOptions::pad_width, "Numbers of elements before and after.")
        .required()
        .field("mode", &NpPadOptions::mode, "What stands there.",
               {"constant", "edge", "maximum", "minimum", "reflect", "symmetric"})
        .field("constant_value", &NpPadOptions::constant_value, "The number of mode constant.")
        .field("reflect_type", &NpPadOptions::reflect_type, "Only \"even\".")
        .tolerates("constant_values", {"0"})  // As MXNet 2 calls it.
        .sample({.pad_width = {{{1, 2}, {0, 1}}}, .constant_value = 3}, {{{3, 4}}})
        .sample({.pad_width = {{{1, 2}, {0, 6}}}, .mode = "reflect"}, {{{3, 4}}})
        .sample({.pad_width = {{{1, 2}, {5, 1}}}, .mode = "symmetric"}, {{{3, 4}}})
        .sample({.pad_width = {{{1, 2}, {0, 1}}}, .mode = "edge"}, {{{3, 4}}})
        .sample({.pad_width = {{{1, 2}, {0, 1}}}, .mode = "maximum"},
                {{{3, 4}, {Fill::Kind::distinct, -2, 2}}})
        .sample({.pad_width = {{{1, 0}, {0, 1}}}}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
