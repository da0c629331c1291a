#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/linalg/interleaved.h>
#include <gluino/ops/linalg/matrices-inl.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace gluino {
namespace {

// One part (queries, keys or values) of a projection (words, sentences, heads * parts * depth), as
// a matrix (words, depth) for each head of each sentence.
template <class T>
struct Lane {
  T* data;
  std::int64_t words, sentences, heads, parts, depth, part;

  Lane(T* projection, const Shape& shape, std::int64_t num_heads, int num_parts, int which)
      : data(projection),
        words(shape[0]),
        sentences(shape[1]),
        heads(num_heads),
        parts(num_parts),
        depth(shape[2] / (num_heads * num_parts)),
        part(which) {}

  std::int64_t count() const { return sentences * heads; }
  std::int64_t stride() const { return sentences * heads * parts * depth; }
  T* begin(std::int64_t i) const { return data + (i * parts + part) * depth; }
  kernels::MatrixView<std::remove_const_t<T>> view(std::int64_t i) const {
    return {begin(i), words, depth, stride(), 1};
  }
};

// Calls f(i) for each head of each sentence, in what amp::init asks for.
template <class F>
void each_head(std::int64_t count, std::int64_t work, F f) {
  const DType arithmetic = amp::dtype();
  parallel_for(count, kernels::row_grain(std::max<std::int64_t>(work / 8, 1), kernels::kMathGrain),
               [&](std::int64_t i, std::int64_t end) {
                 // Of the thread that called; this may be another one.
                 const amp::Scope scope(arithmetic, {.emulate = true});
                 for (; i < end; ++i) f(i);
               });
}

template <class T>
void scale_rows(T* x, std::int64_t rows, std::int64_t columns, std::int64_t stride, T factor) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) x[i * stride + j] *= factor;
  }
}

template <class T>
T scale_of(std::int64_t depth) {
  return static_cast<T>(1 / std::sqrt(static_cast<double>(depth)));
}

// attention = Q K^T / sqrt(depth).
template <class T>
void multiply_qk(const Lane<const T>& q, const Lane<const T>& k, T* attention) {
  const std::int64_t size = q.words * k.words;
  each_head(q.count(), size * q.depth, [&](std::int64_t i) {
    product<T>(q.view(i), k.view(i).transposed(), attention + i * size, k.words);
    scale_rows(attention + i * size, q.words, k.words, k.words, scale_of<T>(q.depth));
  });
}

// dQ = dA K / sqrt(depth), dK = dA^T Q / sqrt(depth); either may be without data.
template <class T>
void qk_gradient(const Lane<const T>& q, const Lane<const T>& k, const T* heads, const Lane<T>& dq,
                 const Lane<T>& dk) {
  const std::int64_t size = q.words * k.words;
  each_head(q.count(), size * q.depth, [&](std::int64_t i) {
    const kernels::MatrixView<T> head{heads + i * size, q.words, k.words, k.words, 1};
    if (dq.data != nullptr) {
      product<T>(head, k.view(i), dq.begin(i), dq.stride());
      scale_rows(dq.begin(i), dq.words, dq.depth, dq.stride(), scale_of<T>(q.depth));
    }
    if (dk.data != nullptr) {
      product<T>(head.transposed(), q.view(i), dk.begin(i), dk.stride());
      scale_rows(dk.begin(i), dk.words, dk.depth, dk.stride(), scale_of<T>(q.depth));
    }
  });
}

// out = attention V.
template <class T>
void multiply_valatt(const T* attention, const Lane<const T>& v, const Lane<T>& out) {
  const std::int64_t size = out.words * v.words;
  each_head(v.count(), size * v.depth, [&](std::int64_t i) {
    product<T>({attention + i * size, out.words, v.words, v.words, 1}, v.view(i), out.begin(i),
               out.stride());
  });
}

// dA = dOut V^T, dV = A^T dOut; either may be without data.
template <class T>
void valatt_gradient(const T* attention, const Lane<const T>& v, const Lane<const T>& heads,
                     T* dattention, const Lane<T>& dv) {
  const std::int64_t size = heads.words * v.words;
  each_head(v.count(), size * v.depth, [&](std::int64_t i) {
    if (dattention != nullptr) {
      product<T>(heads.view(i), v.view(i).transposed(), dattention + i * size, v.words);
    }
    if (dv.data != nullptr) {
      const kernels::MatrixView<T> weights{attention + i * size, heads.words, v.words, v.words, 1};
      product<T>(weights.transposed(), heads.view(i), dv.begin(i), dv.stride());
    }
  });
}

