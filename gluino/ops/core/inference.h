#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/error.h>
#include <gluino/base/shape.h>

#include <span>
#include <string_view>

namespace gluino {

class Op;

/// The shapes and types of one node while they are being found: an operator's `infer` reads those
/// of the inputs, completes those of the parameters, and sets those of the outputs. Every mistake
/// it reports names the node and the input: `[Convolution conv1] data: expected ...`.
class GLUINO_API Inference {
 public:
  /// The spans hold what is known at first (unknown shapes otherwise) and what was found at last.
  /// Of outputs that are given that is what they have.
  Inference(const Op& op, std::string_view node, std::span<Shape> in, std::span<Shape> out,
            std::span<DType> in_types, std::span<DType> out_types)
      : op_(op), node_(node), in_(in), out_(out), in_types_(in_types), out_types_(out_types) {}

  int num_inputs() const { return static_cast<int>(in_.size()); }
  int num_outputs() const { return static_cast<int>(out_.size()); }
  const Shape& in(int i) const { return in_[static_cast<std::size_t>(i)]; }
  const Shape& out(int i) const { return out_[static_cast<std::size_t>(i)]; }
  DType in_type(int i) const { return in_types_[static_cast<std::size_t>(i)]; }

  /// Says what the shape of input i must be: completes an unknown one, throws Error on another.
  void set_in(int i, const Shape& shape);
  void set_out(int i, const Shape& shape) { out_[static_cast<std::size_t>(i)] = shape; }
  DType out_type(int i) const { return out_types_[static_cast<std::size_t>(i)]; }
  void set_out_type(int i, DType dtype) { out_types_[static_cast<std::size_t>(i)] = dtype; }

  /// Throws Error unless input i has `ndim` dimensions; `layout` is their picture: "(N, C, H, W)".
  void expect_ndim(int i, int ndim, const char* layout) const;
  /// Throws Error unless all inputs have the type of the first.
  void expect_same_types() const;

  /// Maps an axis counted from the end to its place. Throws Error, naming input i and the option,
  /// unless there are that many axes.
  int axis(int i, std::int64_t axis, int ndim, std::string_view option = "axis") const;

  template <class... Parts>
  void expect(bool ok, int i, const Parts&... parts) const {
    if (!ok) [[unlikely]] {
      fail(where(i), parts...);
    }
  }

  /// "[Convolution conv1] weight: "; i = -1 leaves the input out.
  std::string where(int i) const;

 private:
  /// "weight", "arg1".
  std::string input_name(int i) const;

  const Op& op_;
  std::string_view node_;
  std::span<Shape> in_;
  std::span<Shape> out_;
  std::span<DType> in_types_;
  std::span<DType> out_types_;
};

}  // namespace gluino
