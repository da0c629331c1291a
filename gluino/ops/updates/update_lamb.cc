#include <gluino/kernels/cpu/elementwise/update_adaptive.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/updates/update_forms-inl.h>
#include <gluino/ops/updates/update_lamb.h>

#include <cmath>

namespace gluino {

LambUpdateOptions MultiLambUpdateOptions::each(std::size_t i,
                                               std::span<const Tensor> /*shared*/) const {
  LambUpdateOptions options{*this, *this};
  options.step.lr = learning_rates[i];
  options.direction.wd = wds[i];
  options.direction.t = step_count[static_cast<int>(i)];
  return options;
}

namespace {

using update_definition::arrays_of;
using update_definition::define_form;
using update_definition::expect_per_weight;
using update_definition::UpdateInputs;
using update_definition::updating;
using update_definition::updating_master;

kernels::LambStep step_of(const LambDirectionOptions& o) {
  kernels::LambStep step{.common = {.weight_decay = o.wd,
                                    .rescale_gradient = o.rescale_grad,
                                    .clip_gradient = o.clip_gradient},
                         .beta1 = o.beta1,
                         .beta2 = o.beta2,
                         .epsilon = o.epsilon};
  if (o.bias_correction) {
    step.mean_scale = 1 / (1 - std::pow(o.beta1, static_cast<double>(o.t)));
    step.var_scale = 1 / (1 - std::pow(o.beta2, static_cast<double>(o.t)));
  }
  return step;
}

// The factor of the direction, from the sizes of weight and direction.
double rate_of(const LambStepOptions& o, double of_weight, double of_direction) {
  if (o.lower_bound >= 0) of_weight = std::max(of_weight, o.lower_bound);
  if (o.upper_bound >= 0) of_weight = std::min(of_weight, o.upper_bound);
  return of_weight == 0 || of_direction == 0 ? o.lr : o.lr * of_weight / of_direction;
}

void expect_counted(const LambDirectionOptions& o, const char* name, std::int64_t t,
                    const Inference& s) {
  s.expect(t >= 1 || !o.bias_correction, -1, name, ": expected numbers of steps from 1 on, got ",
           t);
}

double number_in(const Tensor& tensor) {
  return dispatch_real(tensor.dtype, "lamb_update",
                       [&]<class T>() { return static_cast<double>(*tensor.as<T>()); });
}

template <class T>
double size_of_row(const T* x, std::int64_t n) {
  T size = 0;
  kernels::reduce::norm<T>(x, {n}, kernels::kAllAxes, 2, &size);
  return static_cast<double>(size);
}

// (weight, grad, mean, var): the whole step.
void lamb(const LambUpdateOptions& o, const Call& call) {
  const Tensor& weight = call.in[0];
  const std::int64_t n = weight.size();
  dispatch_real(weight.dtype, "lamb_update", [&]<class T>() {
    T* const w = weight.as<T>();
    const Temporary<T> memory(n);
    T* const direction = memory.data();
    kernels::lamb_direction<T>(w, call.in[1].as<T>(), call.in[2].as<T>(), call.in[3].as<T>(),
                               direction, n, step_of(o.direction));
    kernels::descend<T>(w, direction, n,
                        rate_of(o.step, size_of_row(w, n), size_of_row(direction, n)));
  });
}

// The same of LANS.
void lans(const LambUpdateOptions& o, const Call& call) {
  const Tensor& weight = call.in[0];
  const std::int64_t n = weight.size();
  dispatch_real(weight.dtype, "lans_update", [&]<class T>() {
    T* const w = weight.as<T>();
    const T* const g = call.in[1].as<T>();
    const Temporary<T> direction(n), along_gradient(n);
    kernels::LambStep step = step_of(o.direction);
    const double size = size_of_row(g, n) * std::abs(o.direction.rescale_grad);
    if (size != 0) step.common.rescale_gradient /= size;
    kernels::lans_directions<T>(w, g, call.in[2].as<T>(), call.in[3].as<T>(), direction.data(),
                                along_gradient.data(), n, step);
    const double of_weight = size_of_row(w, n);
    const auto rate_along = [&](const T* x) {
      return rate_of(o.step, of_weight, size_of_row(x, n));
    };
    const double first = step.beta1 * rate_along(direction.data());
    const double second = (1 - step.beta1) * rate_along(along_gradient.data());
    kernels::descend<T>(w, direction.data(), n, first);
    kernels::descend<T>(w, along_gradient.data(), n, second);
  });
}

template <class O>
void add_means(OpDefinition<O>& definition) {
  definition.field("beta1", &O::beta1, "Decay of the mean.")
      .field("beta2", &O::beta2, "Decay of the variance.")
      .field("epsilon", &O::epsilon, "Added to the root of the variance.");
}

template <class O>
void add_bounds(OpDefinition<O>& definition) {
  definition.field("lower_bound", &O::lower_bound, "Of the weight's size; below 0: none.")
      .field("upper_bound", &O::upper_bound, "Of the weight's size; below 0: none.");
}

bool define_direction(const char* name, const char* doc, bool mixed) {
  using O = LambDirectionOptions;
  const UpdateInputs inputs = {.states = {"mean", "var"}, .mixed = mixed, .shared = {}};
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .inputs(inputs.names(1, false))
      .states_if([](const O& /*o*/, int input) { return input == 2 || input == 3; })
      .infer_types([mixed](const O& /*o*/, auto in, auto out) { out[0] = in[mixed ? 4 : 0]; })
      .infer([inputs](const O& o, Inference& s) {
        expect_counted(o, "t", o.t, s);
        update_definition::infer_forms(inputs, 1, s);
      })
      .forward([mixed](const O& o, const Call& call) {
        const Tensor& weight = call.in[mixed ? 4 : 0];
        dispatch_real(weight.dtype, "lamb_update_phase1", [&]<class T>() {
          kernels::lamb_direction<T>(weight.as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                                     call.in[3].as<T>(), call.out[0].as<T>(), weight.size(),
                                     step_of(o));
        });
      });
  add_means(definition);
  definition.field("t", &O::t, "The number of the step, from 1 on.").required();
  definition.field("bias_correction", &O::bias_correction,
                   "Correct mean and variance in the first steps.");
  definition.field("wd", &O::wd, "Weight decay.").required();
  definition.field("rescale_grad", &O::rescale_grad, "Gradients are multiplied by it.")
      .field("clip_gradient", &O::clip_gradient, "Bound of each element; below 0: none.")
      .sample({.t = 2, .wd = 0.1}, arrays_of(inputs, 1))
      .sample({.bias_correction = false, .rescale_grad = 0.5, .clip_gradient = 0.3},
              arrays_of(inputs, 1))
      .sample({}, std::vector<SampleInput>(inputs.each(), {{0, 3}}));
  return true;
}

// (weight, direction, r1, r2)
void take_step(const LambStepOptions& o, const Call& call) {
  const double rate = rate_of(o, number_in(call.in[2]), number_in(call.in[3]));
  dispatch_real(call.in[0].dtype, "lamb_update_phase2", [&]<class T>() {
    kernels::descend<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[0].size(), rate);
  });
}

bool define_step(const char* name, const char* doc, bool mixed) {
  using O = LambStepOptions;
  auto definition = define_op<O>(name);
  std::vector<std::string> names = {"weight", "g", "r1", "r2"};
  if (mixed) names.emplace_back("weight32");
  constexpr int kMaster = 4;
  definition.doc(doc)
      .in_place()
      .inputs(std::move(names))
      .states_if([](const O& /*o*/, int input) { return input == kMaster; })
      .infer_types([](const O& /*o*/, auto in, auto out) { out[0] = in[0]; })
      .infer([](const O& /*o*/, Inference& s) {
        s.set_in(1, s.in(0));
        s.set_in(2, {1});
        s.set_in(3, {1});
        if (s.num_inputs() > kMaster) s.set_in(kMaster, s.in(0));
        update_definition::expect_computed_alike(s);
        s.set_out(0, s.in(0));
      });
  if (mixed) {
    definition.forward(updating_master(kMaster, take_step));
  } else {
    definition.forward(updating(take_step));
  }
  definition.field("lr", &O::lr, "Learning rate.").required();
  add_bounds(definition);
  const Fill fill{Fill::Kind::uniform, 0.5, 2};
  for (const Shape& shape : {Shape{3, 4}, Shape{0, 2}}) {
    std::vector<SampleInput> arrays = {{shape, fill}, {shape, fill}, {{1}, fill}, {{1}, fill}};
    if (mixed) arrays.push_back({shape, fill});
    definition.sample({.lr = 0.1}, arrays).sample({.lr = 0.1, .upper_bound = 0.25}, arrays);
  }
  return true;
}

using Kernel = void (*)(const LambUpdateOptions&, const Call&);

bool define_multi(const char* name, const char* doc, Kernel kernel, bool mixed) {
  using O = MultiLambUpdateOptions;
  const UpdateInputs inputs = {.states = {"mean", "var"}, .mixed = mixed, .shared = {}};
  auto definition = define_form<O>(name, doc, inputs, kernel, [](const O& o, Inference& s) {
    expect_per_weight(s, "learning_rates", o.learning_rates, o.num_tensors);
    expect_per_weight(s, "wds", o.wds, o.num_tensors);
    s.expect(o.step_count.ndim() == o.num_tensors, -1, "step_count: expected ", o.num_tensors,
             " numbers, one per weight, got ", format_value(o.step_count));
    for (const std::int64_t t : o.step_count) expect_counted(o, "step_count", t, s);
  });
  definition.field("learning_rates", &O::learning_rates, "Learning rates, one per weight.")
      .required();
  add_means(definition);
  definition.field("wds", &O::wds, "Weight decays, one per weight.").required();
  definition.field("rescale_grad", &O::rescale_grad, "Gradients are multiplied by it.");
  add_bounds(definition);
  definition.field("clip_gradient", &O::clip_gradient, "Bound of each element; below 0: none.");
  if (kernel == lamb) {
    definition.field("bias_correction", &O::bias_correction,
                     "Correct mean and variance in the first steps.");
  }
  definition
      .field("step_count", &O::step_count, "The numbers of the steps, from 1 on, one per weight.")
      .required();
  definition.field("num_tensors", &O::num_tensors, "The number of weights.");
  O one;
  one.learning_rates = {0.1};
  one.wds = {0.01};
  one.step_count = {2};
  O three;
  three.learning_rates = {0.1, 0.2, 0.3};
  three.wds = {0.01, 0, 0.1};
  three.step_count = {1, 2, 3};
  three.num_tensors = 3;
  three.upper_bound = 1;
  definition.sample(one, arrays_of(inputs, 1)).sample(three, arrays_of(inputs, 3));
  return true;
}

[[maybe_unused]] const bool defined =
    define_direction("lamb_update_phase1", "The direction of a step of LAMB.", false) &&
    define_direction("mp_lamb_update_phase1",
                     "The direction of a step of LAMB from weight32, in its precision.", true) &&
    define_step("lamb_update_phase2", "A step of LAMB in the direction g.", false) &&
    define_step("mp_lamb_update_phase2",
                "A step of LAMB of weight32, which the weight gets in its own precision.", true) &&
    define_multi("_multi_lamb_update", "Steps of LAMB of several weights.", lamb, false) &&
    define_multi(
        "_multi_mp_lamb_update",
        "Steps of LAMB of several weights32, which the weights get in their own precision.", lamb,
        true) &&
    define_multi("_multi_lans_update", "Steps of LANS of several weights.", lans, false) &&
    define_multi(
        "_multi_mp_lans_update",
        "Steps of LANS of several weights32, which the weights get in their own precision.", lans,
        true);

}  // namespace

NDArray nd::lamb_update_phase1(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                               const NDArray& var, const LambDirectionOptions& options) {
  static const Op& op = Op::get<LambDirectionOptions>("lamb_update_phase1");
  return call(op, options, {weight, grad, mean, var});
}

void nd::lamb_update_phase2(const NDArray& weight, const NDArray& g, const NDArray& r1,
                            const NDArray& r2, const LambStepOptions& options) {
  update_definition::run("lamb_update_phase2", options, {weight, g, r1, r2});
}

void nd::lans_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                     const NDArray& var, const LambUpdateOptions& options) {
  MultiLambUpdateOptions one;
  static_cast<LambDirectionOptions&>(one) = options.direction;
  static_cast<LambStepOptions&>(one) = options.step;
  one.learning_rates = {options.step.lr};
  one.wds = {options.direction.wd};
  one.step_count = {options.direction.t};
  update_definition::run("_multi_lans_update", one, {weight, grad, mean, var});
}

}  // namespace gluino
