#pragma once

#include <gluino/onnx/translation/import_node.h>

#include <string>
#include <vector>

/// Formulas of several operators of ours, for readers of what ONNX has as one; the room's own.
namespace gluino::onnx {

class Composer {
 public:
  explicit Composer(const ImportNode& node) : n_(node) {}

  // Of two arrays of one type, broadcast.
  Symbol add(const Symbol& a, const Symbol& b) const { return n_.make("broadcast_add", {a, b}); }
  Symbol sub(const Symbol& a, const Symbol& b) const { return n_.make("broadcast_sub", {a, b}); }
  Symbol mul(const Symbol& a, const Symbol& b) const { return n_.make("broadcast_mul", {a, b}); }
  Symbol div(const Symbol& a, const Symbol& b) const { return n_.make("broadcast_div", {a, b}); }
  Symbol matmul(const Symbol& a, const Symbol& b) const { return n_.make("_npi_matmul", {a, b}); }
  /// a where the condition holds, else b.
  Symbol where(const Symbol& condition, const Symbol& a, const Symbol& b) const {
    return n_.make("_npi_where", {condition, a, b});
  }

  // Of an array and a number.
  Symbol plus(const Symbol& x, double number) const { return with("_plus_scalar", x, number); }
  Symbol times(const Symbol& x, double number) const { return with("_mul_scalar", x, number); }
  Symbol power(const Symbol& x, double number) const { return with("_power_scalar", x, number); }
  /// number - x
  Symbol from(double number, const Symbol& x) const { return with("_rminus_scalar", x, number); }
  Symbol at_least(const Symbol& x, double number) const {
    return with("_maximum_scalar", x, number);
  }
  Symbol clip(const Symbol& x, double least, double most) const;
  /// An operator of ours that takes a number, by its name.
  Symbol with(const char* op, const Symbol& x, double number) const;

  Symbol of(const char* op, const Symbol& x) const { return n_.make(op, {x}); }
  Symbol cast(const Symbol& x, DType dtype) const;
  /// 1 in the places where the condition, 0 or 1 in any type, does not hold.
  Symbol opposite(const Symbol& condition) const { return with("_equal_scalar", condition, 0); }

  // Shapes; codes are MXNet's.
  Symbol reshape(const Symbol& x, const Shape& codes) const;
  /// Under a shape whose sizes are all told, 0 among them; no axes: one number.
  Symbol reshape_to(const Symbol& x, const Shape& shape) const;
  Symbol transpose(const Symbol& x, const Shape& axes) const;
  /// An axis at another place, the others in order.
  Symbol move_axis(const Symbol& x, int ndim, int from, int to) const;
  Symbol unsqueeze(const Symbol& x, std::int64_t axis) const;
  Symbol squeeze(const Symbol& x, std::int64_t axis) const;
  Symbol slice(const Symbol& x, std::int64_t axis, std::int64_t begin,
               std::optional<std::int64_t> end) const;
  Symbol flip(const Symbol& x, std::int64_t axis) const;
  Symbol concat(const Symbols& parts, std::int64_t axis) const;
  /// Along one axis the slices at these places, which lie inside.
  Symbol take(const Symbol& x, std::int64_t axis, const Ints& places) const;

  Symbol reduce(const char* op, const Symbol& x, const Ints& axes, bool keepdims) const;

  // Constants.
  Symbol numbers(const std::vector<double>& values, const Shape& shape, DType dtype) const;
  Symbol number(double value, DType dtype) const { return numbers({value}, {}, dtype); }
  /// 0, 1, ... in a row.
  Symbol places(std::int64_t count, DType dtype) const;

 private:
  const ImportNode& n_;
};

}  // namespace gluino::onnx
