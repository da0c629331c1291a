#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/movement/indexing.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/labels.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/indexing/embedding.h>

#include <algorithm>

namespace gluino {
namespace {

enum Input { kData, kWeight };

void infer(const EmbeddingOptions& o, Inference& s) {
  s.expect(o.input_dim > 0, -1, "input_dim: expected at least 1, got ", o.input_dim);
  s.expect(o.output_dim > 0, -1, "output_dim: expected at least 1, got ", o.output_dim);
  s.set_in(kWeight, {o.input_dim, o.output_dim});
  Shape out = s.in(kData);
  out.push_back(o.output_dim);
  s.set_out(0, out);
}

Temporary<std::int64_t> rows_of(const EmbeddingOptions& o, const Tensor& data) {
  Temporary<std::int64_t> rows(data.size());
  kernels::convert(data.data, data.dtype, rows.data(), int64, data.size());
  kernels::bound_indices(rows.data(), data.size(), o.input_dim, kernels::IndexMode::clip);
  return rows;
}

kernels::IndexedShape shape_of(const EmbeddingOptions& o) {
  return {.outer = 1, .n = o.input_dim, .inner = o.output_dim};
}

void check_rows(const EmbeddingOptions& o, const Call& call) {
  if (!o.check_labels) return;
  check_labels("Embedding", call.in[kData], {.classes = o.input_dim, .what = "data", .of = "rows"});
}

void forward(const EmbeddingOptions& o, const Call& call) {
  check_rows(o, call);
  const Tensor& data = call.in[kData];
  kernels::take(call.in[kWeight].data, rows_of(o, data).data(), data.size(), call.out[0].data,
                shape_of(o), size_of(call.in[kWeight].dtype));
}

void backward(const EmbeddingOptions& o, const GradientCall& call) {
  const Tensor& dweight = call.in_grad[kWeight];
  if (!dweight) return;
  const Tensor& data = call.in[kData];
  dispatch_real(dweight.dtype, "Embedding", [&]<class T>() {
    kernels::take_gradient<T>(call.out_grad[0].as<T>(), rows_of(o, data).data(), data.size(),
                              dweight.as<T>(), shape_of(o));
  });
}

OpDefinition<EmbeddingOptions> define(const char* name) {
  return define_op<EmbeddingOptions>(name)
      .doc("Rows of a matrix by their numbers.")
      .types(Types::any)
      .inputs({"data"})
      .row_wise()
      .parameters({"weight"})
      .reads_places({kData})
      .field("input_dim", &EmbeddingOptions::input_dim, "How many rows there are.")
      .required()
      .field("output_dim", &EmbeddingOptions::output_dim, "Size of a row.")
      .required()
      .field("dtype", &EmbeddingOptions::dtype, "Type of the weight, where it is not given.")
      .field("sparse_grad", &EmbeddingOptions::sparse_grad,
             "Whether the gradient of the weight stores only the rows that data names.")
      .checks_labels(&EmbeddingOptions::check_labels)
      .labels(kData, check_rows)
      .infer_types([](const EmbeddingOptions& o, auto in, auto out) {
        if (!in[kData]) in[kData] = float32;
        if (!in[kWeight]) in[kWeight] = o.dtype;
        out[0] = in[kWeight];
      })
      .infer(infer)
      .forward(forward)
      .backward(backward, Op::inputs)
      .derivative(derivative::of_linear<EmbeddingOptions>(name))
      .sample({.input_dim = 5, .output_dim = 3}, {{{2, 4}, {Fill::Kind::integers, 0, 5}}, {{5, 3}}})
      .sample({.input_dim = 5, .output_dim = 3}, {{{0}, {Fill::Kind::integers, 0, 5}}, {{5, 3}}});
}

const auto embedding = define("Embedding");
// The same, whose gradient of the weight always stores only the rows that data names.
const auto sparse_embedding = define("_contrib_SparseEmbedding");

}  // namespace
}  // namespace gluino