// What is known of an operator: which input holds the projection, of how many parts, and which of
// them are the keys and the values.
struct Form {
  int parts;
  int keys, values;
  bool to_oneself() const { return parts == 3; }
};
constexpr Form kSelf{.parts = 3, .keys = 1, .values = 2};
constexpr Form kOthers{.parts = 2, .keys = 0, .values = 1};

// Checks that input i is a projection of so many parts, and gives the depth of a head.
std::int64_t expect_projection(const InterleavedOptions& o, const Inference& s, int i, int parts) {
  s.expect(o.heads >= 1, -1, "heads: expected 1 or more, got ", o.heads);
  s.expect_ndim(i, 3, "(words, sentences, features)");
  const std::int64_t features = s.in(i)[2];
  s.expect(features / parts / o.heads * o.heads * parts == features && features > 0, i,
           "expected a multiple of ", parts, " times ", o.heads, " heads along axis 2, got ",
           s.in(i));
  return features / parts / o.heads;
}

template <Form form>
void infer_qk(const InterleavedOptions& o, Inference& s) {
  const int last = form.to_oneself() ? 0 : 1;
  const std::int64_t depth = expect_projection(o, s, last, form.parts);
  const Shape& keys = s.in(last);
  if (!form.to_oneself()) {
    const std::int64_t of_queries = expect_projection(o, s, 0, 1);
    s.expect(s.in(0)[1] == keys[1] && of_queries == depth, last, "expected ", s.in(0)[1],
             " sentences of keys and values of ", of_queries, " features per head, got ", keys);
  }
  s.set_out(0, {keys[1] * o.heads, s.in(0)[0], keys[0]});
}

template <Form form>
void infer_valatt(const InterleavedOptions& o, Inference& s) {
  const std::int64_t depth = expect_projection(o, s, 0, form.parts);
  const Shape& values = s.in(0);
  const Shape& attention = s.in(1);
  s.expect_ndim(1, 3, "(sentences * heads, words that look, words looked at)");
  const bool fits = attention[0] == values[1] * o.heads && attention[2] == values[0] &&
                    (!form.to_oneself() || attention[1] == values[0]);
  s.expect(fits, 1, "expected (", values[1] * o.heads, ", words, ", values[0], ") to match ",
           values, ", got ", attention);
  s.set_out(0, {attention[1], values[1], o.heads * depth});
}

template <class T>
Lane<const T> lane(const InterleavedOptions& o, const Tensor& tensor, int parts, int part) {
  return {tensor.as<const T>(), tensor.shape, o.heads, parts, part};
}
template <class T>
Lane<T> gradient_lane(const InterleavedOptions& o, const Tensor& tensor, int parts, int part) {
  return {tensor.as<T>(), tensor.shape, o.heads, parts, part};
}

template <Form form>
void qk(const InterleavedOptions& o, const Call& call) {
  if (call.out[0].size() == 0) return;
  dispatch_real(call.out[0].dtype, "interleaved_matmul", [&]<class T>() {
    const Tensor& keys = call.in[form.to_oneself() ? 0 : 1];
    multiply_qk<T>(lane<T>(o, call.in[0], form.to_oneself() ? form.parts : 1, 0),
                   lane<T>(o, keys, form.parts, form.keys), call.out[0].as<T>());
  });
}

template <class T>
void fill_zeros(const Tensor& tensor) {
  if (tensor) std::fill_n(tensor.as<T>(), tensor.size(), T(0));
}

template <Form form>
void qk_backward(const InterleavedOptions& o, const GradientCall& call) {
  const int q_parts = form.to_oneself() ? form.parts : 1;
  const std::size_t keys = form.to_oneself() ? 0 : 1;
  dispatch_real(call.out_grad[0].dtype, "interleaved_matmul", [&]<class T>() {
    fill_zeros<T>(call.in_grad[keys]);
    if (!form.to_oneself()) fill_zeros<T>(call.in_grad[0]);
    if (call.out_grad[0].size() == 0) return;
    qk_gradient<T>(lane<T>(o, call.in[0], q_parts, 0),
                   lane<T>(o, call.in[keys], form.parts, form.keys), call.out_grad[0].as<T>(),
                   gradient_lane<T>(o, call.in_grad[0], q_parts, 0),
                   gradient_lane<T>(o, call.in_grad[keys], form.parts, form.keys));
  });
}

