#pragma once

#include <gluino/ops/core/op.h>

#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>

namespace gluino {

namespace detail {
GLUINO_API bool add_kernels(std::string_view op, std::type_index options_type, Device device,
                            Op::Kernels kernels);
}  // namespace detail

/// Adds a device's kernels to an operator that is defined elsewhere, while the library is loaded:
///
///     const auto added = add_kernels<ConvolutionOptions>("Convolution", Device::gpu, forward,
///                                                        backward);
///
/// The device's room does this for its own; without that room nothing of it is left.
template <class O = NoOptions, class Forward, class Backward = std::nullptr_t>
bool add_kernels(std::string_view op, Device device, Forward forward, Backward backward = nullptr) {
  Op::Kernels kernels;
  kernels.forward = [forward](const void* options, const Call& call) {
    forward(*static_cast<const O*>(options), call);
  };
  if constexpr (!std::is_same_v<Backward, std::nullptr_t>) {
    kernels.backward = [backward](const void* options, const GradientCall& call) {
      backward(*static_cast<const O*>(options), call);
    };
  }
  return detail::add_kernels(op, typeid(O), device, std::move(kernels));
}

}  // namespace gluino
