#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/indexing/boolean_mask.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

enum Input { kData, kIndex };

// The numbers of the rows at which an index is not 0.
std::vector<std::int64_t> selected(const void* index, DType dtype, std::int64_t n) {
  std::vector<std::int64_t> rows;
  dispatch(dtype, [&]<class T>() {
    const T* values = static_cast<const T*>(index);
    for (std::int64_t i = 0; i < n; ++i) {
      if (convert<bool>(values[i])) rows.push_back(i);
    }
  });
  return rows;
}

// The rows of a call. Throws Error where they are not as many as was said.
std::vector<std::int64_t> selected(const BooleanMaskOptions& o, const Tensor& index) {
  auto rows = selected(index.data, index.dtype, index.size());
  check(std::ssize(rows) == o.rows, "[_contrib_boolean_mask] index selects ", rows.size(),
        " rows, rows says ", o.rows.value_or(0));
  return rows;
}

BooleanMaskOptions counted(const BooleanMaskOptions& o, std::span<const NDArray> in) {
  if (o.rows || in.size() != 2) return o;
  BooleanMaskOptions with_rows = o;
  const NDArray& index = in[kIndex];
  with_rows.rows = std::ssize(selected(index.data(), index.dtype(), index.size()));
  return with_rows;
}

void infer_mask(const BooleanMaskOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(data.ndim() >= 1, kData, "expected at least 1 dimension");
  s.expect(s.axis(kData, o.axis, data.ndim()) == 0, -1, "axis: expected 0, got ", o.axis);
  s.set_in(kIndex, {data[0]});
  s.expect(
      o.rows.has_value(), -1,
      "the elements of index decide how many rows there are, which a graph does not know; call "
      "it on arrays, or say them in the option rows");
  s.expect(*o.rows >= 0 && *o.rows <= data[0], -1, "rows: expected 0 to ", data[0], ", got ",
           *o.rows);
  Shape out = data;
  out[0] = *o.rows;
  s.set_out(0, out);
}

const auto boolean_mask =
    define_op<BooleanMaskOptions>("_contrib_boolean_mask")
        .aliases({"_npi_boolean_mask"})
        .doc("The rows of the data at which an index is not 0.")
        .types(Types::any)
        .inputs({"data", "index"})
        .reads_places({kIndex})
        .mixed_types()
        .field("axis", &BooleanMaskOptions::axis, "The axis of the rows: 0.")
        .field(
            "rows", &BooleanMaskOptions::rows,
            "How many rows there will be, where a graph must know it; None: as many as there are.")
        .with_sizes(counted)
        .infer(infer_mask)
        .forward([](const BooleanMaskOptions& o, const Call& call) {
          const Tensor& x = call.in[kData];
          const auto rows = selected(o, call.in[kIndex]);
          const std::int64_t size = x.shape.size_between(1, x.shape.ndim());
          dispatch_words(x.dtype, [&]<class W>() {
            const W* from = x.as<W>();
            W* to = call.out[0].as<W>();
            parallel_for(std::ssize(rows), kernels::row_grain(size, kernels::kCopyGrain),
                         [&](std::int64_t i, std::int64_t end) {
                           for (; i < end; ++i) {
                             const std::int64_t row = rows[static_cast<std::size_t>(i)];
                             std::copy_n(from + row * size, size, to + i * size);
                           }
                         });
          });
        })
        .backward(
            [](const BooleanMaskOptions& o, const GradientCall& call) {
              const Tensor& dx = call.in_grad[kData];
              if (!dx) return;
              const auto rows = selected(o, call.in[kIndex]);
              const std::int64_t size = dx.shape.size_between(1, dx.shape.ndim());
              dispatch_real(dx.dtype, "boolean_mask", [&]<class T>() {
                std::fill_n(dx.as<T>(), dx.size(), T(0));
                const T* dy = call.out_grad[0].as<T>();
                for (const std::int64_t row : rows) {
                  std::copy_n(dy, size, dx.as<T>() + row * size);
                  dy += size;
                }
              });
            },
            Op::inputs)
        .derivative(derivative::of_linear<BooleanMaskOptions>("_contrib_boolean_mask"))
        .sample({.rows = 5}, {{{5, 3}}, {{5}, {Fill::Kind::integers, 1, 2}}})
        .sample({.rows = 0}, {{{4, 2}}, {{4}, {Fill::Kind::integers, 0, 1}}})
        .sample({.rows = 0}, {{{0, 3}}, {{0}}});

std::vector<int> axes_of(const IndexArrayOptions& o, int ndim) {
  std::vector<int> axes;
  if (!o.axes) {
    for (int axis = 0; axis < ndim; ++axis) axes.push_back(axis);
    return axes;
  }
  for (const std::int64_t axis : *o.axes) {
    axes.push_back(normalize_axis(axis, ndim, "[_contrib_index_array] axes"));
  }
  return axes;
}

const auto index_array =
    define_op<IndexArrayOptions>("_contrib_index_array")
        .doc("Per element where it stands, int64.")
        .types(Types::any)
        .inputs({"data"})
        .looks_up({0})
        .field("axes", &IndexArrayOptions::axes, "The axes; None: all.")
        .infer_types([](const IndexArrayOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; })
        .infer(+[](const IndexArrayOptions& o, Inference& s) {
          Shape out = s.in(0);
          s.expect(out.ndim() < Shape::kMaxDims, 0, "expected fewer than ", Shape::kMaxDims,
                   " dimensions, got ", out);
          out.push_back(std::ssize(axes_of(o, s.in(0).ndim())));
          s.set_out(0, out);
        })
        .forward([](const IndexArrayOptions& o, const Call& call) {
          const Shape& shape = call.in[0].shape;
          const auto axes = axes_of(o, shape.ndim());
          auto* to = call.out[0].as<std::int64_t>();
          for (std::int64_t i = 0; i < shape.size(); ++i) {
            for (const int axis : axes) {
              *to++ = i / shape.size_between(axis + 1, shape.ndim()) % shape[axis];
            }
          }
        })
        .sample({}, {{{2, 3}}})
        .sample({.axes = Shape{-1, 0}}, {{{2, 3, 2}}})
        .sample({}, {{{0, 3}}});

}  // namespace
}  // namespace gluino
