#pragma once

#include <gluino/base/error.h>
#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

/// Loops and branches over functions of arrays, as MXNet's mx.nd.contrib; sym::contrib has the same
/// for symbols (graph/symbol/contrib.h).
namespace gluino {

/// One array (symbol) or a row of them. A function that is given one may take it as such.
template <class A>
class OneOrMore {
 public:
  OneOrMore() = default;
  OneOrMore(A one) : all_{std::move(one)}, single_(true) {}  // NOLINT(google-explicit-*)
  OneOrMore(std::vector<A> all) : all_(std::move(all)) {}    // NOLINT(google-explicit-*)
  OneOrMore(std::initializer_list<A> all) : all_(all) {}
  /// The same, as one or as a row as `form` is.
  OneOrMore(std::vector<A> all, const OneOrMore& form)
      : all_(std::move(all)), single_(form.single_ && all_.size() == 1) {}

  std::size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }
  /// Throws Error for an index out of range.
  const A& operator[](std::size_t index) const& {
    check(index < all_.size(), "there is no element ", index, ", there are ", all_.size());
    return all_[index];
  }
  /// Of what a loop gives, a copy: `const NDArray& y = nd::contrib::foreach(...).outputs[0]`.
  A operator[](std::size_t index) const&& { return (*this)[index]; }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

  /// The only one. Throws Error where there are none or several.
  operator A() const {  // NOLINT(google-explicit-constructor)
    check(all_.size() == 1, "expected one element, there are ", all_.size());
    return all_[0];
  }
  operator std::vector<A>() const { return all_; }  // NOLINT(google-explicit-constructor)
  const std::vector<A>& all() const& { return all_; }
  std::vector<A> all() const&& { return all_; }

 private:
  std::vector<A> all_;
  bool single_ = false;
};

/// What one step of a loop gives, and what a whole loop gives.
template <class A>
struct LoopStep {
  OneOrMore<A> outputs;
  OneOrMore<A> states;
};

template <class A>
using ForeachBody =
    std::function<LoopStep<A>(const OneOrMore<A>& data, const OneOrMore<A>& states)>;
template <class A>
using LoopCondition = std::function<A(const OneOrMore<A>& loop_vars)>;
template <class A>
using LoopFunction = std::function<LoopStep<A>(const OneOrMore<A>& loop_vars)>;
template <class A>
using Branch = std::function<OneOrMore<A>()>;

struct WhileLoopLimits {
  /// Has to be given.
  std::optional<std::int64_t> max_iterations{};
};

namespace nd::contrib {

using Arrays = OneOrMore<NDArray>;
using Step = LoopStep<NDArray>;

/// Runs `body` on each slice of the data along axis 0 (of 1-D data of shape (1,)), with the states
/// that the step before has given:
///
///     auto [outputs, states] = nd::contrib::foreach(
///         [&](const NDArray& x, const NDArray& h) {
///           const NDArray y = nd::tanh(nd::dot(x, w) + h);
///           return nd::contrib::Step{y, y};
///         },
///         data, h0);
///
/// Gives the outputs of all steps, stacked along a new axis 0, and the last states. What the body
/// computes is recorded by autograd as ever; in a block that is traced the loop becomes one node.
/// Throws Error when the data has no slices or several lengths, and when a step gives another
/// number of outputs or states, or states of other shapes or types.
GLUINO_API Step foreach (const ForeachBody<NDArray>& body, const Arrays& data,
                         const Arrays& init_states);

/// Runs `func` on the loop variables as long as `cond` of them, an array of one number, is not 0,
/// at most max_iterations times. Gives the outputs of all steps, stacked and filled up with zeros
/// to max_iterations, and the last variables. Without a single step there are no outputs; in a
/// block that is traced, where the loop becomes one node, they are zeros. Throws Error without
/// max_iterations, without variables, and where a step changes their number, shapes or types.
GLUINO_API Step while_loop(const LoopCondition<NDArray>& cond, const LoopFunction<NDArray>& func,
                           const Arrays& loop_vars, const WhileLoopLimits& limits);

/// What then_func gives if `pred`, an array of one number, is not 0; else what else_func gives. In
/// a block that is traced both become part of one node, and must give the same number, shapes and
/// types.
GLUINO_API Arrays cond(const NDArray& pred, const Branch<NDArray>& then_func,
                       const Branch<NDArray>& else_func);

}  // namespace nd::contrib
}  // namespace gluino
