#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/elements.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/ordering/ordering.h>
#include <gluino/ops/ordering/ranking.h>

#include <algorithm>

namespace gluino {
namespace {

using ordering::Equals;
using ordering::Places;
using ordering::Rows;
using ordering::rows_of;

bool gives_values(const TopkOptions& o) { return o.ret_typ == "value" || o.ret_typ == "both"; }

// The outputs; where each value stood, as its number among all elements, is kept for the gradient.
std::vector<std::string> output_names(const TopkOptions& o) {
  if (o.ret_typ == "both") return {"output0", "output1", "places"};
  if (o.ret_typ == "value") return {"output0", "output1"};
  return {"output"};
}

int visible(const TopkOptions& o) { return o.ret_typ == "both" ? 2 : 1; }

// Where the places for the gradient are among the outputs.
std::size_t places_at(const TopkOptions& o) { return static_cast<std::size_t>(visible(o)); }

std::int64_t count_of(const TopkOptions& o, std::int64_t n) { return o.k < 1 ? n : o.k; }

void infer(const TopkOptions& o, Inference& s) {
  const Shape& in = s.in(0);
  if (o.axis) s.axis(0, *o.axis, in.ndim());
  const std::int64_t n = rows_of(o.axis, in).n;
  const std::int64_t k = count_of(o, n);
  s.expect(k <= n, -1, "k: expected at most ", n, ", the number of elements, got ", k);
  if (o.ret_typ != "mask" && o.ret_typ != "value") ordering::check_places_fit(n, o.dtype, s);
  Shape out = o.axis ? in : Shape{k};
  if (o.axis) out[normalize_axis(*o.axis, in.ndim())] = k;
  if (o.ret_typ == "mask") out = in;
  for (int i = 0; i < s.num_outputs(); ++i) s.set_out(i, out);
  if (gives_values(o)) s.set_out_type(visible(o), int64);
}

// dtype is the type of the places that a caller gets.
template <class In, class Out>
void infer_types(const TopkOptions& o, In in, Out out) {
  if (o.ret_typ == "indices") out[0] = o.dtype;
  if (o.ret_typ != "indices" && in[0]) out[0] = in[0];
  if (o.ret_typ == "both") out[1] = o.dtype;
  if (gives_values(o)) out[places_at(o)] = int64;
}

// Calls f(row, places of its first k elements, k) for each row.
template <class F>
void each_top(const TopkOptions& o, const Tensor& x, const Rows& rows, F f) {
  if (x.size() == 0) return;
  const std::int64_t k = count_of(o, rows.n);
  ordering::each_order(x, rows, k, o.is_ascend, o.stable ? Equals::by_place : Equals::as_mxnet,
                       [&](std::int64_t row, const Places& places) { f(row, places, k); });
}

void mask(const TopkOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  const Rows rows = rows_of(o.axis, x.shape);
  dispatch_words(x.dtype, [&]<class W>() {
    W* y = call.out[0].as<W>();
    std::fill_n(y, x.size(), W(0));
    each_top(o, x, rows,
             [&, one = static_cast<W>(word_of(x.dtype, 1))](std::int64_t row, const Places& places,
                                                            std::int64_t k) {
               W* const marks = y + rows.begin(row, rows.n);
               for (std::int64_t i = 0; i < k; ++i) marks[places[i] * rows.inner] = one;
             });
  });
}

void indices(const TopkOptions& o, const Tensor& x, const Tensor& out) {
  const Rows rows = rows_of(o.axis, x.shape);
  each_top(o, x, rows, [&](std::int64_t row, const Places& places, std::int64_t k) {
    places.write(k, out, rows.begin(row, k), rows.inner);
  });
}

void values(const TopkOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  const Rows rows = rows_of(o.axis, x.shape);
  std::int64_t* stood = call.out[places_at(o)].as<std::int64_t>();
  dispatch_words(x.dtype, [&]<class W>() {
    each_top(o, x, rows, [&](std::int64_t row, const Places& places, std::int64_t k) {
      const std::int64_t from = rows.begin(row, rows.n), to = rows.begin(row, k);
      W* const y = call.out[0].as<W>() + to;
      for (std::int64_t i = 0; i < k; ++i) {
        const std::int64_t at = from + places[i] * rows.inner;
        y[i * rows.inner] = x.as<W>()[at];
        if (stood) stood[to + i * rows.inner] = at;
      }
      if (o.ret_typ == "both" && call.out[1]) places.write(k, call.out[1], to, rows.inner);
    });
  });
}

void forward(const TopkOptions& o, const Call& call) {
  if (o.ret_typ == "mask") return mask(o, call);
  if (o.ret_typ == "indices") return indices(o, call.in[0], call.out[0]);
  values(o, call);
}

// No place follows the elements: what names places has no gradient.
void backward(const TopkOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  dispatch_real(dx.dtype, "topk", [&]<class T>() {
    std::fill_n(dx.as<T>(), dx.size(), T(0));
    if (!gives_values(o)) return;
    const std::int64_t* places = call.out[places_at(o)].as<std::int64_t>();
    const std::int64_t size = call.out_grad[0].size();
    for (std::int64_t i = 0; i < size; ++i) {
      dx.as<T>()[places[i]] = call.out_grad[0].as<T>()[i];
    }
  });
}

std::vector<NDArray> topk_derivative(const TopkOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const bool passes = gives_values(o) && x.size() > 0 && call.out_grad[0].defined();
  if (!passes) return {NDArray()};
  return {derivative::scatter(call.out_grad[0], call.out[places_at(o)], x.shape())};
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

const auto registered =
    define_op<TopkOptions>("topk")
        .aliases({"_npx_topk"})
        .doc("The k largest elements along an axis, their places, or where they stand.")
        .types(Types::numbers)
        .inputs({"data"})
        .nameless()
        .row_wise_if([](const TopkOptions& o, const Shape& data) {
          return o.axis && normalize_axis(*o.axis, data.ndim()) != 0;
        })
        .output_names_by(output_names)
        .visible_by(visible)
        .outputs_in_files_by([](const TopkOptions& o) { return gives_values(o) ? 2 : 1; })
        .field("axis", &TopkOptions::axis, "The axis; None takes the array as one row.")
        .field("k", &TopkOptions::k, "How many; below 1: all.")
        .field("ret_typ", &TopkOptions::ret_typ, "What is given.",
               {"value", "indices", "mask", "both"})
        .field("is_ascend", &TopkOptions::is_ascend, "The smallest, the smallest first.")
        .field("dtype", &TopkOptions::dtype, "The type of the places.")
        .field("stable", &TopkOptions::stable, "Of equal elements the first come first.")
        .infer_types([](const TopkOptions& o, auto in, auto out) { infer_types(o, in, out); })
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::outputs)
        .derivative(topk_derivative)
        .sample({.dtype = float64}, {{{3, 5}, kDistinct}})
        .sample({.axis = 1, .k = 2, .ret_typ = "value"}, {{{2, 4, 3}, kDistinct}})
        .sample({.axis = 0, .k = 3, .ret_typ = "both", .is_ascend = true, .dtype = float64},
                {{{5, 3}, kDistinct}})
        .sample({.axis = {}, .k = 4, .ret_typ = "value"}, {{{3, 5}, kDistinct}})
        .sample({.axis = -2, .k = 2, .ret_typ = "mask"}, {{{2, 4, 3}, kDistinct}})
        .sample({.k = 0, .dtype = float64, .stable = true}, {{{3, 5}, kDistinct}})
        .sample({.k = 2, .ret_typ = "value"}, {{{0, 3}}});

}  // namespace
}  // namespace gluino