template <Form form>
void valatt(const InterleavedOptions& o, const Call& call) {
  if (call.out[0].size() == 0) return;
  dispatch_real(call.out[0].dtype, "interleaved_matmul", [&]<class T>() {
    multiply_valatt<T>(call.in[1].as<T>(), lane<T>(o, call.in[0], form.parts, form.values),
                       gradient_lane<T>(o, call.out[0], 1, 0));
  });
}

template <Form form>
void valatt_backward(const InterleavedOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "interleaved_matmul", [&]<class T>() {
    fill_zeros<T>(call.in_grad[0]);
    if (call.out_grad[0].size() == 0) return fill_zeros<T>(call.in_grad[1]);
    valatt_gradient<T>(call.in[1].as<T>(), lane<T>(o, call.in[0], form.parts, form.values),
                       lane<T>(o, call.out_grad[0], 1, 0), call.in_grad[1].as<T>(),
                       gradient_lane<T>(o, call.in_grad[0], form.parts, form.values));
  });
}

OpDefinition<InterleavedOptions> define(const std::string& product, const char* doc,
                                        std::vector<std::string> inputs) {
  auto definition = define_op<InterleavedOptions>("_contrib_interleaved_matmul_" + product);
  definition.doc(doc)
      .inputs(std::move(inputs))
      .field("heads", &InterleavedOptions::heads, "The number of heads.")
      .required();
  return definition;
}

const auto selfatt_qk =
    define("selfatt_qk", "Queries times keys of the attention to oneself.", {"queries_keys_values"})
        .infer(infer_qk<kSelf>)
        .forward(qk<kSelf>)
        .backward(qk_backward<kSelf>, Op::inputs)
        .instead("_contrib_interleaved_matmul_encdec_qk of slices")
        .sample({.heads = 2}, {{{3, 2, 12}}})
        .sample({.heads = 1}, {{{4, 1, 9}}})
        .sample({.heads = 2}, {{{3, 0, 12}}})
        .sample({.heads = 2}, {{{0, 2, 6}}});

const auto selfatt_valatt =
    define("selfatt_valatt", "What attention to oneself makes of the values.",
           {"queries_keys_values", "attention"})
        .infer(infer_valatt<kSelf>)
        .forward(valatt<kSelf>)
        .backward(valatt_backward<kSelf>, Op::inputs)
        .derivative(derivative::of_bilinear<InterleavedOptions>(
            "_contrib_interleaved_matmul_selfatt_valatt"))
        .sample({.heads = 2}, {{{3, 2, 12}}, {{4, 3, 3}}})
        .sample({.heads = 1}, {{{4, 1, 9}}, {{1, 4, 4}}})
        .sample({.heads = 2}, {{{3, 0, 12}}, {{0, 3, 3}}})
        .sample({.heads = 2}, {{{0, 2, 6}}, {{4, 0, 0}}});

const auto encdec_qk = define("encdec_qk", "Queries times keys of the attention to others.",
                              {"queries", "keys_values"})
                           .infer(infer_qk<kOthers>)
                           .forward(qk<kOthers>)
                           .backward(qk_backward<kOthers>, Op::inputs)
                           .derivative(derivative::of_bilinear<InterleavedOptions>(
                               "_contrib_interleaved_matmul_encdec_qk"))
                           .sample({.heads = 2}, {{{3, 2, 4}}, {{5, 2, 8}}})
                           .sample({.heads = 3}, {{{1, 1, 3}}, {{4, 1, 6}}})
                           .sample({.heads = 2}, {{{0, 2, 4}}, {{5, 2, 8}}})
                           .sample({.heads = 2}, {{{3, 2, 4}}, {{0, 2, 8}}});

const auto encdec_valatt =
    define("encdec_valatt", "What attention to others makes of their values.",
           {"keys_values", "attention"})
        .infer(infer_valatt<kOthers>)
        .forward(valatt<kOthers>)
        .backward(valatt_backward<kOthers>, Op::inputs)
        .derivative(derivative::of_bilinear<InterleavedOptions>(
            "_contrib_interleaved_matmul_encdec_valatt"))
        .sample({.heads = 2}, {{{5, 2, 8}}, {{4, 3, 5}}})
        .sample({.heads = 3}, {{{4, 1, 6}}, {{3, 1, 4}}})
        .sample({.heads = 2}, {{{5, 2, 8}}, {{4, 0, 5}}})
        .sample({.heads = 2}, {{{0, 2, 8}}, {{4, 3, 0}}});

}  // namespace
}  // namespace gluino
