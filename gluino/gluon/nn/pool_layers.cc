#include <gluino/base/error.h>
#include <gluino/gluon/nn/pool_layers.h>

namespace gluino::gluon::nn {

std::string image_layout(int axes, const std::string& given, const std::string& layer) {
  const std::string places = std::string("DHW").substr(static_cast<std::size_t>(3 - axes));
  const std::string first = "NC" + places;
  const std::string last = "N" + places + "C";
  check(given.empty() || given == first || given == last, layer, "layout: expected ", first, " or ",
        last, ", got ", given);
  return given.empty() ? first : given;
}

Pool::Pool(int axes, const char* type, const PoolOptions& o)
    : HybridBlock(new_prefix("pool", o.prefix)) {
  const Shape size = o.pool_size.of(axes);
  const std::string layer = str("[", name(), "] ");
  check(size.ndim() == axes, layer, "pool_size: expected ", axes, " numbers, got ", size);
  image_layout(axes, o.layout, layer);
  op_options_ = {.kernel = size,
                 .pool_type = type,
                 .pooling_convention = o.ceil_mode ? "full" : "valid",
                 .stride = o.strides.empty() ? size : o.strides.of(axes),
                 .pad = o.padding.of(axes),
                 .count_include_pad = o.count_include_pad};
  if (!o.layout.empty()) op_options_.layout = o.layout;
}

Pool::Pool(int axes, const char* type, const std::string& layout, const std::string& prefix)
    : Pool(axes, type, {.pool_size = 1, .ceil_mode = true, .layout = layout, .prefix = prefix}) {
  op_options_.global_pool = true;
}

NDArray Pool::forward(const NDArray& input) { return ops::Pooling(input, op_options_); }

std::string Pool::to_string() const {
  const auto boolean = [](bool value) { return value ? "True" : "False"; };
  const PoolingOptions& o = op_options_;
  const std::string given = o.layout == "None" ? "" : o.layout;
  return str(type_name(), "(size=", o.kernel, ", stride=", o.stride, ", padding=", o.pad,
             ", ceil_mode=", boolean(o.pooling_convention == "full"),
             ", global_pool=", boolean(o.global_pool), ", pool_type=", o.pool_type,
             ", layout=", image_layout(o.kernel.ndim(), given, ""), ")");
}

}  // namespace gluino::gluon::nn
