#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/nn/norms.h>
#include <gluino/ops/movement/movement.h>

namespace gluino::gluon::nn {
namespace {

template <class Options>
std::string options_text(const Options& o) {
  const auto boolean = [](bool value) { return value ? "True" : "False"; };
  std::string place;
  if constexpr (requires { o.axis; }) {
    place = str("axis=", o.axis);
  } else {
    place = str("num_groups=", o.num_groups);
  }
  return str("eps=", python_repr(o.epsilon), ", ", place, ", center=", boolean(o.center),
             ", scale=", boolean(o.scale));
}

std::string along_axis(const char* type, const std::string& options, const Shape& shape) {
  return str(type, "(", options, ", in_channels=", shape[0] < 0 ? 0 : shape[0], ")");
}

}  // namespace

InstanceNorm::InstanceNorm(const InstanceNormLayerOptions& options)
    : AffineNorm("instancenorm", options, options.in_channels), options_(options) {}

NDArray InstanceNorm::forward(const NDArray& input) {
  static const Op& op = Op::get<InstanceNormOptions>("InstanceNorm");
  const InstanceNormOptions op_options{.eps = options_.epsilon};
  if (options_.axis == 1) return normalized(op, &op_options, input);
  const SwapAxisOptions channels_first{.dim1 = 1, .dim2 = options_.axis};
  return ops::swapaxes(normalized(op, &op_options, ops::swapaxes(input, channels_first)),
                       channels_first);
}

std::string InstanceNorm::to_string() const {
  return along_axis("InstanceNorm", options_text(options_), gamma().shape());
}

LayerNorm::LayerNorm(const LayerNormLayerOptions& options)
    : AffineNorm("layernorm", options, options.in_channels), options_(options) {}

NDArray LayerNorm::forward(const NDArray& input) {
  static const Op& op = Op::get<LayerNormOptions>("LayerNorm");
  const LayerNormOptions op_options{.axis = options_.axis, .eps = options_.epsilon};
  return normalized(op, &op_options, input);
}

std::string LayerNorm::to_string() const {
  return along_axis("LayerNorm", options_text(options_), gamma().shape());
}

GroupNorm::GroupNorm(const GroupNormLayerOptions& options)
    : AffineNorm("groupnorm", options,
                 options.in_channels > 0 ? options.in_channels : options.num_groups),
      options_(options) {
  check(options.num_groups > 0, "[GroupNorm ", name(), "] num_groups: expected at least 1, got ",
        options.num_groups);
}

NDArray GroupNorm::forward(const NDArray& input) {
  static const Op& op = Op::get<GroupNormOptions>("GroupNorm");
  const GroupNormOptions op_options{.num_groups = options_.num_groups, .eps = options_.epsilon};
  return normalized(op, &op_options, input);
}

std::string GroupNorm::to_string() const {
  const std::string options = options_text(options_);
  if (options_.in_channels > 0) return along_axis("GroupNorm", options, gamma().shape());
  return "GroupNorm(" + options + ")";
}

}  // namespace gluino::gluon::nn
