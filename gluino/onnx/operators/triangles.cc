#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/creation/creation.h>
#include <gluino/ops/elementwise/arithmetic.h>

// Triangles and diagonals of matrices.
namespace gluino::onnx {
namespace {

// Flags of the places (row, column) of a matrix.
template <class F>
Symbol flags(const ImportNode& n, std::int64_t rows, std::int64_t columns, DType dtype, F holds) {
  NDArray array({rows, columns}, boolean, cpu());
  auto* flag = array.data<bool>();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) *flag++ = holds(row, column);
  }
  return n.parameter(dtype == boolean ? array : array.astype(dtype));
}

// The rows and columns of matrices (..., rows, columns).
std::pair<std::int64_t, std::int64_t> matrix_of(const ImportNode& n) {
  const Shape shape = n.shape();
  const int ndim = n.ndim();
  n.expect(ndim >= 2 && shape[ndim - 1] >= 0 && shape[ndim - 2] >= 0,
           "expected matrices whose sizes follow from the file, got ", shape);
  constexpr std::int64_t kMost = std::int64_t{1} << 26;
  n.expect(shape[ndim - 1] == 0 || shape[ndim - 2] <= kMost / shape[ndim - 1], "matrices as ",
           shape, " are too large");
  return {shape[ndim - 2], shape[ndim - 1]};
}

// Above (or, with upper = 0, below) a diagonal and on it.
Symbol read_trilu(const ImportNode& n) {
  const auto [rows, columns] = matrix_of(n);
  const bool upper = n.integer("upper", 1) != 0;
  const Ints told = n.has(1) ? n.ints(1) : Ints{0};
  n.expect(told.size() == 1, "k: expected one number, got ", told.size());
  const std::int64_t k = told[0];
  const Symbol kept = flags(n, rows, columns, boolean, [=](std::int64_t row, std::int64_t column) {
    return upper ? column - row >= k : column - row <= k;
  });
  return Composer(n).where(kept, n.in(), n.make("zeros_like", {n.in()}));
}

Symbol read_eye_like(const ImportNode& n) {
  const auto [rows, columns] = matrix_of(n);
  n.expect(n.ndim() == 2, "expected a matrix, got ", n.shape());
  const std::int64_t k = n.integer("k", 0);
  const DType dtype = n.has("dtype") ? type_of_code(static_cast<std::int32_t>(n.integer("dtype")),
                                                    n.where() + "dtype")
                                     : n.dtype();
  return flags(n, rows, columns, dtype,
               [=](std::int64_t row, std::int64_t column) { return column - row == k; });
}

void write_triangle(ExportNode& e, bool upper) {
  const auto k = e.number(static_cast<double>(e.option<std::int64_t>("k")), int64);
  e.expect(e.ndim() >= 2, "of one row");
  e.expect(e.opset() >= 14, "triangles need operator set 14");
  e.give(e.add("Trilu", {e.in(), k}, {{"upper", std::int64_t{upper}}}));
}

// Where the numbers stand the operator gives the same whatever it gets.
void write_fill_diagonal(ExportNode& e) {
  const Shape shape = e.shape();
  e.expect(shape.known(), "the shape ", shape, " must be known");
  const NDArray zeros = nd::zeros(shape, e.dtype(), cpu());
  const NDArray numbers = e.evaluated({&zeros, 1})[0];
  const NDArray ones = nd::ones(shape, e.dtype(), cpu());
  const NDArray stays = numbers != e.evaluated({&ones, 1})[0];
  e.give(e.add("Where", {e.tensor(stays.astype(boolean)), e.in(), e.tensor(numbers)}));
}

const bool registered = translate([](Translations& t) {
  t.reads("Trilu", read_trilu).reads("EyeLike", read_eye_like);
  t.same("_npi_det", "Det");
  t.writes<NoOptions>("_linalg_det", [](ExportNode& e, const NoOptions& /*o*/) {
    e.give_under_shape(e.add("Det", {e.in()}), e.ndim() - 2);
  });
  t.writes_by_name("_npi_fill_diagonal", write_fill_diagonal);
  t.writes_by_name("_npi_tril", [](ExportNode& e) { write_triangle(e, false); });
  t.writes_by_name("_npi_triu", [](ExportNode& e) { write_triangle(e, true); });
});

}  // namespace
}  // namespace gluino::onnx
