#include <gluino/ops/numpy/arrays-inl.h>

/// NumPy's ways of joining arrays and taking them apart. Arrays of several types are brought to
/// one.
namespace gluino {
namespace {

using namespace numpy;

struct ConcatenateOptions {
  std::optional<std::int64_t> axis = 0;
};

struct DimOptions {
  std::optional<std::int64_t> dim = 1;
};

struct NpStackOptions {
  std::int64_t axis = 0;
};

NDArray joined(Arrays arrays, std::int64_t axis) {
  const int ndim = arrays[0].ndim();
  check(ndim > 0, "ValueError: arrays without axes cannot be joined");
  return ops::concat(arrays, {.dim = axis_of(axis, ndim)});
}

// At least so many axes: of one more they are given first, and a third stands behind.
NDArray at_least(const NDArray& x, int ndim) {
  Shape shape = x.shape();
  if (shape.empty()) shape.push_back(1);
  if (ndim >= 2 && shape.ndim() == 1) shape.insert(0, 1);
  if (ndim >= 3 && shape.ndim() == 2) shape.push_back(1);
  return reshaped(x, shape);
}

template <class O, class F>
OpDefinition<O> define_joint(const char* name, const char* doc, F f) {
  auto d = formula::define<O>(name, [f](const O& o, In in) { return f(o, together(in)); });
  d.doc(doc).variadic("data").infer_types([](const O& /*o*/, auto in, auto out) {
    if (const auto type = promoted(in)) out[0] = type;
  });
  return d;
}

const auto concatenate =
    define_joint<ConcatenateOptions>("_npi_concatenate",
                                     "Arrays joined along an axis that they have.",
                                     [](const ConcatenateOptions& o, Arrays arrays) {
                                       if (o.axis) return joined(std::move(arrays), *o.axis);
                                       for (NDArray& array : arrays) array = flat(array);
                                       return joined(std::move(arrays), 0);
                                     })
        .field("axis", &ConcatenateOptions::axis, "The axis; None joins them laid flat.")
        .sample({.axis = 1}, {{{3, 4}}, {{3, 2}}})
        .sample({.axis = std::nullopt}, {{{3, 4}}, {{}}})
        .sample({}, {{{0, 4}}, {{2, 4}}});

const auto stack =
    define_joint<NpStackOptions>("_npi_stack", "Arrays of one shape joined along a new axis.",
                                 [](const NpStackOptions& o, Arrays arrays) {
                                   const int ndim = arrays[0].ndim();
                                   const int axis = axis_of(o.axis, ndim + 1);
                                   for (NDArray& array : arrays) {
                                     check(array.shape() == arrays[0].shape(),
                                           "ValueError: expected arrays of one shape, got ",
                                           arrays[0].shape(), " and ", array.shape());
                                   }
                                   for (NDArray& array : arrays) {
                                     Shape shape = array.shape();
                                     shape.insert(axis, 1);
                                     array = reshaped(array, shape);
                                   }
                                   return joined(std::move(arrays), axis);
                                 })
        .field("axis", &NpStackOptions::axis, "Where the new axis stands.")
        .sample({}, {{{3, 4}}, {{3, 4}}})
        .sample({.axis = -1}, {{{3}}, {{3}}, {{3}}})
        .sample({}, {{{}}, {{}}})
        .sample({}, {{{0, 4}}, {{0, 4}}});

void define_stack(const char* name, const char* doc, int least, bool has_dim) {
  const auto compute = [least](const DimOptions& /*o*/, Arrays arrays) {
    // hstack joins rows end to end, all else along the second axis; vstack along the first.
    for (NDArray& array : arrays) array = at_least(array, least == 0 ? 2 : least);
    const std::int64_t axis = least == 1 ? (arrays[0].ndim() > 1 ? 1 : 0) : least == 3 ? 2 : 0;
    return joined(std::move(arrays), axis);
  };
  auto d = define_joint<DimOptions>(name, doc, compute);
  if (has_dim) d.field("dim", &DimOptions::dim, "Means nothing here, as in MXNet.");
  d.sample({}, {{{3, 4}}, {{3, 4}}}).sample({}, {{{3}}, {{3}}}).sample({}, {{{0, 4}}, {{0, 4}}});
}

[[maybe_unused]] const bool stacks = [] {
  define_stack("_npi_vstack", "Arrays on top of each other; rows as matrices.", 2, false);
  define_stack("_npi_hstack", "Arrays beside each other.", 1, true);
  define_stack("_npi_dstack", "Arrays joined along a third axis.", 3, true);
  return true;
}();

const auto column_stack =
    define_joint<NoOptions>("_npi_column_stack", "Rows as the columns of a matrix.",
                            [](const NoOptions& /*o*/, Arrays arrays) {
                              for (NDArray& array : arrays) {
                                if (array.ndim() < 2) array = reshaped(array, {array.size(), 1});
                              }
                              return joined(std::move(arrays), 1);
                            })
        .sample({}, {{{3}}, {{3}}})
        .sample({}, {{{3, 2}}, {{3}}})
        .sample({}, {{{0}}, {{0}}});

struct CountOptions {
  std::int64_t num_args = 1;
};

void define_at_least(const char* name, int ndim) {
  const auto count = [name](const CountOptions& o) {
    check(o.num_args >= 1 && o.num_args < 1000, "[", name,
          "] num_args: expected from 1 to 999, got ", o.num_args);
    return static_cast<std::size_t>(o.num_args);
  };
  const auto names = [count](const CountOptions& o) {
    std::vector<std::string> all;
    all.reserve(count(o));
    for (std::int64_t i = 0; i < o.num_args; ++i) all.push_back(str("arys", i));
    return all;
  };
  formula::define<CountOptions>(name,
                                [ndim](const CountOptions& /*o*/, In in) {
                                  Arrays all;
                                  for (const NDArray& x : in) all.push_back(at_least(x, ndim));
                                  return all;
                                })
      .doc(str("Arrays of at least ", ndim, " axes, those that lack of size 1."))
      .inputs({"arys0"})
      .inputs_by(names, [](const CountOptions& /*o*/) { return 0; })
      .outputs_by(count)
      .field("num_args", &CountOptions::num_args, "How many arrays.")
      .required()
      .infer_types([](const CountOptions& /*o*/, auto in, auto out) {
        for (std::size_t i = 0; i < out.size() && i < in.size(); ++i) out[i] = in[i];
      })
      .sample({}, {{{3}}})
      .sample({}, {{{}}})
      .sample({.num_args = 2}, {{{3, 4}}, {{0}}});
}

[[maybe_unused]] const bool at_least_defined = [] {
  define_at_least("_np_atleast_1d", 1);
  define_at_least("_np_atleast_2d", 2);
  define_at_least("_np_atleast_3d", 3);
  return true;
}();

struct NpSplitOptions {
  /// Where the parts begin, 0 the first of them.
  Shape indices{};
  std::int64_t axis = 1;
  bool squeeze_axis = false;
  /// Above 0: how many parts of one size.
  std::int64_t sections = 0;
};

std::int64_t parts_of(const NpSplitOptions& o) {
  return o.sections > 0 ? o.sections : std::max(o.indices.ndim(), 1);
}

Arrays split(const NpSplitOptions& o, const NDArray& x, int axis) {
  const std::int64_t size = x.shape()[axis], parts = parts_of(o);
  check(o.sections <= 0 || size % parts == 0, "ValueError: an axis of size ", size, " has no ",
        parts, " parts of one size");
  const auto begin_of = [&](std::int64_t i) {
    if (o.sections > 0) return i * (size / parts);
    const std::int64_t begin = i < o.indices.ndim() ? o.indices[static_cast<int>(i)] : size;
    return std::clamp<std::int64_t>(begin < 0 ? begin + size : begin, 0, size);
  };
  Arrays all;
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t begin = begin_of(i);
    const std::int64_t end = std::max(begin, i + 1 < parts ? begin_of(i + 1) : size);
    NDArray part = ops::slice_axis(x, {.axis = axis, .begin = begin, .end = end});
    if (o.squeeze_axis && end - begin == 1) {
      Shape shape = part.shape();
      shape.erase(axis);
      part = reshaped(part, shape);
    }
    all.push_back(part);
  }
  return all;
}

void define_split(const char* name, const char* doc, int least, int axis_of_more) {
  formula::define<NpSplitOptions>(name,
                                  [=](const NpSplitOptions& o, In in) {
                                    const int ndim = in[0].ndim();
                                    check(ndim >= least, "ValueError: expected at least ", least,
                                          " axes, got shape ", in[0].shape());
                                    return split(o, in[0], ndim == 1 ? 0 : axis_of_more);
                                  })
      .doc(doc)
      .inputs({"data"})
      .outputs_by([](const NpSplitOptions& o) {
        check(parts_of(o) < 10000, "sections: expected below 10000, got ", o.sections);
        return parts_of(o);
      })
      .field("indices", &NpSplitOptions::indices, "Where the parts begin.")
      .required()
      .field("axis", &NpSplitOptions::axis, "Means nothing here: the function says the axis.")
      .field("squeeze_axis", &NpSplitOptions::squeeze_axis, "Drop the axis of parts of size 1.")
      .field("sections", &NpSplitOptions::sections, "Above 0: how many parts of one size.")
      .infer_types([](const NpSplitOptions& /*o*/, auto in, auto out) {
        for (auto& type : out) type = in[0];
      })
      .sample({.indices = {0, 1}}, {{{3, 4, 2}}})
      .sample({.sections = 2}, {{{3, 4, 2}}})
      .sample({.indices = {0, 1}}, {{{3, 4, 0}}});
}

[[maybe_unused]] const bool splits = [] {
  define_split("_npi_hsplit", "Parts along the second axis, of rows along the first.", 1, 1);
  define_split("_npi_dsplit", "Parts along the third axis.", 3, 2);
  return true;
}();

}  // namespace
}  // namespace gluino
