#include <gluino/onnx/layers/layouts.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/movement/repeat.h>
#include <gluino/ops/reduce/reduce.h>

#include <numeric>

// Bytes for numbers and back, and layers of bytes, read: in numbers that tell whole ones exactly.
namespace gluino::onnx {
namespace {

// A number, a row of them along an axis, or one for each block along it, to be held against input
// 0.
Symbol along_axis(const ImportNode& n, int input) {
  const Composer c(n);
  const Shape shape = n.shape(input);
  const std::int64_t block = n.integer("block_size", 0);
  n.pass_over({"axis"});
  if (shape.ndim() == 0 || shape == Shape{1}) return n.in(input);
  const int ndim = n.ndim(), axis = normalize_axis(n.integer("axis", 1), ndim);
  if (block == 0) {
    n.expect(shape.ndim() == 1, "expected one number or a row, got ", shape);
    Shape codes = Shape::filled(ndim, 1);
    codes[axis] = -1;
    return c.reshape(n.in(input), codes);
  }
  const std::int64_t size = n.shape()[axis];
  n.expect(block > 0 && block < (std::int64_t{1} << 40) && size > 0 && shape.ndim() == ndim &&
               shape[axis] > 0 && shape[axis] == (size + block - 1) / block,
           "block_size ", block, ": expected a number for each block of ", n.shape(), ", got ",
           shape);
  const Symbol all = n.make("repeat", RepeatOptions{.repeats = block, .axis = axis}, {n.in(input)});
  return c.slice(all, axis, 0, size);
}

DType output_type(const ImportNode& n, DType otherwise) {
  const std::int64_t code = n.integer("output_dtype", 0);
  if (code == 0) return otherwise;
  return type_of_code(static_cast<std::int32_t>(code), n.where() + "output_dtype");
}

Symbol read_dequantize(const ImportNode& n) {
  const Composer c(n);
  const DType dtype = n.dtype(1);
  // In single precision: half would lose numbers of int32.
  const auto number = [&](const Symbol& x) { return c.cast(x, float32); };
  Symbol x = number(n.in());
  if (n.has(2)) x = c.sub(x, number(along_axis(n, 2)));
  return c.cast(c.mul(x, number(along_axis(n, 1))), output_type(n, dtype));
}

// The nearest bytes, from `zero` on, at the ends of the type where that is beyond them.
Symbol as_bytes(const ImportNode& n, const Symbol& steps, const Symbol& zero, DType dtype) {
  const Composer c(n);
  n.expect(dtype == uint8 || dtype == int8, "expected uint8 or int8, got ", dtype);
  const double least = dtype == uint8 ? 0 : -128;
  const Symbol places = c.add(c.of("round_half_to_even", steps), c.cast(zero, n.dtype(steps)));
  return c.cast(c.clip(places, least, least + 255), dtype);
}

Symbol read_quantize(const ImportNode& n) {
  const Composer c(n);
  // What is cut off at the ends is told by types of 8 bits alone.
  n.pass_over({"saturate"});
  const DType dtype = output_type(n, n.has(2) ? n.dtype(2) : uint8);
  const DType computed = n.dtype(1);
  const Symbol steps = c.div(c.cast(n.in(), computed), along_axis(n, 1));
  return as_bytes(n, steps, n.has(2) ? along_axis(n, 2) : c.number(0, computed), dtype);
}

// By the range that the data have, 0 always in it.
Symbols read_dynamic(const ImportNode& n) {
  const Composer c(n);
  const auto end = [&](const char* op, const char* with_zero) {
    const Symbol all = c.reshape_to(n.make(op, ReduceOptions{}, {n.in()}), {});
    return c.with(with_zero, all, 0);
  };
  const Symbol least = end("min", "_minimum_scalar");
  const Symbol range = c.times(c.sub(end("max", "_maximum_scalar"), least), 1.0 / 255);
  // Zeros alone have no range: any step tells them.
  const Symbol scale = c.add(range, c.opposite(range));
  const Symbol zero =
      c.cast(c.clip(c.of("round_half_to_even", c.from(0, c.div(least, scale))), 0, 255), uint8);
  return {as_bytes(n, c.div(n.in(), scale), zero, uint8), scale, zero};
}

// Sums of so many products of two bytes: the smallest type that tells them all.
DType exact(std::int64_t products) {
  return products > 0 && products <= (1 << 24) / (255 * 255) ? float32 : float64;
}

// Bytes as numbers, from their zero on.
Symbol centered(const ImportNode& n, const Symbol& bytes, const std::optional<Symbol>& zero,
                DType dtype) {
  const Composer c(n);
  const Symbol x = c.cast(bytes, dtype);
  return zero ? c.sub(x, c.cast(*zero, dtype)) : x;
}

// One number per row of matrices: a row of them becomes a column.
Symbol per_row(const ImportNode& n, int input) {
  const bool is_row = n.ndim(input) == 1 && n.shape(input) != Shape{1};
  return is_row ? Composer(n).unsqueeze(n.in(input), 1) : n.in(input);
}

Symbol matrix_product(const ImportNode& n, int b, int a_zero, int b_zero) {
  const Composer c(n);
  const Shape shape = n.shape(0);
  const DType dtype = exact(shape.ndim() > 0 ? shape[shape.ndim() - 1] : -1);
  const auto zero_of_a = n.has(a_zero) ? std::optional(per_row(n, a_zero)) : std::nullopt;
  const auto zero_of_b = n.has(b_zero) ? std::optional(n.in(b_zero)) : std::nullopt;
  return c.matmul(centered(n, n.in(0), zero_of_a, dtype), centered(n, n.in(b), zero_of_b, dtype));
}

// One number, or one per filter, to be held against (N, filters, ...) or (filters, ...).
Symbol per_filter(const ImportNode& n, int input, int behind) {
  if (n.shape(input).ndim() == 0 || n.shape(input) == Shape{1}) return n.in(input);
  Shape codes = Shape::filled(behind + 1, 1);
  codes[0] = -1;
  return Composer(n).reshape(n.in(input), codes);
}

Symbol convolution(const ImportNode& n, int weight, int x_zero, int w_zero) {
  const Composer c(n);
  const Shape shape = n.shape(weight);
  n.expect(shape.ndim() >= 3 && shape.ndim() <= 5 && shape.known(),
           "weight: expected 3 to 5 axes of known sizes, got ", shape);
  const auto axes = static_cast<std::size_t>(shape.ndim() - 2);
  const Ints kernel(shape.begin() + 2, shape.end());
  n.expect(n.ints("kernel_shape", kernel) == kernel, "kernel_shape: the weight is ", shape);
  const auto numbers = [&](const char* name) {
    const Ints given = n.ints(name, Ints(axes, 1));
    n.expect(given.size() == axes, name, ": expected ", axes, " numbers, got ", given.size());
    return Shape(std::span(given));
  };
  ConvolutionOptions o{.kernel = Shape(std::span(kernel)),
                       .stride = numbers("strides"),
                       .dilate = numbers("dilations"),
                       .num_filter = shape[0],
                       .num_group = n.integer("group", 1),
                       .no_bias = true};
  const DType dtype = exact(shape.size() / std::max<std::int64_t>(shape[0], 1));
  const auto zero_of_x = n.has(x_zero) ? std::optional(n.in(x_zero)) : std::nullopt;
  const auto zero_of_w = n.has(w_zero)
                             ? std::optional(per_filter(n, w_zero, static_cast<int>(axes) + 1))
                             : std::nullopt;
  // Around the data stands what counts as 0.
  const Padded padded =
      read_pads(n, centered(n, n.in(0), zero_of_x, dtype), o.kernel, o.stride, o.dilate, 0);
  o.pad = padded.pad;
  return n.make("Convolution", o, {padded.data, centered(n, n.in(weight), zero_of_w, dtype)});
}

// Sums in steps of both factors as bytes in steps of their own.
Symbol requantized(const ImportNode& n, const Symbol& sums, const Symbol& scales, int scale,
                   int zero) {
  const Composer c(n);
  const auto wide = [&](const Symbol& x) { return c.cast(x, n.dtype(sums)); };
  const Symbol factor = c.div(scales, c.cast(n.in(scale), n.dtype(scales)));
  return as_bytes(n, c.mul(sums, wide(factor)), n.in(zero), n.dtype(zero));
}

Symbol read_linear_matmul(const ImportNode& n) {
  const Symbol scales = Composer(n).mul(per_row(n, 1), n.in(4));
  return requantized(n, matrix_product(n, 3, 2, 5), scales, 6, 7);
}

Symbol read_linear_convolution(const ImportNode& n) {
  const Composer c(n);
  const int axes = n.ndim(3) - 2;
  Symbol sums = convolution(n, 3, 2, 5);
  if (n.has(8)) sums = c.add(sums, c.cast(per_filter(n, 8, axes), n.dtype(sums)));
  return requantized(n, sums, c.mul(n.in(1), per_filter(n, 4, axes)), 6, 7);
}

const bool registered = translate([](Translations& t) {
  t.reads("QuantizeLinear", read_quantize).reads("DequantizeLinear", read_dequantize);
  t.reads("DynamicQuantizeLinear", read_dynamic);
  t.reads("MatMulInteger",
          [](const ImportNode& n) { return Composer(n).cast(matrix_product(n, 1, 2, 3), int32); });
  t.reads("ConvInteger",
          [](const ImportNode& n) { return Composer(n).cast(convolution(n, 1, 2, 3), int32); });
  t.reads("QLinearMatMul", read_linear_matmul).reads("QLinearConv", read_linear_convolution);
});

}  // namespace
}  // namespace gluino::onnx
