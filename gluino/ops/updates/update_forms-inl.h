#pragma once

#include <gluino/ops/core/half_precision.h>
#include <gluino/ops/updates/update_definition-inl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

/// The forms in which MXNet has an update beside the plain one: with a weight of full precision
/// next to one in half precision ("mp"), of several weights in one call ("multi"), with their rates
/// in arrays ("preloaded"). All of them are made of the plain one's kernel, (const O&, const
/// Call&), which changes input 0 and the states in place.
namespace gluino::update_definition {

/// The inputs of an update: those of each weight, one weight after the other, then those that all
/// share.
struct UpdateInputs {
  std::vector<std::string> states;
  /// Behind the states stands weight32, which is changed, and which the weight gets rounded.
  bool mixed = false;
  std::vector<std::string> shared;

  std::size_t master() const { return 2 + states.size(); }
  std::size_t each() const { return master() + (mixed ? 1 : 0); }
  std::size_t total(std::size_t weights) const { return weights * each() + shared.size(); }
  std::size_t weights(std::size_t inputs) const { return (inputs - shared.size()) / each(); }
  bool is_state(std::size_t input, std::size_t weights) const {
    return input < weights * each() && input % each() >= 2;
  }
  /// "weight_0", "grad_0", "mom_0", ..., "lrs"; without numbers where there is but one weight.
  std::vector<std::string> names(std::size_t weights, bool numbered) const;
};

inline std::vector<std::string> UpdateInputs::names(std::size_t weights, bool numbered) const {
  std::vector<std::string> of_each = {"weight", "grad"};
  of_each.insert(of_each.end(), states.begin(), states.end());
  if (mixed) of_each.emplace_back("weight32");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < weights; ++i) {
    for (const std::string& name : of_each) {
      names.push_back(numbered ? name + "_" + std::to_string(i) : name);
    }
  }
  names.insert(names.end(), shared.begin(), shared.end());
  return names;
}

/// Options of several weights: count() says of how many, and each(i, shared) gives the options of
/// the i-th, of which `shared` are the tensors that all share.
template <class O>
concept SeveralWeights = requires(const O& o) {
  o.count();
};

template <class O>
std::size_t count_of(const std::string& name, const O& o) {
  if constexpr (SeveralWeights<O>) {
    // The bound of what a call may have keeps names and outputs from filling the memory.
    check(o.count() >= 1 && o.count() < (1 << 20), "[", name,
          "] expected 1 or more as the number of weights, got ", o.count());
    return static_cast<std::size_t>(o.count());
  } else {
    return 1;
  }
}

template <class O>
decltype(auto) options_of(const O& o, std::size_t weight, std::span<const Tensor> shared) {
  if constexpr (SeveralWeights<O>) {
    return o.each(weight, shared);
  } else {
    return (o);
  }
}

/// A row of the options must have a number per weight.
template <class Row>
void expect_per_weight(const Inference& s, const char* option, const Row& row,
                       std::int64_t weights) {
  s.expect(std::ssize(row) == weights, -1, option, ": expected ", weights,
           " numbers, one per weight, got ", format_value(row));
}

/// All arrays have types that are computed in one: half precision goes with float32. The last
/// `rates`, such as lrs, may be float32 whatever the weights are: that is what MXNet has.
inline void expect_computed_alike(const Inference& s, int rates = 0) {
  const auto computed = [&](int i) {
    return half_precision::is_half(s.in_type(i)) ? float32 : s.in_type(i);
  };
  for (int i = 1; i < s.num_inputs(); ++i) {
    const bool fits =
        computed(i) == computed(0) || (i >= s.num_inputs() - rates && s.in_type(i) == float32);
    s.expect(fits, i, "expected ", computed(0), " or what is computed in it, got ", s.in_type(i),
             "; convert with astype");
  }
}

/// The arrays of a weight have its shape.
inline void infer_forms(const UpdateInputs& inputs, std::size_t weights, Inference& s) {
  for (std::size_t w = 0; w < weights; ++w) {
    const int first = static_cast<int>(w * inputs.each());
    for (int i = first + 1; i < first + static_cast<int>(inputs.each()); ++i) {
      s.set_in(i, s.in(first));
    }
    s.set_out(static_cast<int>(w), s.in(first));
  }
  expect_computed_alike(s, static_cast<int>(inputs.shared.size()));
}

