#pragma once

#include <gluino/ops/core/op.h>

#include <typeindex>
#include <utility>
#include <vector>

/// What an operator does with arrays of which only some rows or elements are stored
/// (ndarray/sparse_array.h). `invoke` asks it where not all arrays are dense; without it, or where
/// it has nothing for these kinds of storage, they become dense.
namespace gluino {

/// One run on arrays as they are stored.
struct StoredCall {
  std::span<const NDArray> in;
  /// Shapes and types of the outputs.
  std::span<const Tensor> form;
  /// Arrays of the caller's for the outputs; undefined where there is none. Who changes them in
  /// place gives them as the result; what else is given is copied there.
  std::span<const NDArray> out;
};

/// One run of its gradient.
struct StoredGradientCall {
  /// Of the visible outputs; undefined where it is 0.
  std::span<const NDArray> out_grad;
  /// Those that the gradient reads, else undefined.
  std::span<const NDArray> in;
  std::span<const NDArray> out;
  /// Shapes and types of the inputs.
  std::span<const Tensor> form;
  std::span<const bool> wanted;
};

namespace detail {
GLUINO_API bool add_stored(std::string_view op, std::type_index options_type, Op::Stored stored);
}  // namespace detail

/// Adds to an operator that is defined elsewhere what it does with sparse arrays, while the library
/// is loaded: forward(const O&, const StoredCall&) gives the outputs, backward(const O&, const
/// StoredGradientCall&) the gradients, undefined where not wanted; each an empty list where it has
/// nothing for these kinds. `of_dense`(const O&): whether arrays that are all dense concern it.
/// `gives_rows`(const O&, storage of the inputs, number of a dense one): whether its gradient is
/// row_sparse, for those who make room for gradients before there are any.
template <class O, class Forward, class Backward = std::nullptr_t, class OfDense = std::nullptr_t,
          class GivesRows = std::nullptr_t>
bool add_stored(std::string_view op, Forward forward, Backward backward = nullptr,
                OfDense of_dense = nullptr, GivesRows gives_rows = nullptr) {
  const auto asked = [](auto f) {
    return [f](const void* options, const auto&... rest) {
      return f(*static_cast<const O*>(options), rest...);
    };
  };
  Op::Stored stored;
  if constexpr (!std::is_same_v<Forward, std::nullptr_t>) stored.forward = asked(forward);
  if constexpr (!std::is_same_v<Backward, std::nullptr_t>) stored.backward = asked(backward);
  if constexpr (!std::is_same_v<OfDense, std::nullptr_t>) stored.of_dense = asked(of_dense);
  if constexpr (!std::is_same_v<GivesRows, std::nullptr_t>) stored.gives_rows = asked(gives_rows);
  return detail::add_stored(op, typeid(O), std::move(stored));
}

}  // namespace gluino
