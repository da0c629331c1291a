#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/core/invoke.h>

#include <functional>
#include <optional>
#include <span>
#include <vector>

/// Gradients of what was computed, as MXNet's autograd:
///
///     x.attach_grad();
///     NDArray y;
///     {
///       auto recording = autograd::record();
///       y = (x * x).sum();
///     }
///     y.backward();  // x.grad() is 2 x
namespace gluino::autograd {

/// Sets how operators run on this thread, and puts back what was before at the end of its life.
class [[nodiscard]] GLUINO_API Scope {
 public:
  explicit Scope(const Mode& mode) : before_(current_mode()) { current_mode() = mode; }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() { current_mode() = before_; }

 private:
  Mode before_;
};

/// Records what is computed while the scope lives, in training mode unless told otherwise.
GLUINO_API Scope record(bool train_mode = true);
/// Records nothing while the scope lives.
GLUINO_API Scope pause(bool train_mode = false);
/// Layers behave as in training (as in prediction), whether or not they are recorded.
GLUINO_API Scope train_mode();
GLUINO_API Scope predict_mode();

GLUINO_API bool is_recording();
GLUINO_API bool is_training();

/// Operators' gradients run in the mode in which the operators were recorded.
struct BackwardOptions {
  /// Of grad: records how the gradients are computed, so that they have gradients themselves.
  bool create_graph = false;
  /// Keeps what was recorded, so that backward may run again. Not given: as create_graph.
  std::optional<bool> retain_graph{};
};

/// Computes the gradients of the sum of `heads`, weighted with `head_gradients` (ones where empty
/// or undefined), and puts them where attach_grad made room, as each GradReq says. What it has gone
/// through is constant from then on, or retained. Throws Error for heads not recorded, wrong
/// shapes.
GLUINO_API void backward(const std::vector<NDArray>& heads,
                         const std::vector<NDArray>& head_gradients = {},
                         const BackwardOptions& options = {});

/// The gradients with respect to `variables` as new arrays; what attach_grad made stays untouched.
/// With create_graph they are recorded, whether or not the call is, as is what they depend on:
/// the variables, and head gradients that have attach_grad. A gradient penalty:
///
///     auto recording = autograd::record();
///     NDArray loss = f(x);
///     NDArray slope = autograd::grad({loss}, {x}, {}, {.create_graph = true})[0];
///     (loss + (slope * slope).sum()).backward();
///
/// Throws Error, naming the operator, where one on the way has a gradient but no derivative.
GLUINO_API std::vector<NDArray> grad(const std::vector<NDArray>& heads,
                                     const std::vector<NDArray>& variables,
                                     const std::vector<NDArray>& head_gradients = {},
                                     const BackwardOptions& options = {});

/// What attach_grad does, with places of the caller's: the gradient of variables[i] is written to
/// (added to) gradients[i], an array of its shape and type. Throws Error where one does not fit.
GLUINO_API void mark_variables(const std::vector<NDArray>& variables,
                               const std::vector<NDArray>& gradients,
                               const std::vector<GradReq>& reqs);

/// Told the gradient of an array.
using GradientHook = std::function<void(const NDArray& gradient)>;

/// Has each backward call `hook` on its thread with `array.grad()`, once, as soon as that is
/// complete and final, which is while gradients of arrays nearer to the beginning are not yet
/// computed: what is to be summed over processes can set out. Where something may fail half way
/// (a user's code, the gradient of a gradient), or a head gradient lies where a gradient is to be
/// written, all are told at the end, in the same order. The hook may read
/// and change the gradient, but run no backward; what it throws ends the backward. attach_grad anew
/// forgets it, as does an empty hook. Throws Error for an array without attach_grad.
GLUINO_API void set_gradient_hook(const NDArray& array, GradientHook hook);

/// True when backward has written the gradient of `array` since the last clear_fresh_grad.
GLUINO_API bool has_fresh_grad(const NDArray& array);
GLUINO_API void clear_fresh_grad(const NDArray& array);
/// Says so of a gradient that was written by hand. Throws Error unless `array` has a gradient.
GLUINO_API void mark_fresh_grad(const NDArray& array);

}  // namespace gluino::autograd
