#pragma once

#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/definition.h>

#include <bit>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gluino {

/// Defines an operator, in one statement at the end of its file:
///
///     const auto registered = define_op<LeakyOptions>("leaky")
///         .doc("y = x where x > 0, else slope * x.")
///         .inputs({"data"})
///         .field("slope", &LeakyOptions::slope, "What negative values are multiplied by.")
///         .infer(infer).forward(forward).backward(backward, Op::inputs)
///         .sample({.slope = 0.1}, {{{3, 5}}});
///
/// O is the struct of its options, default-made to their defaults.
template <class O>
class OpDefinition : private OpDefinitionBase {
 public:
  explicit OpDefinition(std::string_view name)
      : OpDefinitionBase(
            name, typeid(O), []() -> std::shared_ptr<void> { return make_pooled<O>(); },
            [](const void* options) -> std::shared_ptr<const void> {
              return make_pooled<O>(*static_cast<const O*>(options));
            }) {}

  /// Other names that files and calls by name may use.
  OpDefinition& aliases(NameList&& names) {
    set_aliases(std::move(names));
    return *this;
  }

  /// What automatic names of nodes begin with, if not the name in lower case.
  OpDefinition& hint(std::string_view text) {
    op_.hint = text;
    return *this;
  }

  OpDefinition& doc(std::string_view text) {
    op_.doc = text;
    return *this;
  }

  /// The data inputs, by name.
  OpDefinition& inputs(NameList&& names) {
    set_inputs(std::move(names));
    return *this;
  }

  /// MXNet has no name for its only input where monitors and hooks tell of it: see Op::told_input.
  OpDefinition& nameless() {
    op_.nameless = true;
    return *this;
  }

  /// Inputs whose shapes follow from the data's: weights, biases.
  OpDefinition& parameters(NameList&& names) {
    add_parameters(std::move(names));
    return *this;
  }

  /// Inputs that forward changes in place: running means, an optimizer's state.
  OpDefinition& states(NameList&& names) {
    add_states(std::move(names));
    return *this;
  }

  /// Inputs that are only looked up, such as indices and labels: no gradient goes to them.
  OpDefinition& looks_up(std::initializer_list<int> numbers) {
    set_looked_up(numbers);
    return *this;
  }

  /// The same where the options say: looked_up(const O&, int input).
  template <class F>
  OpDefinition& looks_up_if(F looked_up) {
    op_.looks_up_by = asked(looked_up);
    return *this;
  }

  /// Those of them that are read as exact whole numbers, places, classes or lengths: no narrower
  /// type may be given in their place.
  OpDefinition& reads_places(std::initializer_list<int> numbers) {
    set_looked_up(numbers);
    op_.places = numbers;
    return *this;
  }

  /// The option that is the shape of the output: see Op::given_shape.
  OpDefinition& shape_from(Shape O::*option) {
    op_.given_shape = asked(option);
    return *this;
  }
  /// See Op::shaped_as_output.
  OpDefinition& shaped_as_output(std::initializer_list<int> inputs) {
    op_.shaped_as_output = inputs;
    return *this;
  }

  /// Takes any number of inputs, named `stem`0, `stem`1, ..., or as `inputs_by` says.
  OpDefinition& variadic(std::string_view stem) {
    set_variadic(stem);
    return *this;
  }

  /// The last input that is no state is absent where an option (`no_bias`) or absent(const O&) is.
  template <class F>
  OpDefinition& omits_last_when(F absent) {
    op_.omits_last = asked(absent);
    return *this;
  }

  /// Names of the inputs, the last `states` of them states, where the options say. Both take O.
  template <class Names, class Count>
  OpDefinition& inputs_by(Names names, Count num_states) {
    op_.inputs_by = asked(names);
    op_.states_by = [num_states](const void* options) {
      return static_cast<int>(num_states(*static_cast<const O*>(options)));
    };
    return *this;
  }

  /// The parameter that counts as 1 with these options, or -1: parameter(const O&).
  template <class F>
  OpDefinition& fixes_at_one(F parameter) {
    op_.fixed_at_one = asked(parameter);
    return *this;
  }

  /// The input that holds labels, and check(const O&, const Call&): see Op::check_labels.
  template <class F>
  OpDefinition& labels(int input, F check) {
    op_.label_input = input;
    op_.check_labels = asked(check);
    return *this;
  }

  /// A flag that is no field: whether labels are checked where LabelCheck is on. Calls by name, and
  /// so files, mean what MXNet means, and have it off.
  OpDefinition& checks_labels(bool O::*flag) {
    op_.default_options = [flag] {
      auto options = make_pooled<O>();
      (*options).*flag = false;
      return options;
    };
    return *this;
  }

  /// An attribute of the variable that a symbol makes when input `input` is not given.
  OpDefinition& input_attribute(int input, std::string_view key, std::string_view value) {
    add_input_attribute(input, key, value);
    return *this;
  }

