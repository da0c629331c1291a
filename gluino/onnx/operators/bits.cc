#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/indexing/indexing.h>

#include <cmath>

// The bits of whole numbers.
namespace gluino::onnx {
namespace {

// What is pushed out is lost; to the right the sign moves in.
Symbol read_shift(const ImportNode& n) {
  const Composer c(n);
  const DType dtype = n.dtype();
  const std::string direction = n.text("direction", "");
  n.expect(direction == "LEFT" || direction == "RIGHT", "direction: expected LEFT or RIGHT, got ",
           direction);
  n.expect(!is_floating(dtype) && dtype != boolean, "expected whole numbers, got ", dtype);
  const Symbol x = n.in(0), by = n.in(1);
  // The powers of two that the type has: of whole numbers powers would be real.
  const auto count = static_cast<std::int64_t>(8 * size_of(dtype)) - (dtype != uint8);
  std::vector<std::int64_t> powers;
  powers.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) powers.push_back(std::int64_t{1} << i);
  const NDArray row = nd::from(powers, {count}, cpu()).astype(dtype);
  const Symbol power = n.make("take", TakeOptions{},
                              {n.parameter(row), c.clip(by, 0, static_cast<double>(count - 1))});
  const Symbol is_inside = c.mul(c.with("_greater_equal_scalar", by, 0),
                                 c.with("_lesser_scalar", by, static_cast<double>(count)));
  const Symbol none = n.make("zeros_like", {power});
  if (direction == "RIGHT") {
    // Rounded down: less what is left over, the rest has no fraction.
    const Symbol halved = c.div(c.sub(x, n.make("broadcast_mod", {x, power})), power);
    return c.where(is_inside, halved, c.sub(none, c.with("_lesser_scalar", x, 0)));
  }
  Symbol all = c.mul(x, power);
  if (dtype != uint8) {
    // The lowest bit may become that of the sign.
    const Symbol is_odd = c.with("_mod_scalar", x, 2);
    const double least = -std::ldexp(1.0, static_cast<int>(count));
    const Symbol is_last = c.with("_equal_scalar", by, static_cast<double>(count));
    return c.where(is_inside, all, c.times(c.mul(is_odd, is_last), least));
  }
  return c.where(is_inside, all, none);
}

const bool registered = translate([](Translations& t) {
  t.reads("BitShift", read_shift);
  constexpr const char* kOfTwo[][2] = {{"BitwiseAnd", "_npi_bitwise_and"},
                                       {"BitwiseOr", "_npi_bitwise_or"},
                                       {"BitwiseXor", "_npi_bitwise_xor"},
                                       {"BitwiseNot", "_npi_bitwise_not"}};
  for (const auto& [theirs, ours] : kOfTwo) t.same(ours, theirs);
});

}  // namespace
}  // namespace gluino::onnx
