#pragma once

#include <gluino/base/thread_state.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/core/op.h>

#include <concepts>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gluino {

/// Hears of every operator that runs while it is installed. Autograd is one; a tracer of graphs may
/// be another.
class GLUINO_API Recorder {
 public:
  virtual ~Recorder() = default;
  /// `in` and `out` are all inputs and outputs, hidden ones included.
  virtual void record(const Op& op, const void* options, std::span<const NDArray> in,
                      std::span<NDArray> out) = 0;
  /// True when the array is part of what was recorded, so that it must not change in place.
  virtual bool remembers(const NDArray& array) const = 0;
};

/// Names the layer in the errors of the operators that run while it lives; an empty name changes
/// nothing.
class LayerName {
 public:
  explicit LayerName(std::string_view name) : mode_(current_mode()), before_(mode_.layer) {
    if (!name.empty()) mode_.layer = name;
  }
  LayerName(const LayerName&) = delete;
  LayerName& operator=(const LayerName&) = delete;
  ~LayerName() { mode_.layer = before_; }

 private:
  Mode& mode_;
  std::string_view before_;
};

/// While it lives nothing is recorded, and operators run as in training or not: for what runs
/// inside of an operator or a graph.
class InnerMode {
 public:
  explicit InnerMode(bool training) : mode_(current_mode()), before_(mode_) {
    mode_.recorder = nullptr;
    mode_.dry_run = false;
    mode_.training = training;
  }
  InnerMode(const InnerMode&) = delete;
  InnerMode& operator=(const InnerMode&) = delete;
  ~InnerMode() { mode_ = before_; }

 private:
  Mode& mode_;
  Mode before_;
};

/// Runs an operator on arrays: checks them, infers shapes, allocates the outputs, computes, and
/// tells the recorder. `out` has one handle per output; defined ones are written to, others are
/// made: a result never shares memory with an operand unless it was given so. Throws Error, naming
/// operator and input, on any mistake.
GLUINO_API void invoke(const Op& op, const void* options, std::span<const NDArray> in,
                       std::span<NDArray> out);

/// Calls an operator with is_view so that the result shares memory with `in`, as the methods of
/// arrays do.
GLUINO_API NDArray apply_view(const Op& op, const void* options, const NDArray& in);

/// The number of outputs, hidden ones included, of a call with these options.
GLUINO_API int num_outputs(const Op& op, const void* options);
GLUINO_API int num_visible_outputs(const Op& op, const void* options);

/// The name of the node that a call makes: of the symbol, and in the errors of a call on arrays. A
/// symbol without one gets the next automatic name.
struct NodeName {
  NodeName() = default;
  NodeName(const char* name) : text(name) {}         // NOLINT(google-explicit-constructor)
  NodeName(const std::string& name) : text(name) {}  // NOLINT(google-explicit-constructor)
  std::string_view text{};
};

/// The same with the first output as the result.
GLUINO_API NDArray apply(const Op& op, const void* options, std::span<const NDArray> in,
                         NodeName name = {});
/// The same with the visible outputs as the result.
GLUINO_API std::vector<NDArray> apply_all(const Op& op, const void* options,
                                          std::span<const NDArray> in);
/// The same with the outputs written into `out`, one array per visible output, undefined where it
/// is to be made.
GLUINO_API std::vector<NDArray> apply_into(const Op& op, const void* options,
                                           std::span<const NDArray> in, std::vector<NDArray> out);

/// An operand of the operator functions: NDArray computes at once, Symbol builds a graph.
template <class A>
concept Operand = requires(const Op& op, std::span<const A> in, NodeName name) {
  { apply(op, static_cast<const void*>(nullptr), in, name) } -> std::same_as<A>;
};

/// An operand that stands for what is not known yet: a call may leave out weights and labels, which
/// become variables with names below the node's.
template <class A>
concept SymbolicOperand = Operand<A> && A::is_symbolic;

/// Used by the operators' headers: calls the operator `op` with these operands.
template <Operand A, class O>
A call(const Op& op, const O& options, std::initializer_list<A> in, NodeName name = {}) {
  return apply(op, &options, std::span<const A>(in.begin(), in.size()), name);
}

namespace nd {

/// Calls an operator by name with options as text: nd::invoke("Pooling", {x}, {{"kernel", "(2,
/// 2)"}}). The outputs are written into the arrays of `out`, where given; an undefined one is made.
/// An update of an optimizer changes its weight only where that is the output.
GLUINO_API std::vector<NDArray> invoke(const std::string& name, const std::vector<NDArray>& in,
                                       const Attributes& attributes = {},
                                       const std::vector<NDArray>& out = {});

}  // namespace nd
}  // namespace gluino
