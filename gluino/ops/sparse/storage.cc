#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/movement/copy.h>
#include <gluino/ops/sparse/storage.h>
#include <gluino/ops/sparse/stored_rows-inl.h>

#include <algorithm>
#include <cstring>

namespace gluino {
namespace {

// Where all arrays are dense, as in compiled graphs, the elements alone count.
void copy_elements(const Tensor& from, const Tensor& to) {
  if (from.data == to.data || from.size() == 0) return;
  std::memcpy(to.data, from.data, static_cast<std::size_t>(from.size()) * size_of(from.dtype));
}

using Cast = CastStorageOptions;

std::vector<NDArray> cast(const Cast& o, const StoredCall& call) {
  return {nd::sparse::stored_as(call.in[0], parse_stype(o.stype)).detach()};
}

const auto cast_storage =
    define_op<Cast>("cast_storage")
        .doc("The same elements, stored in another way.")
        .types(Types::any)
        .inputs({"data"})
        .nameless()
        .in_place()
        .elementwise()
        .field("stype", &Cast::stype, "How to store them.", {"csr", "default", "row_sparse"})
        .required()
        .infer([](const Cast& /*o*/, Inference& s) { s.set_out(0, s.in(0)); })
        .forward([](const Cast& /*o*/, const Call& c) { copy_elements(c.in[0], c.out[0]); })
        .backward([](const Cast& /*o*/,
                     const GradientCall& c) { copy_elements(c.out_grad[0], c.in_grad[0]); },
                  Op::nothing)
        .derivative(derivative::of_linear<Cast>("cast_storage"))
        .sample({.stype = "default"}, {{{3, 4}}})
        .sample({.stype = "default"}, {{{0, 4}}});

const bool cast_stored = add_stored<Cast>(
    "cast_storage", cast,
    [](const Cast& /*o*/, const StoredGradientCall& c) {
      return std::vector<NDArray>{c.out_grad[0]};
    },
    [](const Cast& o) { return o.stype != "default"; });

// ---- The rows that are named -------------------------------------------------------------------

// Numbers of rows, in order, each once. Throws Error for one outside.
std::vector<std::int64_t> rows_in(const NDArray& indices, std::int64_t rows) {
  std::vector<std::int64_t> named = indices.to_vector<std::int64_t>();
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  check(named.empty() || (named.front() >= 0 && named.back() < rows),
        "[_sparse_retain] indices: expected numbers of rows below ", rows, ", got ",
        named.empty() ? 0 : (named.front() < 0 ? named.front() : named.back()));
  return named;
}

void keep_rows(const Tensor& data, const Tensor& indices, const Tensor& out) {
  const std::int64_t rows = data.shape[0];
  const auto width =
      static_cast<std::size_t>(data.shape.size_between(1, data.shape.ndim())) * size_of(data.dtype);
  if (out.size() == 0) return;
  std::memset(out.data, 0, static_cast<std::size_t>(rows) * width);
  dispatch(indices.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < indices.size(); ++i) {
      const double number = static_cast<double>(indices.as<T>()[i]);
      check(number >= 0 && number < static_cast<double>(rows),
            "[_sparse_retain] indices: expected numbers of rows below ", rows, ", got ", number);
      const std::size_t place = static_cast<std::size_t>(number) * width;
      std::memcpy(static_cast<char*>(out.data) + place, static_cast<const char*>(data.data) + place,
                  width);
    }
  });
}

std::vector<NDArray> retained(const NDArray& data, const NDArray& indices) {
  if (data.stype() != StorageType::row_sparse) return {};
  return {StoredRows(data).taken(rows_in(indices, data.shape()[0]))};
}

const auto retain =
    define_op<NoOptions>("_sparse_retain")
        .doc("The rows that indices name; the others are 0, and no more stored.")
        .types(Types::any)
        .inputs({"data", "indices"})
        .reads_places({1})
        .infer_types([](const NoOptions& /*o*/, auto in, auto out) {
          if (!in[1]) in[1] = int64;
          out[0] = in[0];
        })
        .infer([](const NoOptions& /*o*/, Inference& s) {
          s.expect(s.in(0).ndim() >= 1, 0, "expected at least 1 dimension");
          s.expect(s.in(1).ndim() == 1, 1, "expected a row of numbers, got ", s.in(1));
          s.set_out(0, s.in(0));
        })
        .forward(
            [](const NoOptions& /*o*/, const Call& c) { keep_rows(c.in[0], c.in[1], c.out[0]); })
        .backward(
            [](const NoOptions& /*o*/, const GradientCall& c) {
              if (c.in_grad[0]) keep_rows(c.out_grad[0], c.in[1], c.in_grad[0]);
            },
            Op::inputs)
        .derivative(derivative::of_linear<NoOptions>("_sparse_retain"))
        .sample({}, {{{5, 2}}, {{3}, {Fill::Kind::integers, 0, 5}}})
        .sample({}, {{{5}}, {{0}, {Fill::Kind::integers, 0, 5}}});

const bool retain_stored = add_stored<NoOptions>(
    "_sparse_retain",
    [](const NoOptions& /*o*/, const StoredCall& c) { return retained(c.in[0], c.in[1]); },
    [](const NoOptions& /*o*/, const StoredGradientCall& c) {
      if (!c.out_grad[0].defined()) return std::vector<NDArray>();
      const std::vector<NDArray> kept = retained(c.out_grad[0], c.in[1]);
      return kept.empty() ? kept : std::vector<NDArray>{kept[0], NDArray()};
    });

// ---- Copies at another place -------------------------------------------------------------------

std::vector<NDArray> copied(const CopyOptions& o, const StoredCall& call) {
  SparseParts parts = nd::sparse::parts_of(call.in[0]);
  parts.values = parts.values.copyto(o.ctx);
  parts.indices = parts.indices.copyto(o.ctx);
  if (parts.indptr.defined()) parts.indptr = parts.indptr.copyto(o.ctx);
  return {make_sparse(std::move(parts), call.in[0].shape())};
}

const bool copy_stored = add_stored<CopyOptions>("_copyto", copied);

}  // namespace
}  // namespace gluino
