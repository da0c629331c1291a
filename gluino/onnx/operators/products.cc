#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/layers/fully_connected.h>
#include <gluino/ops/linalg/dot.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/movement/movement.h>

#include <algorithm>
#include <numeric>
#include <optional>

// Products of matrices.
namespace gluino::onnx {
namespace {

// Exchanges two axes of a value of `ndim` axes.
std::string exchanged(ExportNode& e, const std::string& x, int ndim, int a, int b) {
  Ints axes(static_cast<std::size_t>(ndim));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[static_cast<std::size_t>(a)], axes[static_cast<std::size_t>(b)]);
  return e.transpose(x, axes);
}

std::string last_two(ExportNode& e, int input, bool exchange) {
  const int ndim = e.ndim(input);
  return exchange ? exchanged(e, e.in(input), ndim, ndim - 2, ndim - 1) : e.in(input);
}

void write_fully_connected(ExportNode& e, const FullyConnectedOptions& o) {
  Names operands{e.in(0), e.in(1)};
  if (!o.no_bias) operands.push_back(e.in(2));
  if (o.flatten || e.ndim() == 2) {
    if (e.ndim() != 2) {
      operands[0] = e.add("Flatten", {e.in()}, {{"axis", std::int64_t{1}}});
    }
    return e.give(e.add("Gemm", operands, {{"transB", std::int64_t{1}}}));
  }
  const std::string product = e.add("MatMul", {e.in(0), e.transpose(e.in(1), {1, 0})});
  e.give(o.no_bias ? product : e.add("Add", {product, e.in(2)}));
}

// Over the last axis of lhs and the first of rhs.
void write_dot(ExportNode& e, const DotOptions& o) {
  std::string a = e.in(0), b = e.in(1);
  if (o.transpose_a && e.ndim(0) > 1) {
    Ints axes(static_cast<std::size_t>(e.ndim(0)));
    std::iota(axes.begin(), axes.end(), 1);
    axes.back() = 0;
    a = e.transpose(a, axes);
  }
  if (o.transpose_b && e.ndim(1) > 1) {
    Ints axes(static_cast<std::size_t>(e.ndim(1)));
    std::iota(axes.begin(), axes.end(), -1);
    axes[0] = e.ndim(1) - 1;
    b = e.transpose(b, axes);
  }
  if (e.ndim(0) == 1 && e.ndim(1) == 1) return e.give_under_shape(e.add("MatMul", {a, b}), 0);
  if (e.ndim(1) <= 2) return e.give(e.add("MatMul", {a, b}));
  const std::string rows =
      e.reshape(b, {o.transpose_b ? e.size(1, e.ndim(1) - 1) : e.size(1, 0), -1});
  e.give(e.reshape_to(e.add("MatMul", {a, rows}), e.out_shape()));
}

void write_batch_dot(ExportNode& e, const DotOptions& o) {
  e.give(e.add("MatMul", {last_two(e, 0, o.transpose_a), last_two(e, 1, o.transpose_b)}));
}

std::string times(ExportNode& e, const std::string& x, double factor) {
  return factor == 1 ? x : e.add("Mul", {x, e.number(factor)});
}

// The rows of matrices lie along an axis before others where `axis` says so.
bool rows_lie_elsewhere(ExportNode& e, std::int64_t axis) {
  return normalize_axis(axis, e.ndim()) != e.ndim() - 2;
}

std::string rows_last(ExportNode& e, const std::string& x, int ndim, std::int64_t axis) {
  const int from = normalize_axis(axis, ndim);
  Ints axes;
  for (int i = 0; i < ndim - 1; ++i) {
    if (i != from) axes.push_back(i);
  }
  axes.insert(axes.end(), {from, ndim - 1});
  return e.transpose(x, axes);
}

std::string rows_back(ExportNode& e, const std::string& x, int ndim, std::int64_t axis) {
  const int to = normalize_axis(axis, ndim);
  Ints axes;
  for (int i = 0; i < ndim - 2; ++i) axes.push_back(i);
  axes.insert(axes.begin() + to, ndim - 2);
  axes.push_back(ndim - 1);
  return e.transpose(x, axes);
}

template <class O>
std::string gemm_product(ExportNode& e, const O& o) {
  const auto side = [&](int input, bool exchange) {
    const int ndim = e.ndim(input);
    std::string x = e.in(input);
    if (rows_lie_elsewhere(e, o.axis)) x = rows_last(e, x, ndim, o.axis);
    return exchange ? exchanged(e, x, ndim, ndim - 2, ndim - 1) : x;
  };
  const std::string product = e.add("MatMul", {side(0, o.transpose_a), side(1, o.transpose_b)});
  return times(e, rows_lie_elsewhere(e, o.axis) ? rows_back(e, product, e.ndim(), o.axis) : product,
               o.alpha);
}

void write_syrk(ExportNode& e, const SyrkOptions& o) {
  e.give(times(e, e.add("MatMul", {last_two(e, 0, o.transpose), last_two(e, 0, !o.transpose)}),
               o.alpha));
}

Symbol read_matmul(const ImportNode& n) {
  const Shape a = n.shape(0), b = n.shape(1);
  if (a.ndim() == 2 && b.ndim() == 2) return n.make("dot", DotOptions(), n.all_inputs());
  const bool same = a.ndim() > 2 && a.ndim() == b.ndim() && a.known() && b.known() &&
                    std::equal(a.begin(), a.end() - 2, b.begin());
  if (same) return n.make("batch_dot", DotOptions(), n.all_inputs());
  return n.make("_npi_matmul", n.all_inputs());
}

// alpha op(A) op(B) + beta C, C of any shape that broadcasts.
Symbol read_gemm(const ImportNode& n) {
  const double alpha = n.real("alpha", 1), beta = n.real("beta", 1);
  const bool transpose_a = n.integer("transA", 0) != 0, transpose_b = n.integer("transB", 0) != 0;
  const Shape weight = n.shape(1);
  const Shape bias = n.has(2) ? n.shape(2) : Shape();
  if (!transpose_a && transpose_b && alpha == 1 && weight.ndim() == 2 && weight[0] > 0 &&
      (!n.has(2) || (beta == 1 && bias.ndim() == 1 && bias[0] == weight[0]))) {
    return n.make("FullyConnected",
                  FullyConnectedOptions{.num_hidden = weight[0], .no_bias = !n.has(2)},
                  n.has(2) ? Symbols{n.in(0), n.in(1), n.in(2)} : Symbols{n.in(0), n.in(1)});
  }
  const auto scaled = [&](const Symbol& x, double by) {
    return by == 1 ? x : n.make("_mul_scalar", ScalarOptions{by}, {x});
  };
  const DotOptions options{.transpose_a = transpose_a, .transpose_b = transpose_b};
  const Symbol product = scaled(n.make("dot", options, {n.in(0), n.in(1)}), alpha);
  return n.has(2) ? n.make("broadcast_add", {product, scaled(n.in(2), beta)}) : product;
}

// ONNX wants the dots of all operands to stand for as many axes.
void write_einsum(ExportNode& e) {
  const auto equation = e.option<std::string>("subscripts");
  std::optional<std::int64_t> dotted;
  std::size_t begin = 0;
  for (int i = 0; i < e.num_inputs(); ++i) {
    const std::size_t end = std::min(equation.find_first_of(",-", begin), equation.size());
    const std::string term = equation.substr(begin, end - begin);
    begin = end + 1;
    if (term.find("...") == std::string::npos) continue;
    const auto letters =
        std::count_if(term.begin(), term.end(), [](char c) { return c != '.' && c != ' '; });
    e.expect(dotted.value_or(e.ndim(i) - letters) == e.ndim(i) - letters, "the dots of ", equation,
             " stand for different numbers of axes");
    dotted = e.ndim(i) - letters;
  }
  e.give(e.add("Einsum", e.all_inputs(), {{"equation", equation}}));
}

const bool registered = translate([](Translations& t) {
  t.writes<FullyConnectedOptions>("FullyConnected", write_fully_connected);
  t.writes<DotOptions>("dot", write_dot);
  t.writes<DotOptions>("batch_dot", write_batch_dot);
  t.writes<Gemm2Options>("_linalg_gemm2",
                         [](ExportNode& e, const Gemm2Options& o) { e.give(gemm_product(e, o)); });
  t.writes<GemmOptions>("_linalg_gemm", [](ExportNode& e, const GemmOptions& o) {
    e.give(e.add("Add", {gemm_product(e, o), times(e, e.in(2), o.beta)}));
  });
  t.writes<SyrkOptions>("_linalg_syrk", write_syrk);
  t.writes_by_name("_npi_matmul", [](ExportNode& e) { e.give(e.add("MatMul", e.all_inputs())); });
  t.reads("MatMul", read_matmul).reads("Gemm", read_gemm);
  t.writes_by_name("_npi_einsum", write_einsum);
  t.reads("Einsum", [](const ImportNode& n) {
    return n.make_by_text("_npi_einsum", {{"subscripts", n.text("equation", "")}}, n.all_inputs());
  });
});

}  // namespace
}  // namespace gluino::onnx
