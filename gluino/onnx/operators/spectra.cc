#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/linalg/dot.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <optional>

// Fourier transforms, as products with the matrices of their waves.
namespace gluino::onnx {
namespace {

constexpr std::int64_t kMostWaves = std::int64_t{1} << 26;

// One whole number of the file's.
std::int64_t whole(const ImportNode& n, int input) {
  const Ints numbers = n.ints(input);
  n.expect(numbers.size() == 1, "input ", input, ": expected one number, got ", numbers.size());
  return numbers[0];
}

// Real and imaginary parts (..., signal).
struct Signal {
  Symbol real;
  std::optional<Symbol> imaginary;
};

// Numbers (..., 1) or (..., 2), as the last axis tells their parts.
Signal parts_of(const ImportNode& n, const Symbol& x) {
  const Composer c(n);
  const Shape shape = n.shape(x);
  const int last = shape.ndim() - 1;
  n.expect(last >= 1 && (shape[last] == 1 || shape[last] == 2),
           "expected a last axis of real, or real and imaginary parts, got ", shape);
  const auto part = [&](std::int64_t i) { return c.squeeze(c.slice(x, last, i, i + 1), last); };
  if (shape[last] == 1) return {part(0), {}};
  return {part(0), part(1)};
}

struct Transform {
  std::int64_t length = 0;  // waves have so many places
  bool inverse = false;
  bool onesided = false;
};

// Of signals along the last axis, `size` numbers of them: (..., waves, 1 or 2).
Symbol transformed(const ImportNode& n, const Signal& signal, std::int64_t size,
                   const Transform& t) {
  const Composer c(n);
  const DType dtype = n.dtype(signal.real);
  n.expect(is_floating(dtype) && t.length > 0 && size > 0, "expected a signal of known length");
  const bool to_real = t.inverse && t.onesided;
  const std::int64_t half = t.length / 2 + 1;
  const std::int64_t out = t.onesided && !t.inverse ? half : t.length;
  const std::int64_t in = std::min(size, to_real ? half : t.length);
  n.expect(out <= kMostWaves / in, "a signal of ", t.length, " numbers is too long");
  const auto cut = [&](const Symbol& x) { return in < size ? c.slice(x, n.ndim() - 2, 0, in) : x; };
  // What element k counts in element j: f(2 pi j k / length).
  const auto waves = [&](double (*f)(double), double sign) {
    std::vector<double> all;
    for (std::int64_t k = 0; k < in; ++k) {
      // Of a real signal the other half of the waves is this one's mirror image.
      const bool is_alone = k == 0 || 2 * k == t.length;
      const double weight = (to_real && !is_alone ? 2.0 : 1.0) * sign /
                            (t.inverse ? static_cast<double>(t.length) : 1.0);
      for (std::int64_t j = 0; j < out; ++j) {
        const auto turn = static_cast<double>(k * j % t.length) / static_cast<double>(t.length);
        all.push_back(weight * f(2 * std::numbers::pi * turn));
      }
    }
    return c.numbers(all, {in, out}, dtype);
  };
  const auto times = [&](const Symbol& x, const Symbol& matrix) {
    return n.make("dot", DotOptions(), {cut(x), matrix});
  };
  const auto sine = [](double x) { return std::sin(x); };
  const auto cosine = [](double x) { return std::cos(x); };
  const double sign = t.inverse ? 1 : -1;
  Symbol real = times(signal.real, waves(cosine, 1));
  if (signal.imaginary) real = c.sub(real, times(*signal.imaginary, waves(sine, sign)));
  const int ndim = n.shape(real).ndim();
  if (to_real) return c.unsqueeze(real, ndim);
  Symbol imaginary = times(signal.real, waves(sine, sign));
  if (signal.imaginary) imaginary = c.add(imaginary, times(*signal.imaginary, waves(cosine, 1)));
  return c.concat({c.unsqueeze(real, ndim), c.unsqueeze(imaginary, ndim)}, ndim);
}

Symbol read_dft(const ImportNode& n) {
  const Composer c(n);
  const int ndim = n.ndim();
  // The axis has become an input in operator set 20.
  std::int64_t axis = n.opset() < 20 ? n.integer("axis", 1) : -2;
  if (n.opset() >= 20 && n.has(2)) axis = whole(n, 2);
  const int along = normalize_axis(axis, ndim);
  n.expect(along < ndim - 1, "axis: the last one tells the parts of numbers");
  const std::int64_t size = n.shape()[along];
  Transform t{.inverse = n.integer("inverse", 0) != 0, .onesided = n.integer("onesided", 0) != 0};
  t.length = n.has(1) ? whole(n, 1) : t.inverse && t.onesided ? 2 * (size - 1) : size;
  Signal signal = parts_of(n, n.in());
  // What a real signal has is all that one side tells.
  n.expect(!(t.onesided && !t.inverse && signal.imaginary), "onesided of complex numbers");
  const auto last = [&](const Symbol& x) { return c.move_axis(x, ndim - 1, along, ndim - 2); };
  signal.real = last(signal.real);
  if (signal.imaginary) signal.imaginary = last(*signal.imaginary);
  return c.move_axis(transformed(n, signal, size, t), ndim, ndim - 2, along);
}

// Of parts of signals (N, L, 1 or 2) that follow each other: (N, parts, waves, 2).
Symbol read_stft(const ImportNode& n) {
  const Composer c(n);
  const Shape shape = n.shape();
  n.expect(shape.ndim() == 3 && shape[1] > 0, "expected signals (N, L, parts), got ", shape);
  const auto step = whole(n, 1);
  std::int64_t length = n.has(2) ? n.shape(2)[0] : shape[1];
  if (n.has(3)) length = whole(n, 3);
  n.expect(step > 0 && length > 0 && length <= shape[1], "frames of ", length, " every ", step,
           " do not lie in a signal of ", shape[1]);
  n.expect(!n.has(2) || n.shape(2) == Shape{length}, "window: expected (", length, "), got ",
           n.has(2) ? n.shape(2) : Shape());
  const std::int64_t count = 1 + (shape[1] - length) / step;
  n.expect(count <= kMostWaves / length, "too many frames");
  Ints places;
  for (std::int64_t frame = 0; frame < count; ++frame) {
    for (std::int64_t i = 0; i < length; ++i) places.push_back(frame * step + i);
  }
  const auto framed = [&](const Symbol& x) {
    const Symbol frames = c.reshape(c.take(x, 1, places), {0, count, length});
    return n.has(2) ? c.mul(frames, n.in(2)) : frames;
  };
  Signal signal = parts_of(n, n.in());
  const bool onesided = n.integer("onesided", 1) != 0;
  n.expect(!(onesided && signal.imaginary), "onesided of complex numbers");
  signal.real = framed(signal.real);
  if (signal.imaginary) signal.imaginary = framed(*signal.imaginary);
  return transformed(n, signal, length, {.length = length, .onesided = onesided});
}

const bool registered =
    translate([](Translations& t) { t.reads("DFT", read_dft).reads("STFT", read_stft); });

}  // namespace
}  // namespace gluino::onnx
