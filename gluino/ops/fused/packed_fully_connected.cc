#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/activation_kernel-inl.h>
#include <gluino/ops/fused/packed_fully_connected.h>

namespace gluino {
namespace {

enum Input { kData, kPacked, kBias };

bool omits_bias(const PackedFullyConnectedOptions& o) { return o.fully_connected.no_bias; }

// Features in, of each row of the product.
std::int64_t depth(const PackedFullyConnectedOptions& o, const Shape& data) {
  return o.fully_connected.flatten ? data.size_between(1, data.ndim()) : data.back();
}

void infer(const PackedFullyConnectedOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  const std::int64_t hidden = o.fully_connected.num_hidden;
  s.expect(data.ndim() >= 1, kData, "expected at least 1 dimension, got ", data);
  const bool wide = s.in_type(kData) == float64;
  s.set_in(kPacked, {wide ? kernels::packed_size<double>(depth(o, data), hidden)
                          : kernels::packed_size<float>(depth(o, data), hidden)});
  if (!o.fully_connected.no_bias) s.set_in(kBias, {hidden});
  Shape out = {data[0], hidden};
  if (!o.fully_connected.flatten) {
    out = data;
    out[out.ndim() - 1] = hidden;
  }
  s.set_out(0, out);
}

void forward(const PackedFullyConnectedOptions& o, const Call& call) {
  const Shape& out = call.out[0].shape;
  dispatch_real(call.out[0].dtype, "_fused_packed_fully_connected", [&]<class T>() {
    const std::int64_t in = depth(o, call.in[kData].shape);
    kernels::gemm_packed<T>(
        {call.in[kData].as<T>(), out.size_between(0, out.ndim() - 1), in, in, 1},
        call.in[kPacked].as<T>(), out.back(), call.out[0].as<T>(), out.back(),
        {.column_bias = o.fully_connected.no_bias ? nullptr : call.in[kBias].as<T>(),
         .activation =
             o.act_type.empty() ? nullptr : activation_kernel<T>(o.act_type).forward_piece});
  });
}

const auto registered = define_op<PackedFullyConnectedOptions>("_fused_packed_fully_connected")
                            .doc("A fully connected layer whose weights were packed before.")
                            .inputs({"data"})
                            .parameters({"weight", "bias"})
                            .omits_last_when(omits_bias)
                            .infer(infer)
                            .forward(forward);

}  // namespace

NDArray pack_fully_connected(const NDArray& weight) {
  const std::int64_t out = weight.shape()[0];
  const std::int64_t in = weight.shape()[1];
  NDArray packed;
  dispatch_real(weight.dtype(), "pack_fully_connected", [&]<class T>() {
    packed = NDArray({kernels::packed_size<T>(in, out)}, weight.dtype(), weight.context());
    kernels::pack_matrix<T>({static_cast<const T*>(weight.data()), in, out, 1, in},
                            static_cast<T*>(packed.data()));
  });
  return packed;
}

}  // namespace gluino
