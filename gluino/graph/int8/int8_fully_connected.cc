#include <gluino/graph/int8/int8_layers-inl.h>

namespace gluino {
namespace {

using int8_layer::kData;

kernels::Int8Product product(const Int8FullyConnectedOptions& o, const Shape& data) {
  return {data[0], data.size_between(1, data.ndim()), o.num_hidden};
}

void infer(const Int8FullyConnectedOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(data.ndim() >= 1, kData, "expected at least 1 dimension, got ", data);
  int8_layer::check_output(o, s);
  const auto sizes = product(o, data);
  int8_layer::check_sizes(sizes.depth, sizes.columns, s);
  int8_layer::infer_parameters({sizes.columns, 1, sizes.depth}, s);
  s.set_out(0, {sizes.rows, sizes.columns});
}

void forward(const Int8FullyConnectedOptions& o, const Call& call) {
  kernels::int8_fully_connected(product(o, call.in[kData].shape), call.in[kData].as<std::uint8_t>(),
                                int8_layer::layer_of(call, o), call.out[0].data);
}

const auto registered = [] {
  auto definition = define_op<Int8FullyConnectedOptions>("_fused_int8_fully_connected")
                        .doc("A fully connected layer of bytes and an activation, as one.")
                        .inputs({"data"})
                        .row_wise()
                        .types(Types::any)
                        .parameters(int8_layer::kParameters)
                        .field("num_hidden", &Int8FullyConnectedOptions::num_hidden,
                               "Size of a row of the result.")
                        .required()
                        .infer_types([](const Int8FullyConnectedOptions& o, auto in, auto out) {
                          int8_layer::infer_types(o.out_scale, in, out);
                        })
                        .infer(infer)
                        .forward(forward);
  int8_layer::add_fields(definition);
  return definition;
}();

}  // namespace
}  // namespace gluino