/// The same of a weight of full precision: kernel(o, {weight32, grad, states..., shared...}), and
/// the weight is what it gives, rounded.
template <class Kernel>
auto updating_master(std::size_t master, Kernel kernel) {
  return [master, kernel](const auto& options, const Call& call) {
    std::array<Tensor, kMostInputs> in;
    check(call.in.size() <= in.size(), "an update has too many inputs");
    std::copy(call.in.begin(), call.in.end(), in.begin());
    in[0] = in[master];
    std::copy(call.in.begin() + static_cast<std::ptrdiff_t>(master) + 1, call.in.end(),
              in.begin() + static_cast<std::ptrdiff_t>(master));
    kernel(options, {std::span(in).first(call.in.size() - 1), call.out, call.training});
    const Tensor& weight = in[0];
    if (weight.size() == 0) return;
    std::memcpy(call.out[0].data, weight.data,
                static_cast<std::size_t>(weight.size()) * size_of(weight.dtype));
  };
}

/// Runs a step, (const auto& options, const Call&), for each weight of a call.
template <class O, class Step>
void for_weights(const UpdateInputs& inputs, const O& o, const Call& call, Step step) {
  const auto shared = call.in.last(inputs.shared.size());
  std::array<Tensor, kMostInputs> in;
  const std::size_t n = inputs.total(1);
  check(n <= in.size(), "an update has too many inputs");
  for (std::size_t i = 0; i < call.out.size(); ++i) {
    const auto own = call.in.subspan(i * inputs.each(), inputs.each());
    std::copy(shared.begin(), shared.end(), std::copy(own.begin(), own.end(), in.begin()));
    step(options_of(o, i, shared),
         Call{std::span(in).first(n), call.out.subspan(i, 1), call.training, call.context});
  }
}

/// Defines an update of that form; its fields and samples follow. `check_options`, (const O&, const
/// Inference&), looks at what infer_forms does not.
template <class O, class Kernel, class Check>
OpDefinition<O> define_form(const std::string& name, const char* doc, const UpdateInputs& inputs,
                            Kernel kernel, Check check_options) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .in_place()
      .infer_types([inputs](const O& /*o*/, auto in, auto out) {
        for (std::size_t i = 0; i < out.size() && i * inputs.each() < in.size(); ++i) {
          out[i] = in[i * inputs.each()];
        }
      })
      .infer([name, inputs, check_options](const O& o, Inference& s) {
        check_options(o, s);
        infer_forms(inputs, count_of(name, o), s);
      })
      .forward([inputs, kernel](const O& o, const Call& call) {
        if (inputs.mixed) {
          for_weights(inputs, o, call, updating_master(inputs.master(), kernel));
        } else {
          for_weights(inputs, o, call, updating(kernel));
        }
      });
  if constexpr (SeveralWeights<O>) {
    definition.variadic("data")
        .inputs_by([name, inputs](const O& o) { return inputs.names(count_of(name, o), true); },
                   [](const O& /*o*/) { return 0; })
        .outputs_by([name](const O& o) { return count_of(name, o); })
        .over_inputs([inputs](const O& /*o*/, int output) {
          return output * static_cast<int>(inputs.each());
        });
  } else {
    definition.inputs(inputs.names(1, false));
  }
  definition.states_if([name, inputs](const O& o, int input) {
    return inputs.is_state(static_cast<std::size_t>(input), count_of(name, o));
  });
  return definition;
}

/// What the tests call an update of this form with: weights of several shapes, one empty.
inline std::vector<SampleInput> arrays_of(const UpdateInputs& inputs, std::size_t weights) {
  const std::array<Shape, 3> shapes = {Shape{3, 4}, Shape{5}, Shape{0, 2}};
  const Fill fill{Fill::Kind::uniform, 0.5, 2};
  std::vector<SampleInput> arrays;
  for (std::size_t w = 0; w < weights; ++w) {
    for (std::size_t i = 0; i < inputs.each(); ++i) arrays.push_back({shapes.at(w), fill});
  }
  return arrays;
}

}  // namespace gluino::update_definition
