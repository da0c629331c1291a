#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ndarray/number_row.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/creation/creation.h>

#include <cmath>

namespace gluino {
namespace {

// Element i of `out` is of(i), converted.
template <class F>
void fill(const Tensor& out, F of) {
  dispatch(out.dtype, [&]<class T>() {
    T* const y = out.as<T>();
    parallel_for(out.size(), kernels::kCopyGrain, [=](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) y[i] = convert<T>(static_cast<double>(of(i)));
    });
  });
}

// Each number of a row stands `repeat` times.
void fill_row(const Tensor& out, double start, double step, std::int64_t repeat) {
  const NumberRow row(start, step, out.dtype);
  fill(out, [=](std::int64_t i) { return row[repeat == 1 ? i : i / repeat]; });
}

// `own(definition)` adds the options that MXNet has before place and type, for calls by position.
template <class O, class Own>
OpDefinition<O> define_creation(const char* name, const char* doc, Own own) {
  auto definition = define_op<O>(name);
  definition.doc(doc).types(Types::any).inputs({});
  own(definition);
  definition.field("ctx", &O::ctx, "Where it is made.")
      .field("dtype", &O::dtype, "The type of its elements.")
      .context_from(&O::ctx)
      .output_type(&O::dtype);
  return definition;
}

void set_shape(const Shape& shape, Inference& s) {
  s.expect(shape.known(), -1, "shape: expected known sizes, got ", shape);
  s.set_out(0, shape);
}

template <int value>
[[maybe_unused]] const bool filled = [] {
  const bool is_zero = value == 0;
  define_creation<FilledOptions>(is_zero ? "_zeros" : "_ones", is_zero ? "Zeros." : "Ones.",
                                 [](auto& d) {
                                   d.field("shape", &FilledOptions::shape,
                                           "The shape of the array.")
                                       .shape_from(&FilledOptions::shape);
                                 })
      .infer(+[](const FilledOptions& o, Inference& s) { set_shape(o.shape, s); })
      .forward([](const FilledOptions& /*o*/, const Call& call) {
        fill(call.out[0], [](std::int64_t /*i*/) { return value; });
      })
      .sample({.shape = {2, 3}}, {})
      .sample({.shape = {0, 3}}, {});
  return true;
}();
template const bool filled<0>;
template const bool filled<1>;

const auto full =
    define_creation<FullOptions>("_full", "The same number everywhere.",
                                 [](auto& d) {
                                   d.field("shape", &FullOptions::shape, "The shape of the array.")
                                       .shape_from(&FullOptions::shape);
                                 })
        .field("value", &FullOptions::value, "The number.")
        .required()
        .infer(+[](const FullOptions& o, Inference& s) { set_shape(o.shape, s); })
        .forward([](const FullOptions& o, const Call& call) {
          fill(call.out[0], [&](std::int64_t /*i*/) { return o.value; });
        })
        .sample({.shape = {2, 3}, .value = 1.5}, {});

const auto set_value =
    define_op<SetValueOptions>("_set_value")
        .doc("Fills the array that is given for the result with a number.")
        .types(Types::any)
        .inputs({})
        .field("src", &SetValueOptions::src, "The number.")
        .required()
        .infer(+[](const SetValueOptions& /*o*/, Inference& s) {
          s.expect(s.out(0).known(), -1, "fills an array, which is to be given as out");
        })
        .forward([](const SetValueOptions& o, const Call& call) {
          fill(call.out[0], [&](std::int64_t /*i*/) { return o.src; });
        });

double first_of(const RangeOptions& o) { return o.stop ? o.start : 0; }
double end_of(const RangeOptions& o) { return o.stop.value_or(o.start); }

void infer_range(const RangeOptions& o, Inference& s) {
  s.expect(std::isfinite(o.start) && std::isfinite(end_of(o)) && std::isfinite(o.step), -1,
           "expected finite numbers, got start ", o.start, ", stop ", end_of(o), ", step ", o.step);
  s.expect(o.step != 0, -1, "step: expected another number than 0");
  s.expect(o.repeat >= 1, -1, "repeat: expected at least 1, got ", o.repeat);
  const double count = std::ceil((end_of(o) - first_of(o)) / o.step);
  constexpr double kMost = 1e15;
  s.expect(count > 0 && count * static_cast<double>(o.repeat) < kMost, -1,
           "expected numbers between start ", first_of(o), " and stop ", end_of(o), " in steps of ",
           o.step);
  s.set_out(0, {static_cast<std::int64_t>(count) * o.repeat});
}

const auto range = define_creation<RangeOptions>(
                       "_arange", "Numbers `step` apart, below `stop`.",
                       [](auto& d) {
                         d.field("start", &RangeOptions::start, "The first number.")
                             .required()
                             .field("stop", &RangeOptions::stop,
                                    "Where they end, not included; None: from 0 to `start`.")
                             .field("step", &RangeOptions::step, "How far they are apart.")
                             .field("repeat", &RangeOptions::repeat, "How often each stands.")
                             .tolerates("infer_range", {"False", "0", "None"});
                       })
                       .infer(infer_range)
                       .forward([](const RangeOptions& o, const Call& call) {
                         fill_row(call.out[0], first_of(o), o.step, o.repeat);
                       })
                       .sample({.start = 1, .stop = 4, .step = 0.5, .repeat = 2}, {})
                       .sample({.start = 3, .stop = -1, .step = -1}, {});

const auto linspace =
    define_creation<LinspaceOptions>(
        "_linspace", "Numbers from start to stop, equally far apart.",
        [](auto& d) {
          d.field("start", &LinspaceOptions::start, "The first number.")
              .required()
              .field("stop", &LinspaceOptions::stop, "The last number.")
              .field("num", &LinspaceOptions::num, "How many.")
              .field("endpoint", &LinspaceOptions::endpoint, "Whether `stop` is the last of them.");
        })
        .infer(+[](const LinspaceOptions& o, Inference& s) {
          s.expect(o.num >= 0, -1, "num: expected at least 0, got ", o.num);
          s.set_out(0, {o.num});
        })
        .forward([](const LinspaceOptions& o, const Call& call) {
          const auto parts = static_cast<double>(o.endpoint ? o.num - 1 : o.num);
          const double step = parts > 0 ? (o.stop - o.start) / parts : 0;
          const double start = o.start;
          fill(call.out[0], [=](std::int64_t i) { return start + step * static_cast<double>(i); });
          if (!o.endpoint || o.num < 2) return;
          // The last is exact.
          dispatch(call.out[0].dtype,
                   [&]<class T>() { call.out[0].as<T>()[o.num - 1] = convert<T>(o.stop); });
        })
        .sample({.start = 1, .stop = 2, .num = 5}, {})
        .sample({.start = 1, .stop = 2, .num = 4, .endpoint = false}, {});

const auto eye =
    define_creation<EyeOptions>("_eye", "Ones on a diagonal of a matrix, zeros elsewhere.",
                                [](auto& d) {
                                  d.field("N", &EyeOptions::n, "Rows.")
                                      .required()
                                      .field("M", &EyeOptions::m, "Columns; 0: as many as rows.")
                                      .field("k", &EyeOptions::k,
                                             "Which diagonal: above 0 right of the main one.");
                                })
        .infer(+[](const EyeOptions& o, Inference& s) {
          s.expect(o.n >= 0 && o.m >= 0, -1, "expected sizes of at least 0, got ", o.n, " and ",
                   o.m);
          s.set_out(0, {o.n, o.m > 0 ? o.m : o.n});
        })
        .forward([](const EyeOptions& o, const Call& call) {
          fill(call.out[0], [](std::int64_t /*i*/) { return 0; });
          const std::int64_t rows = call.out[0].shape[0], columns = call.out[0].shape[1];
          if (o.k >= columns || o.k <= -rows) return;
          const std::int64_t first = std::max<std::int64_t>(0, -o.k);
          const std::int64_t end = std::min(rows, columns - o.k);
          dispatch(call.out[0].dtype, [&]<class T>() {
            T* const y = call.out[0].as<T>();
            for (std::int64_t row = first; row < end; ++row) y[row * columns + row + o.k] = T(1);
          });
        })
        .sample({.n = 3}, {})
        .sample({.n = 3, .m = 4, .k = 1}, {});

void infer_arange_like(const ArangeLikeOptions& o, Inference& s) {
  s.expect(o.repeat >= 1, -1, "repeat: expected at least 1, got ", o.repeat);
  const Shape& data = s.in(0);
  if (!o.axis) {
    s.set_out(0, data);
  } else {
    s.set_out(0, {data[s.axis(0, *o.axis, data.ndim())]});
  }
}

const auto arange_like =
    define_op<ArangeLikeOptions>("_contrib_arange_like")
        .doc("Numbers `step` apart, as many as the data has elements, or along an axis of it.")
        .types(Types::any)
        .inputs({"data"})
        .nameless()
        .looks_up({0})
        .field("start", &ArangeLikeOptions::start, "The first number.")
        .field("step", &ArangeLikeOptions::step, "How far they are apart.")
        .field("repeat", &ArangeLikeOptions::repeat, "How often each stands.")
        .tolerates({"ctx"})
        .field("axis", &ArangeLikeOptions::axis, "The axis that counts; None: all elements.")
        .infer(infer_arange_like)
        .forward([](const ArangeLikeOptions& o, const Call& call) {
          fill_row(call.out[0], o.start, o.step, o.repeat);
        })
        .sample({.start = 2, .step = 0.5}, {{{2, 3}}})
        .sample({}, {{{0, 3}}})
        .sample({.repeat = 2, .axis = -1}, {{{2, 6}}});

}  // namespace
}  // namespace gluino
