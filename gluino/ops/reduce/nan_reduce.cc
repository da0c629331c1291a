// Reductions of what is a number: those of reduce.cc of arrays in which something that changes
// nothing stands in the place of NaN.
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/reduce/nan_reduce.h>

#include <vector>

namespace gluino {
namespace {

// y = x, with `instead` in the place of NaN.
template <class T>
void clean(const T* x, std::int64_t n, T instead, T* y) {
  parallel_for(n, kernels::kCopyGrain, [=](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) y[i] = x[i] == x[i] ? x[i] : instead;
  });
}

// Calls run(x) with such a copy of x.
template <class F>
void with_clean(const Tensor& x, double instead, F run) {
  dispatch_numbers(x.dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      run(x);
    } else {
      const Temporary<T> copy(x.size());
      clean(x.as<T>(), x.size(), static_cast<T>(instead), copy.data());
      run(Tensor{copy.data(), x.shape, x.dtype});
    }
  });
}

// All reductions give the same shapes.
void infer(const ReduceOptions& o, Inference& s) { Op::get<ReduceOptions>("sum").infer(&o, s); }

// `plain` is the reduction of numbers, for which `neutral` changes nothing.
bool define_nan(const char* name, const char* plain, double neutral, const char* doc) {
  const Fill distinct{Fill::Kind::distinct, -2, 2};
  const auto op = [plain]() -> const Op& { return Op::get<ReduceOptions>(plain); };
  define_op<ReduceOptions>(name)
      .doc(doc)
      .inputs({"data"})
      .nameless()
      .types(Types::numbers)
      .row_wise_if(
          [op](const ReduceOptions& o, const Shape& data) { return op().row_wise(&o, data); })
      .field("axis", &ReduceOptions::axis, "The axes to reduce; none means all.")
      .field("keepdims", &ReduceOptions::keepdims, "Keep reduced axes with size 1.")
      .field("exclude", &ReduceOptions::exclude, "Reduce the axes that are not named.")
      .infer(infer)
      .forward([=](const ReduceOptions& o, const Call& call) {
        with_clean(call.in[0], neutral, [&](const Tensor& x) {
          op().kernels[0].forward(
              &o,
              {.in = {&x, 1}, .out = call.out, .training = call.training, .context = call.context});
        });
      })
      .backward(
          [=](const ReduceOptions& o, const GradientCall& call) {
            with_clean(call.in[0], neutral, [&](const Tensor& x) {
              GradientCall plain_call = call;
              plain_call.in = {&x, 1};
              op().kernels[0].backward(&o, plain_call);
            });
            const Tensor& dx = call.in_grad[0];
            dispatch_real(dx.dtype, "nan reduction", [&]<class T>() {
              const T* x = call.in[0].as<T>();
              for (std::int64_t i = 0; i < dx.size(); ++i) {
                if (x[i] != x[i]) dx.as<T>()[i] = 0;
              }
            });
          },
          Op::inputs)
      .derivative([=](const ReduceOptions& o, const DerivativeCall& call) {
        const NDArray& x = call.in[0];
        const NDArray is_number = x == x;
        const NDArray in[] = {derivative::where(is_number, x) + (1 - is_number) * neutral};
        const auto dx = op().derivative(&o, {in, call.out, call.out_grad, call.wanted});
        return std::vector<NDArray>{derivative::where(is_number, dx[0])};
      })
      .sample({}, {{{3, 4}, distinct}})
      .sample({.axis = {1}}, {{{3, 4, 2}, distinct}})
      .sample({.axis = {0, -1}, .keepdims = true}, {{{3, 4, 2}, distinct}})
      .sample({.axis = {0}, .exclude = true}, {{{3, 4, 2}, distinct}})
      .sample({.axis = {1}}, {{{0, 4}, distinct}});
  return true;
}

[[maybe_unused]] const bool nansum =
    define_nan("nansum", "sum", 0, "The sum over axes of what is a number.");
[[maybe_unused]] const bool nanprod =
    define_nan("nanprod", "prod", 1, "The product over axes of what is a number.");

// argmax along axis 1, which has no other.
ArgReduceOptions along_channels() { return {.axis = 1}; }

const auto argmax_channel =
    define_op("argmax_channel")
        .doc("The index along axis 1 of the first largest element.")
        .inputs({"data"})
        .nameless()
        .types(Types::numbers)
        .row_wise()
        .infer(+[](const NoOptions& /*options*/, Inference& s) {
          s.expect(s.in(0).ndim() >= 2, 0, "expected at least 2 dimensions, got ", s.in(0));
          const ArgReduceOptions options = along_channels();
          Op::get<ArgReduceOptions>("argmax").infer(&options, s);
        })
        .forward([](const NoOptions& /*options*/, const Call& call) {
          const ArgReduceOptions options = along_channels();
          Op::get<ArgReduceOptions>("argmax").kernels[0].forward(&options, call);
        })
        .sample({}, {{{3, 4}}})
        .sample({}, {{{2, 4, 3}}})
        .sample({}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
