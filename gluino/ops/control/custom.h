#pragma once

#include <gluino/base/fork.h>
#include <gluino/ops/core/invoke.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Operators written by users, with MXNet's CustomOp and CustomOpProp. (MXNet's module is called
/// `operator`, a word that C++ keeps for itself.)
///
///     class Square : public op::CustomOp { ... forward, backward ... };
///     class SquareProp : public op::CustomOpProp {
///       std::unique_ptr<op::CustomOp> create_operator(...) const override {
///         return std::make_unique<Square>();
///       }
///     };
///     op::register_prop<SquareProp>("square");
///     NDArray y = nd::Custom({x}, {.op_type = "square"});
namespace gluino::op {

/// What the operator computes. One object serves a forward and its backward, so members may keep
/// something in between, the arrays too: they are the operator's own. What is written into
/// out_data, in_grad and aux counts when the call returns; a call that throws changes nothing.
///
/// No lock is held while the code of this class or of the prop runs, and nothing of it is recorded:
/// it may call other custom operators, hybridized blocks, executors, and autograd.
class GLUINO_API CustomOp {
 public:
  virtual ~CustomOp() = default;

  /// Writes out_data, whose elements are 0 at first, as `req` says (see assign). May change `aux`.
  virtual void forward(bool is_train, const std::vector<GradReq>& req,
                       const std::vector<NDArray>& in_data, const std::vector<NDArray>& out_data,
                       const std::vector<NDArray>& aux) = 0;
  /// Writes in_grad, whose elements are 0 at first. A gradient that nobody wants has req null and
  /// is not defined().
  virtual void backward(const std::vector<GradReq>& req, const std::vector<NDArray>& out_grad,
                        const std::vector<NDArray>& in_data, const std::vector<NDArray>& out_data,
                        const std::vector<NDArray>& in_grad, const std::vector<NDArray>& aux);

 protected:
  /// dst = src, dst += src, or nothing.
  static void assign(const NDArray& dst, GradReq req, const NDArray& src);
};

/// What is known of the operator before it runs: its names and shapes.
class GLUINO_API CustomOpProp {
 public:
  /// Without need_top_grad it is a loss: backward gets no out_grad.
  explicit CustomOpProp(bool need_top_grad = true) : need_top_grad_(need_top_grad) {}
  virtual ~CustomOpProp() = default;

  virtual std::vector<std::string> list_arguments() const { return {"data"}; }
  virtual std::vector<std::string> list_outputs() const { return {"output"}; }
  virtual std::vector<std::string> list_auxiliary_states() const { return {}; }

  struct Shapes {
    std::vector<Shape> in, out, aux;
  };
  /// Completes the shapes of the arguments (the first is known, others may be Shape::unknown()),
  /// and gives those of outputs and auxiliary states. Without it, all are the first argument's.
  virtual Shapes infer_shape(const std::vector<Shape>& in) const;

  struct Types {
    std::vector<DType> in, out, aux;
  };
  /// The same of the types, when that of the first argument is known. Without it, all are that.
  virtual Types infer_type(const std::vector<DType>& in) const;

  virtual std::unique_ptr<CustomOp> create_operator(const Context& context,
                                                    const std::vector<Shape>& in_shapes,
                                                    const std::vector<DType>& in_types) const = 0;

  bool need_top_grad() const { return need_top_grad_; }

 private:
  bool need_top_grad_;
};

/// Makes the prop of an operator from the attributes of a call.
using PropFactory = std::function<std::shared_ptr<const CustomOpProp>(const Attributes&)>;

/// Makes calls with {.op_type = name} find the operator. Throws Error when the name is taken.
GLUINO_API void register_prop(const std::string& name, PropFactory factory);
/// The same for a class whose constructor takes nothing, or the attributes.
template <class Prop>
void register_prop(const std::string& name) {
  register_prop(name, [](const Attributes& attributes) -> std::shared_ptr<const CustomOpProp> {
    if constexpr (std::is_constructible_v<Prop, const Attributes&>) {
      return std::make_shared<const Prop>(attributes);
    } else {
      check(attributes.empty(), "this operator takes no attributes, got \"",
            attributes.empty() ? "" : attributes.begin()->first, "\"");
      return std::make_shared<const Prop>();
    }
  });
}

/// The prop of a call, shared by its copies. Threads that need it at once may each make one; the
/// first is kept.
class GLUINO_API PropCell {
 public:
  PropCell() = default;
  PropCell(const PropCell& other) : prop_(other.get()) {}
  PropCell& operator=(const PropCell& other);
  ~PropCell() = default;

  /// Null until there is one.
  std::shared_ptr<const CustomOpProp> get() const;
  void keep(std::shared_ptr<const CustomOpProp> made) const;

 private:
  mutable ForkMutex mutex_;
  mutable std::shared_ptr<const CustomOpProp> prop_;
};

}  // namespace gluino::op

namespace gluino {

struct CustomOptions {
  std::string op_type{};
  /// What the prop's constructor gets.
  Attributes attributes{};

  /// Made when first needed, and the object that serves one forward and its backward.
  struct State;
  op::PropCell prop{};
  std::shared_ptr<State> state{};
};

namespace ops {

/// The user's operator of that name, on its arguments and then its auxiliary states. Gives its
/// first output. Throws Error for an unknown op_type.
template <Operand A>
A Custom(const std::vector<A>& in, const CustomOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<CustomOptions>("Custom");
  return apply(op, &options, std::span<const A>(in), name);
}
template <Operand A>
A Custom(std::initializer_list<A> in, const CustomOptions& options, NodeName name = {}) {
  return Custom(std::vector<A>(in), options, name);
}

}  // namespace ops
}  // namespace gluino
