#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ndarray/number_row.h>
#include <gluino/ops/numpy/arrays-inl.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>

/// NumPy's arrays that are made of nothing but numbers.
namespace gluino {
namespace {

using namespace numpy;

// Element i of `out` is of(i), converted.
template <class F>
void fill(const Tensor& out, F of) {
  dispatch(out.dtype, [&]<class T>() {
    T* const y = out.as<T>();
    for (std::int64_t i = 0; i < out.size(); ++i) y[i] = convert<T>(static_cast<double>(of(i)));
  });
}

// `own(definition)` adds the options that MXNet has before place and type.
template <class O, class Own>
OpDefinition<O> define_made(const char* name, const char* doc, Own own, bool type_first = false) {
  auto d = define_op<O>(name);
  d.doc(doc).types(Types::any).inputs({});
  own(d);
  const char* place = "Where it is made.";
  const char* type = "The type of its elements.";
  if (type_first) d.field("dtype", &O::dtype, type);
  d.field("ctx", &O::ctx, place);
  if (!type_first) d.field("dtype", &O::dtype, type);
  d.context_from(&O::ctx).output_type(&O::dtype);
  return d;
}

template <class O, class F>
void fill_by(OpDefinition<O>& d, F of) {
  d.forward([of](const O& o, const Call& call) {
    fill(call.out[0], [&](std::int64_t i) { return of(o, call.out[0].shape, i); });
  });
}

void infer_shape(const FilledOptions& o, Inference& s) {
  s.expect(o.shape.known(), -1, "shape: expected known sizes, got ", o.shape);
  s.set_out(0, o.shape);
}

template <class F>
void define_filled(const char* name, const char* doc,
                   void (*infer)(const FilledOptions&, Inference&), F of) {
  auto d = define_made<FilledOptions>(name, doc, [](auto& definition) {
    definition.field("shape", &FilledOptions::shape, "The shape of the array.");
  });
  fill_by(d.infer(infer), of);
  d.sample({.shape = {3, 3}}, {}).sample({.shape = {0, 0}}, {});
}

[[maybe_unused]] const bool filled_defined = [] {
  define_filled("_npi_zeros", "Zeros.", infer_shape,
                [](const FilledOptions&, const Shape&, std::int64_t) { return 0; });
  define_filled("_npi_ones", "Ones.", infer_shape,
                [](const FilledOptions&, const Shape&, std::int64_t) { return 1; });
  define_filled(
      "_npi_identity", "The unit matrix.",
      [](const FilledOptions& o, Inference& s) {
        s.expect(o.shape.ndim() == 2 && o.shape[0] == o.shape[1], -1,
                 "shape: expected that of a square matrix, got ", o.shape);
        infer_shape(o, s);
      },
      [](const FilledOptions& /*o*/, const Shape& shape, std::int64_t i) {
        return i % shape[1] == i / shape[1] ? 1 : 0;
      });
  return true;
}();

struct NpEyeOptions {
  std::int64_t n = 0;
  std::optional<std::int64_t> m{};
  std::int64_t k = 0;
  Context ctx = current_context();
  DType dtype = float32;
};

OpDefinition<NpEyeOptions> define_matrix(const char* name, const char* doc, bool type_first) {
  const auto sizes = [](auto& definition) {
    definition.field("N", &NpEyeOptions::n, "Rows.")
        .required()
        .field("M", &NpEyeOptions::m, "Columns; None: as rows.")
        .field("k", &NpEyeOptions::k, "Which diagonal: above 0 right of the main one.");
  };
  auto d = define_made<NpEyeOptions>(name, doc, sizes, type_first);
  d.infer(+[](const NpEyeOptions& o, Inference& s) {
     const std::int64_t columns = o.m.value_or(o.n);
     s.expect(o.n >= 0 && columns >= 0, -1, "expected sizes of at least 0, got ", o.n, " and ",
              columns);
     s.set_out(0, {o.n, columns});
   })
      .sample({.n = 3}, {})
      .sample({.n = 3, .m = 4, .k = -1}, {})
      .sample({.n = 0, .m = 3}, {});
  return d;
}

[[maybe_unused]] const bool eye = [] {
  define_matrix("_npi_eye", "Ones on a diagonal of a matrix, zeros elsewhere.", false)
      .forward([](const NpEyeOptions& o, const Call& call) {
        const Tensor& out = call.out[0];
        std::memset(out.data, 0, static_cast<std::size_t>(out.size()) * size_of(out.dtype));
        const std::int64_t rows = out.shape[0], columns = out.shape[1];
        if (o.k <= -rows || o.k >= columns) return;
        const std::int64_t first = std::max<std::int64_t>(0, -o.k);
        const std::int64_t end = std::min(rows, columns - o.k);
        dispatch(out.dtype, [&]<class T>() {
          for (std::int64_t i = first; i < end; ++i) {
            out.as<T>()[i * columns + i + o.k] = convert<T>(1.0);
          }
        });
      });
  return true;
}();

[[maybe_unused]] const bool tri = [] {
  define_matrix("_npi_tri", "Ones on a diagonal of a matrix and below, zeros above.", true)
      .forward([](const NpEyeOptions& o, const Call& call) {
        const Tensor& out = call.out[0];
        const std::int64_t rows = out.shape[0], columns = out.shape[1];
        // Row -above is the first with a one.
        const std::int64_t above = std::clamp(o.k, -rows - 1, columns);
        dispatch(out.dtype, [&]<class T>() {
          const auto grain = kernels::row_grain(columns, kernels::kCopyGrain);
          parallel_for(rows, grain, [&](std::int64_t i, std::int64_t end) {
            for (; i < end; ++i) {
              T* const row = out.as<T>() + i * columns;
              const auto ones = std::clamp<std::int64_t>(i + above + 1, 0, columns);
              std::fill_n(row, ones, convert<T>(1.0));
              std::fill_n(row + ones, columns - ones, convert<T>(0.0));
            }
          });
        });
      });
  return true;
}();

struct TrilIndicesOptions {
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t m = 0;
  Context ctx = current_context();
};

// The places on a diagonal of a matrix and below. Rows before `first` have none, those from `full`
// on all columns, and each between them one more than the row before.
struct Triangle {
  explicit Triangle(const TrilIndicesOptions& o)
      : k(std::clamp(o.k, -o.n, o.m)),
        columns(o.m),
        first(std::max<std::int64_t>(0, -k)),
        full(std::clamp(o.m - k, first, o.n)) {}

