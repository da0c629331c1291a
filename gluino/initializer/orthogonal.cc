#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/initializer/initializer.h>
#include <gluino/initializer/options.h>

#include <cmath>
#include <span>
#include <vector>

namespace gluino::init {
namespace {

using Row = std::vector<double>;

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Gram and Schmidt's method, twice for each row, which leaves no more than rounding errors.
void orthogonalise(std::vector<Row>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < i; ++j) {
        const double shared = dot(rows[i], rows[j]);
        for (std::size_t k = 0; k < rows[i].size(); ++k) rows[i][k] -= shared * rows[j][k];
      }
      const double length = std::sqrt(dot(rows[i], rows[i]));
      check(length > 0, "[orthogonal] the random rows are not independent");
      for (double& value : rows[i]) value /= length;
    }
  }
}

void fill_orthogonal(const OrthogonalOptions& options, const std::string& name,
                     const NDArray& array) {
  check(array.ndim() >= 1 && is_floating(array.dtype()), "[orthogonal] ", name,
        ": expected real numbers with at least 1 dimension, got ", array.dtype(), " ",
        array.shape());
  const auto size = static_cast<std::size_t>(array.size());
  if (size == 0) return;
  const auto height = static_cast<std::size_t>(array.shape()[0]);
  const std::size_t width = size / height;
  std::vector<float> drawn(size);
  if (options.rand_type == "uniform") {
    random::uniform(std::span<float>(drawn), -1, 1);
  } else {
    random::normal(std::span<float>(drawn), 0, 1);
  }
  // The shorter side's vectors are made orthonormal.
  const bool wide = height <= width;
  std::vector<Row> rows(wide ? height : width, Row(wide ? width : height));
  for (std::size_t i = 0; i < size; ++i) {
    (wide ? rows[i / width][i % width] : rows[i % width][i / width]) = drawn[i];
  }
  orthogonalise(rows);
  const NDArray result(array.shape(), float64, cpu());
  for (std::size_t i = 0; i < size; ++i) {
    const double value = wide ? rows[i / width][i % width] : rows[i % width][i / width];
    result.data<double>()[i] = value * options.scale;
  }
  array.assign(result.as_in_context(array.context()));
}

[[maybe_unused]] const bool registered = [] {
  register_initializer("orthogonal", [](const auto& given) {
    OptionReader reader("orthogonal", given);
    OrthogonalOptions options;
    options.scale = reader.number("scale", options.scale);
    options.rand_type = reader.text("rand_type", options.rand_type);
    reader.done();
    return Orthogonal(options);
  });
  return true;
}();

}  // namespace

Initializer Orthogonal(const OrthogonalOptions& options) {
  check(options.rand_type == "uniform" || options.rand_type == "normal",
        "[orthogonal] rand_type: expected uniform or normal, got '", options.rand_type, "'");
  check(std::isfinite(options.scale), "[orthogonal] scale: expected a finite number, got ",
        options.scale);
  return Initializer(
      [=](const std::string& name, const NDArray& array) { fill_orthogonal(options, name, array); },
      "orthogonal");
}

}  // namespace gluino::init