  /// Another name of input `input` for those who call by names: MXNet 2's "x" for data.
  OpDefinition& input_alias(int input, std::string_view name) {
    add_input_alias(input, name);
    return *this;
  }

  /// Names of the outputs; those beyond the first `visible` are kept for the gradient only.
  OpDefinition& outputs(NameList&& names, int visible) {
    set_outputs(std::move(names), visible);
    return *this;
  }

  /// Which inputs forward changes in place, where the options say: is_state(const O&, int input).
  template <class F>
  OpDefinition& states_if(F is_state) {
    op_.is_state_by = asked(is_state);
    return *this;
  }

  /// The input that each output may be written over: input(const O&, int output).
  template <class F>
  OpDefinition& over_inputs(F input) {
    op_.over_input = asked(input);
    return *this;
  }

  /// sizes(const O&, span<const NDArray> in) gives the options with sizes that elements decide.
  template <class F>
  OpDefinition& with_sizes(F sizes) {
    op_.with_sizes = [sizes](const void* options, std::span<const NDArray> in) {
      return make_pooled<O>(sizes(*static_cast<const O*>(options), in));
    };
    return *this;
  }

  /// Names and number of the outputs follow from the options.
  template <class F>
  OpDefinition& output_names_by(F names) {
    op_.output_names_by = asked(names);
    return outputs_by([names](const O& o) { return names(o).size(); });
  }

  /// state(const O&, const Context&): the options, with room for what the gradient needs.
  template <class F>
  OpDefinition& with_state(F state) {
    op_.with_state = [state](const void* options, const Context& context) {
      return make_pooled<O>(state(*static_cast<const O*>(options), context));
    };
    return *this;
  }

  /// Its kernels run code of a user's.
  OpDefinition& runs_user_code() {
    op_.runs_user_code = [](const void* /*options*/) { return true; };
    return *this;
  }

  /// The number of outputs follows from the options.
  template <class F>
  OpDefinition& outputs_by(F count) {
    op_.total_outputs = [count](const void* options) {
      return static_cast<int>(count(*static_cast<const O*>(options)));
    };
    op_.visible_outputs = op_.total_outputs;
    return *this;
  }

  /// How many of the outputs a caller gets follows from the options.
  template <class F>
  OpDefinition& visible_by(F count) {
    op_.visible_outputs = [count](const void* options) {
      return static_cast<int>(count(*static_cast<const O*>(options)));
    };
    return *this;
  }

  /// How many outputs MXNet's files count for a node, where it counts hidden ones.
  OpDefinition& outputs_in_files(int count) {
    return outputs_in_files_by([count](const O& /*options*/) { return count; });
  }
  template <class F>
  OpDefinition& outputs_in_files_by(F count) {
    op_.outputs_in_files = [count](const void* options) {
      return static_cast<int>(count(*static_cast<const O*>(options)));
    };
    return *this;
  }

  /// An option: a member of O, or of a struct that O derives from.
  template <class T, class B>
  OpDefinition& field(std::string_view name, T B::*member_of_base, std::string_view text,
                      NameList&& choices = {}) {
    T O::*const member = member_of_base;
    // What a pointer to a member is: the Itanium C++ ABI, 2.3.1.
    add_field(name, text, option_type<T>, std::bit_cast<std::ptrdiff_t>(member),
              std::move(choices));
    return *this;
  }

  /// The field defined last must be given in a call by name.
  OpDefinition& required() {
    op_.fields.back().required = true;
    return *this;
  }

  /// Attributes in files that mean nothing here, whatever their values.
  OpDefinition& tolerates(NameList&& names) {
    add_each_tolerated(std::move(names));
    return *this;
  }
  /// An attribute in files that is accepted with these values alone.
  OpDefinition& tolerates(const std::string& name, NameList&& values) {
    add_tolerated(name, std::move(values));
    return *this;
  }

  /// Attributes of any name, beside the fields, go into this map.
  OpDefinition& other_attributes(Attributes O::*member) {
    op_.take_other = [member](void* options, const std::string& key, const std::string& value) {
      (static_cast<O*>(options)->*member)[key] = value;
    };
    op_.give_other = asked(member);
    return *this;
  }

  /// The option that says where the outputs are made, if not where the inputs are.
  OpDefinition& context_from(Context O::*member) {
    op_.context_of = asked(member);
    return *this;
  }

