#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/add_n.h>

#include <cstring>

namespace gluino {
namespace {

void copy(const Tensor& from, const Tensor& to) {
  const auto bytes = static_cast<std::size_t>(from.size()) * size_of(from.dtype);
  if (bytes > 0 && from.data != to.data) std::memcpy(to.data, from.data, bytes);
}

void infer(const NoOptions& /*options*/, Inference& s) {
  for (int i = 1; i < s.num_inputs(); ++i) s.set_in(i, s.in(0));
  s.set_out(0, s.in(0));
}

void forward(const NoOptions& /*options*/, const Call& call) {
  const Tensor& out = call.out[0];
  dispatch_numbers(out.dtype, [&]<class T>() {
    const auto add = kernels::binary::add<T>().broadcast;
    if (call.in.size() == 1) copy(call.in[0], out);
    for (std::size_t i = 1; i < call.in.size(); ++i) {
      const T* sum = i == 1 ? call.in[0].as<T>() : out.as<T>();
      add(sum, out.shape, call.in[i].as<T>(), out.shape, out.as<T>(), out.shape);
    }
  });
}

void backward(const NoOptions& /*options*/, const GradientCall& call) {
  for (const Tensor& dx : call.in_grad) {
    if (dx) copy(call.out_grad[0], dx);
  }
}

const auto registered = define_op("add_n")
                            .aliases({"ElementWiseSum"})
                            .doc("The sum of arrays of one shape.")
                            .types(Types::numbers)
                            .variadic("arg")
                            .row_wise()
                            .elementwise()
                            .in_place()
                            .infer(infer)
                            .forward(forward)
                            .backward(backward, Op::nothing)
                            .derivative(derivative::of_linear<NoOptions>("add_n"))
                            .sample({}, {{{3, 4}}})
                            .sample({}, {{{3, 4}}, {{3, 4}}, {{3, 4}}})
                            .sample({}, {{{0, 4}}, {{0, 4}}});

}  // namespace
}  // namespace gluino
