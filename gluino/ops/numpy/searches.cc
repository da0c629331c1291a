#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/numpy/axes-inl.h>

#include <array>
#include <atomic>
#include <cstring>

/// NumPy's questions over axes: is there one that is true, or is not; where is the extreme.
namespace gluino {
namespace {

using namespace numpy;

struct TruthOptions {
  std::optional<Shape> axis{};
  bool keepdims = false;
};

struct PlaceOptions {
  std::optional<std::int64_t> axis{};
  bool keepdims = false;
};

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

// What `rule` throws is an Error of the operator's.
template <class F>
void refusing(Inference& s, F rule) {
  try {
    rule();
  } catch (const Error& error) {
    s.expect(false, -1, error.what());
  }
}

// Whether n elements from `begin` on have one that is (`sought`) or is not true. It stops there.
bool has(const Tensor& x, std::int64_t begin, std::int64_t n, bool sought) {
  constexpr std::int64_t kPiece = 4096;
  std::array<bool, kPiece> truths;
  const auto* data = static_cast<const char*>(x.data);
  for (std::int64_t i = 0; i < n; i += kPiece) {
    const std::int64_t count = std::min(kPiece, n - i);
    kernels::convert(data + static_cast<std::size_t>(begin + i) * size_of(x.dtype), x.dtype,
                     truths.data(), boolean, count);
    if (std::memchr(truths.data(), sought ? 1 : 0, static_cast<std::size_t>(count)) != nullptr) {
      return true;
    }
  }
  return false;
}

// The same of any axes: whether there is one for each output.
void has_along(const Tensor& x, kernels::AxisMask axes, bool sought, bool* y, std::int64_t count) {
  const Temporary<std::uint8_t> truths(x.size());
  kernels::convert(x.data, x.dtype, truths.data(), boolean, x.size());
  auto* const found = reinterpret_cast<std::uint8_t*>(y);
  // Of none there are the ends of the type's range.
  if (sought) {
    kernels::reduce::max(truths.data(), x.shape, axes, found);
    for (std::int64_t i = 0; i < count; ++i) found[i] = found[i] != 0 ? 1 : 0;
  } else {
    kernels::reduce::min(truths.data(), x.shape, axes, found);
    for (std::int64_t i = 0; i < count; ++i) found[i] = found[i] == 0 ? 1 : 0;
  }
}

// Whether one of the elements over axes is `sought`; if `opposite`, whether none is.
void look_for(bool sought, bool opposite, const TruthOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  const int ndim = x.shape.ndim();
  bool* const y = call.out[0].as<bool>();
  const std::int64_t count = call.out[0].size();
  const std::int64_t n = count == 0 ? 0 : x.size() / count;
  kernels::AxisMask axes = 0;
  for (const std::int64_t axis : axes_of(o.axis, ndim)) axes |= kernels::AxisMask{1} << axis;
  int kept = 0;  // axes in front that stay
  while (kept < ndim && (axes >> kept & 1U) == 0) ++kept;
  const bool in_rows = axes == (kernels::AxisMask{1} << ndim) - (kernels::AxisMask{1} << kept);
  if (count == 1) {
    constexpr std::int64_t kPart = 1 << 16;
    std::atomic<bool> found = false;
    parallel_for((n + kPart - 1) / kPart, 1, [&](std::int64_t part, std::int64_t end) {
      for (; part < end && !found; ++part) {
        if (has(x, part * kPart, std::min(kPart, n - part * kPart), sought)) found = true;
      }
    });
    *y = found;
  } else if (in_rows) {
    parallel_for(count, kernels::row_grain(n, kernels::kCopyGrain),
                 [&](std::int64_t i, std::int64_t end) {
                   for (; i < end; ++i) y[i] = has(x, i * n, n, sought);
                 });
  } else {
    has_along(x, axes, sought, y, count);
  }
  for (std::int64_t i = 0; i < count; ++i) y[i] = y[i] != opposite;
}

template <class F>
void define_truth(const char* name, std::vector<std::string> aliases, const char* doc, F forward) {
  define_op<TruthOptions>(name)
      .aliases(std::move(aliases))
      .doc(doc)
      .inputs({"data"})
      .types(Types::any)
      .field("axis", &TruthOptions::axis, "The axes to reduce; None means all.")
      .field("keepdims", &TruthOptions::keepdims, "Keep reduced axes with size 1.")
      .infer_types([](const TruthOptions& /*o*/, auto /*in*/, auto out) { out[0] = boolean; })
      .infer([](const TruthOptions& o, Inference& s) {
        refusing(s, [&] {
          s.set_out(0, reduced(s.in(0), axes_of(o.axis, s.in(0).ndim()), o.keepdims));
        });
      })
      .forward(forward)
      .sample({}, {{{3, 4}, kDistinct}})
      .sample({}, {{{}, kDistinct}})
      .sample({.axis = Shape{1}}, {{{3, 4, 2}, kDistinct}})
      .sample({.axis = Shape{0, -1}, .keepdims = true}, {{{3, 4, 2}, kDistinct}})
      .sample({.axis = Shape{1}}, {{{0, 4}, kDistinct}});
}

[[maybe_unused]] const bool truths_defined = [] {
  define_truth("_np_all", {}, "True where no element over axes is 0.",
               [](const TruthOptions& o, const Call& call) { look_for(false, true, o, call); });
  define_truth("_np_any", {"_np_sometrue"}, "True where an element over axes is not 0.",
               [](const TruthOptions& o, const Call& call) { look_for(true, false, o, call); });
  return true;
}();

void infer_place(const PlaceOptions& o, Inference& s) {
  const Shape& x = s.in(0);
  refusing(s, [&] {
    const auto axis = o.axis ? std::optional<Shape>(Shape{*o.axis}) : std::nullopt;
    s.set_out(0, reduced(x, axes_of(axis, x.ndim()), o.keepdims));
    check(o.axis ? x[axis_of(*o.axis, x.ndim())] > 0 : x.size() > 0, "ValueError: shape ", x,
          " has no elements to choose from");
  });
}

template <class F>
void find_places(const PlaceOptions& o, const Call& call, F kernel) {
  const Shape& shape = call.in[0].shape;
  const int axis = o.axis ? axis_of(*o.axis, shape.ndim()) : 0;
  const std::int64_t outer = o.axis ? shape.size_between(0, axis) : 1;
  const std::int64_t inner = o.axis ? shape.size_between(axis + 1, shape.ndim()) : 1;
  const std::int64_t n = o.axis ? shape[axis] : shape.size();
  auto* const places = call.out[0].as<std::int64_t>();
  const DType dtype = call.in[0].dtype;
  if (dtype == float16 || dtype == bfloat16) {
    const Temporary<float> floats(shape.size());
    kernels::convert(call.in[0].data, dtype, floats.data(), float32, shape.size());
    return kernel(static_cast<const float*>(floats.data()), outer, n, inner, places);
  }
  // Truths are compared as 0 and 1.
  dispatch_numbers(dtype == boolean ? uint8 : dtype, [&]<class T>() {
    kernel(static_cast<const T*>(call.in[0].data), outer, n, inner, places);
  });
}

template <class F>
void define_place(const char* name, const char* doc, F kernel) {
  define_op<PlaceOptions>(name)
      .doc(doc)
      .inputs({"data"})
      .nameless()
      .types(Types::any)
      .field("axis", &PlaceOptions::axis, "The axis to search; None: the array laid flat.")
      .field("keepdims", &PlaceOptions::keepdims, "Keep the searched axis with size 1.")
      .infer_types([](const PlaceOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; })
      .infer(infer_place)
      .forward([kernel](const PlaceOptions& o, const Call& call) { find_places(o, call, kernel); })
      .sample({}, {{{3, 4}, kDistinct}})
      .sample({.axis = 1}, {{{3, 4, 2}, kDistinct}})
      .sample({.axis = -1, .keepdims = true}, {{{3, 4}, kDistinct}})
      .sample({.axis = 1}, {{{0, 4}, kDistinct}});
}

[[maybe_unused]] const bool places_defined = [] {
  define_place("_npi_argmax", "The place of the first largest element, int64.",
               [](const auto* x, std::int64_t outer, std::int64_t n, std::int64_t inner,
                  std::int64_t* y) { kernels::argmax(x, outer, n, inner, y); });
  define_place("_npi_argmin", "The place of the first smallest element, int64.",
               [](const auto* x, std::int64_t outer, std::int64_t n, std::int64_t inner,
                  std::int64_t* y) { kernels::argmin(x, outer, n, inner, y); });
  return true;
}();

}  // namespace
}  // namespace gluino