  std::int64_t count_in(std::int64_t row) const { return std::min(row + k + 1, columns); }
  /// How many there are in all rows before that one, which is none before `first`.
  std::int64_t count_before(std::int64_t row) const {
    const std::int64_t growing = std::min(row, full) - first;
    return growing * (2 * (first + k) + growing + 1) / 2 + (row - first - growing) * columns;
  }

  std::int64_t k, columns, first, full;
};

void infer_tril_indices(const TrilIndicesOptions& o, Inference& s) {
  constexpr std::int64_t kMost = 1 << 30;
  s.expect(o.n >= 0 && o.m >= 0 && o.n <= kMost && o.m <= kMost, -1,
           "expected sizes from 0 to 2^30, got ", o.n, " and ", o.m);
  for (int i = 0; i < 2; ++i) s.set_out(i, {Triangle(o).count_before(o.n)});
}

void write_tril_indices(const TrilIndicesOptions& o, const Call& call) {
  const std::int64_t size = call.out[0].size();
  if (size == 0) return;
  const Triangle triangle(o);
  const std::int64_t rows = o.n - triangle.first;
  parallel_for(rows, kernels::row_grain(size / rows, kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   const std::int64_t row = triangle.first + i;
                   const std::int64_t at = triangle.count_before(row);
                   const std::int64_t count = triangle.count_in(row);
                   std::fill_n(call.out[0].as<std::int64_t>() + at, count, row);
                   std::int64_t* const columns = call.out[1].as<std::int64_t>() + at;
                   std::iota(columns, columns + count, 0);
                 }
               });
}

const auto tril_indices =
    define_op<TrilIndicesOptions>("_npi_tril_indices")
        .doc("Rows and columns of the elements on a diagonal of a matrix and below.")
        .types(Types::any)
        .inputs({})
        .outputs({"output0", "output1"}, 2)
        .field("n", &TrilIndicesOptions::n, "Rows.")
        .required()
        .field("k", &TrilIndicesOptions::k, "Which diagonal: above 0 right of the main one.")
        .field("m", &TrilIndicesOptions::m, "Columns.")
        .required()
        .field("ctx", &TrilIndicesOptions::ctx, "Where they are made.")
        .context_from(&TrilIndicesOptions::ctx)
        .infer_types(
            [](const TrilIndicesOptions& /*o*/, auto /*in*/, auto out) { out[0] = out[1] = int64; })
        .infer(infer_tril_indices)
        .forward(write_tril_indices)
        .sample({.n = 3, .k = 1, .m = 4}, {})
        .sample({.n = 2, .k = -2, .m = 3}, {});

double first_of(const RangeOptions& o) { return o.stop ? o.start : 0; }

[[maybe_unused]] const bool arange = [] {
  auto d = define_made<RangeOptions>(
      "_npi_arange", "Numbers `step` apart, below `stop`; none where there are none.",
      [](auto& definition) {
        definition.field("start", &RangeOptions::start, "The first number.")
            .required()
            .field("stop", &RangeOptions::stop, "Where they end; None: from 0 to `start`.")
            .field("step", &RangeOptions::step, "How far they are apart.")
            .field("repeat", &RangeOptions::repeat, "How often each stands.")
            .tolerates("infer_range", {"False", "0", "None"});
      });
  d.infer(+[](const RangeOptions& o, Inference& s) {
    const double end = o.stop.value_or(o.start);
    s.expect(std::isfinite(o.start) && std::isfinite(end) && std::isfinite(o.step), -1,
             "expected finite numbers, got start ", o.start, ", stop ", end, ", step ", o.step);
    s.expect(o.step != 0, -1, "step: expected another number than 0");
    s.expect(o.repeat >= 1, -1, "repeat: expected at least 1, got ", o.repeat);
    const double count = std::max(std::ceil((end - first_of(o)) / o.step), 0.0);
    constexpr double kMost = 1e15;
    s.expect(count * static_cast<double>(o.repeat) < kMost, -1, "step: ", o.step, " from ",
             first_of(o), " to ", end, " are too many numbers");
    s.set_out(0, {static_cast<std::int64_t>(count) * o.repeat});
  });
  fill_by(d, [](const RangeOptions& o, const Shape& /*shape*/, std::int64_t i) {
    return NumberRow(first_of(o), o.step, o.dtype)[i / o.repeat];
  });
  d.sample({.start = 1, .stop = 4, .step = 0.5}, {}).sample({.start = 3, .stop = 1}, {});
  return true;
}();

struct LogspaceOptions {
  double start = 0;
  double stop = 0;
  std::int64_t num = 50;
  bool endpoint = true;
  double base = 10;
  Context ctx = current_context();
  DType dtype = float32;
};

[[maybe_unused]] const bool logspace = [] {
  auto d = define_made<LogspaceOptions>(
      "_npi_logspace", "Powers of a base from base^start to base^stop, equally far apart.",
      [](auto& definition) {
        definition.field("start", &LogspaceOptions::start, "The first exponent.")
            .required()
            .field("stop", &LogspaceOptions::stop, "The last exponent.")
            .required()
            .field("num", &LogspaceOptions::num, "How many.")
            .required()
            .field("endpoint", &LogspaceOptions::endpoint, "Whether `stop` is the last of them.")
            .field("base", &LogspaceOptions::base, "What is raised.");
      });
  d.infer(+[](const LogspaceOptions& o, Inference& s) {
    s.expect(o.num >= 0, -1, "num: expected at least 0, got ", o.num);
    s.set_out(0, {o.num});
  });
  fill_by(d, [](const LogspaceOptions& o, const Shape& /*shape*/, std::int64_t i) {
    const auto parts = static_cast<double>(o.endpoint ? o.num - 1 : o.num);
    const double step = parts > 0 ? (o.stop - o.start) / parts : 0;
    return std::pow(o.base, o.start + step * static_cast<double>(i));
  });
  d.sample({.start = 0, .stop = 1, .num = 5}, {})
      .sample({.start = 0, .stop = 1, .num = 0, .endpoint = false}, {});
  return true;
}();

struct WindowOptions {
  std::optional<std::int64_t> m{};
  Context ctx = current_context();
  DType dtype = float32;
};

// of(part) of the window's element that stands at 2 pi times its part of the whole.
template <class F>
void define_window(const char* name, const char* doc, F of) {
  auto d = define_made<WindowOptions>(name, doc, [](auto& definition) {
    definition.field("M", &WindowOptions::m, "How many elements; below 1: none.");
  });
  d.infer(+[](const WindowOptions& o, Inference& s) {
    s.expect(o.m.has_value(), -1, "M: expected a number, got None");
    s.set_out(0, {std::max<std::int64_t>(*o.m, 0)});
  });
  fill_by(d, [of](const WindowOptions& o, const Shape& /*shape*/, std::int64_t i) {
    if (*o.m == 1) return 1.0;
    return of(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(*o.m - 1));
  });
  d.sample({.m = 5}, {}).sample({.m = 1}, {}).sample({.m = 0}, {});
}

[[maybe_unused]] const bool windows = [] {
  define_window("_npi_hanning", "0.5 - 0.5 cos, one period.",
                [](double x) { return 0.5 - 0.5 * std::cos(x); });
  define_window("_npi_hamming", "0.54 - 0.46 cos, one period.",
                [](double x) { return 0.54 - 0.46 * std::cos(x); });
  define_window("_npi_blackman", "0.42 - 0.5 cos + 0.08 cos of twice, one period.",
                [](double x) { return 0.42 - 0.5 * std::cos(x) + 0.08 * std::cos(2 * x); });
  return true;
}();

struct IndicesOptions {
  Shape dimensions{};
  DType dtype = int32;
  Context ctx = current_context();
};

[[maybe_unused]] const bool indices = [] {
  auto d = define_made<IndicesOptions>(
      "_npi_indices", "For each axis an array of the places on it.",
      [](auto& definition) {
        definition.field("dimensions", &IndicesOptions::dimensions, "The shape.").required();
      },
      true);
  d.infer(+[](const IndicesOptions& o, Inference& s) {
    s.expect(o.dimensions.known(), -1, "dimensions: expected known sizes, got ", o.dimensions);
    Shape shape = o.dimensions;
    shape.insert(0, o.dimensions.ndim());
    s.set_out(0, shape);
  });
  fill_by(d, [](const IndicesOptions& o, const Shape& shape, std::int64_t i) {
    const std::int64_t size = o.dimensions.size();
    const auto axis = static_cast<int>(i / size);
    return i % size / shape.size_between(axis + 2, shape.ndim()) % o.dimensions[axis];
  });
  d.sample({.dimensions = {2, 3}}, {}).sample({.dimensions = {0, 3}}, {});
  return true;
}();

struct FullLikeOptions {
  double fill_value = 0;
  Context ctx = current_context();
  std::optional<DType> dtype{};
};

const auto full_like =
    formula::define_without_gradient<FullLikeOptions>(
        "_npi_full_like",
        [](const FullLikeOptions& o, In in) {
          return filled(in[0].shape(), o.fill_value, o.dtype.value_or(in[0].dtype()),
                        in[0].context());
        })
        .doc("The same number everywhere, in the form of an array.")
        .inputs({"a"})
        .looks_up({0})
        .row_wise()
        .field("fill_value", &FullLikeOptions::fill_value, "The number.")
        .required()
        .tolerates({"ctx"})
        .field("dtype", &FullLikeOptions::dtype, "The type; None: that of the array.")
        .infer_types([](const FullLikeOptions& o, auto in, auto out) {
          if (o.dtype)
            out[0] = o.dtype;
          else if (in[0])
            out[0] = in[0];
        })
        .sample({.fill_value = 2}, {{{3, 4}}})
        .sample({.fill_value = 1, .dtype = int32}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
