#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/updates/many_arrays.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace gluino {
namespace {

// Names of the inputs of an operator, as many as the options say.
template <class O>
auto array_names(const char* op) {
  return [op](const O& o) {
    check(o.num_arrays >= 1 && o.num_arrays < (1 << 20), "[", op,
          "] num_arrays: expected 1 or more, got ", o.num_arrays);
    std::vector<std::string> names;
    names.reserve(static_cast<std::size_t>(o.num_arrays));
    for (std::int64_t i = 0; i < o.num_arrays; ++i) names.push_back(str("array_", i));
    return names;
  };
}

template <class O>
int no_states(const O& /*o*/) {
  return 0;
}

bool all_finite(const Tensor& tensor) {
  std::atomic<bool> finite = true;
  dispatch_real(tensor.dtype, "all_finite", [&]<class T>() {
    const T* x = tensor.as<T>();
    parallel_for(tensor.size(), kernels::kCopyGrain, [&](std::int64_t i, std::int64_t end) {
      bool all = true;
      // Not isfinite, which keeps compilers from vectors.
      for (; i < end; ++i) all &= std::abs(x[i]) <= std::numeric_limits<T>::max();
      if (!all) finite = false;
    });
  });
  return finite;
}

template <class O>
OpDefinition<O> define_finite(const char* name, const char* doc) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .infer_types([](const O& /*o*/, auto /*in*/, auto out) { out[0] = float32; })
      .infer([](const O& o, Inference& s) {
        s.expect(
            o.init_output || s.out(0).known(), -1,
            "init_output: False needs an array that holds what was found so far, given as out");
        s.set_out(0, {1});
      })
      .forward([](const O& o, const Call& call) {
        float& found = *call.out[0].as<float>();
        if (o.init_output) found = 1;
        for (const Tensor& tensor : call.in) {
          if (!all_finite(tensor)) found = 0;
        }
      });
  return definition;
}

const auto all_finite_op =
    define_finite<AllFiniteOptions>("all_finite", "1 where all elements are finite, else 0.")
        .inputs({"data"})
        .field("init_output", &AllFiniteOptions::init_output,
               "False: a 0 in the array given for the result stays.")
        .sample({}, {{{3, 4}}})
        .sample({}, {{{0, 4}}});

const auto multi_all_finite_op =
    define_finite<MultiAllFiniteOptions>("multi_all_finite",
                                         "1 where all elements of all arrays are finite, else 0.")
        .variadic("data")
        .inputs_by(array_names<MultiAllFiniteOptions>("multi_all_finite"),
                   no_states<MultiAllFiniteOptions>)
        .field("num_arrays", &MultiAllFiniteOptions::num_arrays, "The number of arrays.")
        .field("init_output", &MultiAllFiniteOptions::init_output,
               "False: a 0 in the array given for the result stays.")
        .sample({.num_arrays = 2}, {{{3, 4}}, {{0, 2}}});

const auto multi_sum_sq =
    define_op<ManyArraysOptions>("multi_sum_sq")
        .doc("The sum of the squares of each array, float32.")
        .variadic("data")
        .inputs_by(array_names<ManyArraysOptions>("multi_sum_sq"), no_states<ManyArraysOptions>)
        .field("num_arrays", &ManyArraysOptions::num_arrays, "The number of arrays.")
        .required()
        .infer_types(
            [](const ManyArraysOptions& /*o*/, auto /*in*/, auto out) { out[0] = float32; })
        .infer(+[](const ManyArraysOptions& o, Inference& s) { s.set_out(0, {o.num_arrays}); })
        .forward([](const ManyArraysOptions& /*o*/, const Call& call) {
          for (std::size_t i = 0; i < call.in.size(); ++i) {
            const Tensor& x = call.in[i];
            dispatch_real(x.dtype, "multi_sum_sq", [&]<class T>() {
              T sum = 0;
              kernels::reduce::sum_of_squares<T>(x.as<T>(), x.shape, kernels::kAllAxes, &sum);
              call.out[0].as<float>()[i] = static_cast<float>(sum);
            });
          }
        })
        .sample({.num_arrays = 1}, {{{3, 4}}})
        .sample({.num_arrays = 3}, {{{7}}, {{2, 3, 5}}, {{0, 2}}});

void lars(const MultiLarsOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, "multi_lars", [&]<class T>() {
    for (std::int64_t i = 0; i < call.out[0].size(); ++i) {
      const T rate = call.in[0].as<T>()[i];
      const T weight = std::sqrt(call.in[1].as<T>()[i]);
      const T squares = call.in[2].as<T>()[i];
      const T grad = std::sqrt(squares) * static_cast<T>(o.rescale_grad);
      const T decay = call.in[3].as<T>()[i];
      call.out[0].as<T>()[i] = weight > 0 && squares > 0
                                   ? rate * static_cast<T>(o.eta) * weight /
                                         (grad + decay * weight + static_cast<T>(o.eps))
                                   : rate;
    }
  });
}

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 2};

const auto multi_lars =
    define_op<MultiLarsOptions>("multi_lars")
        .doc("The rates of LARS (You et al., 2017), from sums of squares.")
        .inputs({"lrs", "weights_sum_sq", "grads_sum_sq", "wds"})
        .in_place()
        .field("eta", &MultiLarsOptions::eta, "Factor of the rates.")
        .required()
        .field("eps", &MultiLarsOptions::eps, "Added to what the rates are divided by.")
        .required()
        .field("rescale_grad", &MultiLarsOptions::rescale_grad, "Gradients are multiplied by it.")
        .infer(+[](const MultiLarsOptions& /*o*/, Inference& s) {
          for (int i = 1; i < s.num_inputs(); ++i) s.set_in(i, s.in(0));
          s.set_out(0, s.in(0));
        })
        .forward(lars)
        .sample({.eta = 0.5, .eps = 0.01},
                {{{5}, kPositive}, {{5}, kPositive}, {{5}, kPositive}, {{5}, kPositive}})
        .sample({}, {{{0}}, {{0}}, {{0}}, {{0}}});

const auto reset_arrays =
    define_op<ManyArraysOptions>("reset_arrays")
        .doc("Fills each array with zeros.")
        .types(Types::any)
        .variadic("data")
        .inputs_by(array_names<ManyArraysOptions>("reset_arrays"), no_states<ManyArraysOptions>)
        .states_if([](const ManyArraysOptions& /*o*/, int /*input*/) { return true; })
        .outputs_by([](const ManyArraysOptions& /*o*/) { return 0; })
        .mixed_types()
        .field("num_arrays", &ManyArraysOptions::num_arrays, "The number of arrays.")
        .required()
        .infer(+[](const ManyArraysOptions& /*o*/, Inference& /*s*/) {})
        .forward([](const ManyArraysOptions& /*o*/, const Call& call) {
          for (const Tensor& array : call.in) {
            const auto bytes = static_cast<std::size_t>(array.size()) * size_of(array.dtype);
            if (bytes > 0) std::memset(array.data, 0, bytes);
          }
        });

}  // namespace

void nd::reset_arrays(const std::vector<NDArray>& arrays) {
  static const Op& op = Op::get<ManyArraysOptions>("reset_arrays");
  if (arrays.empty()) return;
  const ManyArraysOptions options{.num_arrays = std::ssize(arrays)};
  invoke(op, &options, arrays, {});
}

}  // namespace gluino