  OpDefinition& view() {
    op_.is_view = true;
    return in_place();
  }
  OpDefinition& in_place() {
    op_.in_place = true;
    return *this;
  }
  OpDefinition& mixed_types() {
    op_.mixed_types = true;
    return *this;
  }
  /// The option that says the output's type. All inputs may have types of their own.
  OpDefinition& output_type(DType O::*member) {
    return infer_types([member](const O& o, auto /*in*/, auto out) { out[0] = o.*member; });
  }
  /// rule(const O&, span<optional<DType>> in, span<optional<DType>> out); see Op::infer_types.
  template <class F>
  OpDefinition& infer_types(F rule) {
    op_.infer_types = asked(rule);
    return mixed_types();
  }
  /// Each row of the outputs follows from that row of the data alone; see Op::row_wise.
  OpDefinition& row_wise() {
    return row_wise_if([](const O& /*options*/, const Shape& /*data*/) { return true; });
  }
  /// The same where rule(const O&, const Shape& data) says so.
  template <class F>
  OpDefinition& row_wise_if(F rule) {
    op_.row_wise = asked(rule);
    return *this;
  }
  /// Each element follows from those at its place alone; see Op::elementwise.
  OpDefinition& elementwise() {
    return elementwise_if([](const O& /*options*/) { return true; });
  }
  template <class F>
  OpDefinition& elementwise_if(F rule) {
    op_.elementwise = asked(rule);
    return *this;
  }
  /// The act_type of what it computes, or what says it: name(const O&), or the option.
  OpDefinition& activation(std::string act_type) {
    return activation_by(
        [act_type = std::move(act_type)](const O& /*options*/) { return act_type; });
  }
  template <class F>
  OpDefinition& activation_by(F name) {
    op_.activation = asked(name);
    return *this;
  }
  /// Outside of training the output is the input; see Op::passes_on.
  OpDefinition& passes_on() {
    return passes_on_if([](const O& /*options*/) { return true; });
  }
  template <class F>
  OpDefinition& passes_on_if(F rule) {
    op_.passes_on = asked(rule);
    return *this;
  }
  /// Makes rows of whatever it gets; see Op::flattens.
  template <class F>
  OpDefinition& flattens_if(F rule) {
    op_.flattens = asked(rule);
    return *this;
  }
  /// The number that it multiplies by: by(const O&), or the option; see Op::factor.
  template <class F>
  OpDefinition& factor(F by) {
    op_.factor = asked(by);
    return *this;
  }
  /// See Types; without one, it computes in real numbers.
  OpDefinition& types(Types which) {
    op_.types = which;
    return *this;
  }
  template <class F>
  OpDefinition& types_by(F which) {
    op_.types_by = asked(which);
    return *this;
  }
  /// The gradients of the inputs by operators: f(const O&, const DerivativeCall&); see
  /// Op::derivative.
  template <class F>
  OpDefinition& derivative(F f) {
    op_.derivative = asked(f);
    return *this;
  }
  /// What to use where a derivative is asked for, which this has not; see Op::instead.
  OpDefinition& instead(std::string_view others) {
    op_.instead = others;
    return *this;
  }
  /// The option that holds the graphs that a call is made of.
  OpDefinition& subgraphs(std::shared_ptr<const Subgraphs> O::*member) {
    op_.subgraphs = [member](const void* options) {
      return (static_cast<const O*>(options)->*member).get();
    };
    return *this;
  }
  /// Which inputs are states, and whether a call runs a user's code, where its graphs say it:
  /// is_state(const O&, int input), runs(const O&).
  template <class IsState, class Runs>
  OpDefinition& told_by_subgraphs(IsState is_state, Runs runs) {
    op_.is_state_by = asked(is_state);
    op_.runs_user_code = asked(runs);
    return *this;
  }
  OpDefinition& loss() {
    op_.is_loss = true;
    return *this;
  }
  OpDefinition& random() {
    op_.random = true;
    return *this;
  }
  /// Calls draw random numbers where draws(const O&, bool training) says so.
  template <class F>
  OpDefinition& random_if(F draws) {
    op_.draws_by = asked(draws);
    return random();
  }

  template <class F = void (*)(const O&, Inference&)>
  OpDefinition& infer(F rule) {
    op_.infer = asked(rule);
    return *this;
  }

  /// kernel(const O&, const Call&) of the processor, which knows nothing of half precision.
  template <class F>
  OpDefinition& forward(F kernel) {
    set_forward(asked(kernel));
    return *this;
  }

  /// kernel(const O&, const GradientCall&); the same. `reads` says which of inputs and outputs the
  /// gradient needs: Op::inputs | Op::outputs.
  template <class F>
  OpDefinition& backward(F kernel, unsigned reads) {
    set_backward(asked(kernel), reads);
    return *this;
  }

  /// reads(const O&) gives less than `backward` says, for some options.
  template <class F>
  OpDefinition& reads_by(F reads) {
    op_.reads_by = asked(reads);
    return *this;
  }

  OpDefinition& sample(const O& options, const std::vector<SampleInput>& inputs) {
    add_sample(&options, inputs);
    return *this;
  }

 private:
  // f(const O&, ...), or a member of O, as the definition keeps it.
  template <class F>
  static auto asked(F f) {
    return [f](const void* options, auto&&... rest) {
      return std::invoke(f, *static_cast<const O*>(options), std::forward<decltype(rest)>(rest)...);
    };
  }
};

template <class O = NoOptions>
OpDefinition<O> define_op(std::string_view name) {
  return OpDefinition<O>(name);
}

}  // namespace gluino
