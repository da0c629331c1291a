#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/creation/creation.h>

#include <cmath>

// Values that follow from the file, and from shapes.
namespace gluino::onnx {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

Symbol read_constant(const ImportNode& n) {
  if (const NDArray* array = n.array("value")) return n.parameter(*array);
  if (n.has("value_int")) {
    return n.parameter(nd::full({}, static_cast<double>(n.integer("value_int")), int64, cpu()));
  }
  if (n.has("value_float")) {
    return n.parameter(nd::full({}, n.real("value_float", 0), float32, cpu()));
  }
  if (n.has("value_ints")) {
    const Ints values = n.ints("value_ints");
    return n.parameter(nd::from(values, {static_cast<std::int64_t>(values.size())}, cpu()));
  }
  if (n.has("value_floats")) {
    const std::vector<float> values = n.reals("value_floats");
    return n.parameter(nd::from(values, {static_cast<std::int64_t>(values.size())}, cpu()));
  }
  n.refuse("expected the attribute value, value_int, value_ints, value_float or value_floats");
}

// A part of a shape that is known is a constant; else what the network finds when it runs.
Symbol read_shape(const ImportNode& n) {
  const Shape shape = n.shape();
  const int ndim = shape.ndim_known() ? shape.ndim() : 0;
  const auto bound = [&](std::int64_t at) {
    return static_cast<int>(std::clamp<std::int64_t>(at < 0 ? at + ndim : at, 0, ndim));
  };
  const int begin = bound(n.integer("start", 0));
  const int end = n.has("end") ? bound(n.integer("end")) : ndim;
  Ints sizes;
  bool known = shape.ndim_known();
  for (int axis = begin; axis < end; ++axis) {
    sizes.push_back(shape[axis]);
    known = known && shape[axis] >= 0;
  }
  if (known) return n.parameter(nd::from(sizes, {static_cast<std::int64_t>(sizes.size())}, cpu()));
  n.expect(!n.has("start") && !n.has("end"), "start and end, of sizes that only a run knows");
  return n.make("shape_array", {n.in()});
}

// Numbers in the form of another array, where the shape is that of one.
Symbol read_constant_of_shape(const ImportNode& n) {
  const NDArray* given = n.array("value");
  const NDArray value = given != nullptr ? *given : nd::zeros({1}, float32, cpu());
  n.expect(value.size() == 1, "value: expected one number, got the shape ", value.shape());
  if (n.constant_if(0) == nullptr) {
    const Node& maker = *n.in().entries().at(0).node;
    n.expect(maker.op != nullptr && maker.op->name == "shape_array" &&
                 (value.asscalar<double>() == 0 || value.asscalar<double>() == 1),
             "the shape must follow from the file, or be that of an array and the value 0 or 1");
    const Symbol like(std::vector<NodeEntry>{maker.inputs.at(0)});
    const char* ours = value.asscalar<double>() == 0 ? "zeros_like" : "ones_like";
    const Symbol filled = n.make(ours, {like});
    return n.dtype(filled) == value.dtype()
               ? filled
               : n.make_by_text("Cast", {{"dtype", to_string(value.dtype())}}, {filled});
  }
  const Ints sizes = n.ints(0);
  n.expect(sizes.size() <= static_cast<std::size_t>(Shape::kMaxDims), "too many axes");
  const Shape shape{std::span<const std::int64_t>(sizes)};
  for (const std::int64_t size : sizes) n.expect(size >= 0, "the shape ", shape);
  n.expect(shape.size() <= kMostElements, "the shape ", shape, " is too large");
  return n.parameter(nd::full(shape, value.asscalar<double>(), value.dtype(), cpu()));
}

Symbol read_range(const ImportNode& n) {
  const double start = n.number(0), limit = n.number(1), step = n.number(2);
  n.expect(step != 0 && std::isfinite(start) && std::isfinite(limit) && std::isfinite(step) &&
               std::abs((limit - start) / step) <= static_cast<double>(kMostElements),
           "from ", start, " to ", limit, " by ", step);
  const auto count = std::max(0.0, std::ceil((limit - start) / step));
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + static_cast<double>(i) * step;
  return n.parameter(nd::array(values, n.constant(0).dtype(), cpu()));
}

Symbol read_size(const ImportNode& n) {
  const Shape shape = n.shape();
  n.expect(shape.known(), "the sizes must follow from the file, got ", shape);
  return n.parameter(nd::full({}, static_cast<double>(shape.size()), int64, cpu()));
}

// The places of what is not 0, one row per axis: how many there are must follow from the file.
Symbol read_non_zero(const ImportNode& n) {
  const NDArray& array = n.constant(0);
  const auto values = array.to_vector<double>();
  const Shape& shape = array.shape();
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(shape.ndim()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    auto rest = static_cast<std::int64_t>(i);
    for (int axis = shape.ndim() - 1; axis >= 0; rest /= shape[axis--]) {
      rows[static_cast<std::size_t>(axis)].push_back(rest % shape[axis]);
    }
  }
  std::vector<std::int64_t> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  const std::int64_t count = rows.empty() ? 0 : static_cast<std::int64_t>(rows[0].size());
  return n.parameter(nd::from(all, {shape.ndim(), count}, cpu()));
}

// What a graph makes itself is a constant of the file.
void write_made(ExportNode& e) {
  e.expect(e.out_shape().known(), "the shape ", e.out_shape(), " must be known");
  NDArray made = e.evaluated()[0];
  // Sizes of 0 are those that the readers need: of zeros and ones, whose elements are all the same.
  if (made.shape() != e.out_shape()) {
    made =
        nd::full(e.out_shape(), e.is("_ones") || e.is("_npi_ones") ? 1 : 0, e.out_dtype(), cpu());
  }
  e.give(e.tensor(made));
}

void write_all_made(ExportNode& e) {
  const std::vector<NDArray> made = e.evaluated();
  for (int i = 0; i < e.num_outputs(); ++i) {
    e.give(e.tensor(made[static_cast<std::size_t>(i)]), i);
  }
}

const bool registered = translate([](Translations& t) {
  t.writes_by_name("_npi_tril_indices", write_all_made);
  for (const char* name :
       {"_zeros", "_ones", "_full", "_arange", "_linspace", "_eye", "_npi_zeros", "_npi_ones",
        "_npi_arange", "_npi_eye", "_npi_identity", "_npi_indices", "_npi_hanning", "_npi_hamming",
        "_npi_blackman", "_npi_logspace", "_npi_tri"}) {
    t.writes_by_name(name, write_made);
  }
  t.reads("Constant", read_constant).reads("Shape", read_shape).reads("Size", read_size);
  t.reads("ConstantOfShape", read_constant_of_shape).reads("Range", read_range);
  t.reads("NonZero", read_non_zero);
  t.writes<NoOptions>("shape_array",
                      [](ExportNode& e, const NoOptions& /*o*/) { e.give(e.shape_of(e.in())); });
  t.writes<NoOptions>("size_array", [](ExportNode& e, const NoOptions& /*o*/) {
    e.give(e.reshape(e.add("Size", {e.in()}), {1}));
  });
});

}  // namespace
}  // namespace gluino::onnx
