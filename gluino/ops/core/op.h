#pragma once

#include <gluino/base/context.h>
#include <gluino/base/error.h>
#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/core/field.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/rule.h>
#include <gluino/ops/core/sample.h>
#include <gluino/ops/core/tensor.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <typeindex>
#include <utility>
#include <vector>

namespace gluino {

/// Options by name, as JSON files and other languages give them.
using Attributes = std::map<std::string, std::string>;

/// Options of operators that have none.
struct NoOptions {};

class Subgraphs;
struct StoredCall;
struct StoredGradientCall;

/// What an operator computes in: `real` in float32 and float64, and in half precision through
/// float32; `numbers` in whole numbers, too; `any` moves elements, whatever they are.
enum class Types { real, numbers, any };

/// What a derivative is made from. Of `in` and `out` the arrays that Op::reads_of names, the others
/// in form only (no elements), hidden outputs as constants; the gradients of the visible outputs,
/// undefined where they are 0. `wanted[i]`: whether anybody asks for that of input i.
struct DerivativeCall {
  std::span<const NDArray> in;
  std::span<const NDArray> out;
  std::span<const NDArray> out_grad;
  std::span<const bool> wanted;
};

/// One operator: everything the library knows about it. Defined once, by define_op in one file of
/// this room; eager calls, symbols, calls by name, documentation and tests all read it here.
class GLUINO_API Op {
 public:
  /// What an operator's gradient reads besides the gradients of its outputs.
  enum Reads : unsigned { nothing = 0, inputs = 1, outputs = 2 };

  using Forward = Rule<void(const void* options, const Call& call)>;
  using Backward = Rule<void(const void* options, const GradientCall& call)>;
  struct Kernels {
    Forward forward;
    Backward backward;
  };
  /// See stored.h.
  struct Stored {
    Rule<std::vector<NDArray>(const void* options, const StoredCall& call)> forward;
    Rule<std::vector<NDArray>(const void* options, const StoredGradientCall& call)> backward;
    Rule<bool(const void* options)> of_dense;
    Rule<bool(const void* options, std::span<const StorageType> in, int input)> gives_rows;
  };

  /// The operator of that name or alias. Throws Error, with similar names, when there is none.
  static const Op& get(std::string_view name);
  /// The same, checked to have options of the type O.
  template <class O>
  static const Op& get(std::string_view name) {
    const Op& op = get(name);
    check(op.options_type == typeid(O), "operator ", name, " has options of another type");
    return op;
  }
  /// Null when there is no operator of that name.
  static const Op* find(std::string_view name);
  /// All operators, sorted by name.
  static std::vector<const Op*> all();

  /// Options made from text. Throws Error on unknown names, missing required ones, wrong values.
  std::shared_ptr<const void> parse_options(const Attributes& attributes) const;
  /// True when parse_options knows what to do with an attribute of that name.
  bool takes_attribute(const std::string& key) const;
  /// The options that differ from their defaults, and the required ones, as text.
  Attributes format_options(const void* options) const;
  /// Throws Error when an option has a value that is none of its choices.
  void check_options(const void* options) const;

  /// The names of the inputs that a call with these options has. `count` is the number given, for
  /// operators that take any number.
  std::vector<std::string> input_names(const void* options, int count = 0) const;
  int num_inputs(const void* options) const;
  /// What MXNet's monitors and hooks call an input of a call that is given `count`: "weight", or
  /// "input0" where MXNet has no name for it.
  std::string told_input(const void* options, int input, int count) const;
  /// True for inputs that forward may change: running means, an optimizer's state.
  bool is_state(const void* options, int input) const;
  bool has_states() const;
  /// Whether an output may be given that is the array of that input itself.
  bool may_write_over(const void* options, int output, int input) const {
    if (over_input && over_input(options, output) == input) return true;
    return in_place && output == 0 && input == 0;
  }
  /// True for a parameter that counts as 1 whatever it holds: nothing trains it, and files say 1.
  bool is_fixed_at_one(const void* options, int input) const {
    return fixed_at_one && fixed_at_one(options) == input;
  }
  /// What the gradient reads of a call with these options; see Reads.
  unsigned reads_of(const void* options) const {
    return reads_by ? reads_by(options) : backward_reads;
  }
  /// Whether a gradient goes to an input: not to states, and not to those that are only looked up
  /// (indices, labels).
  bool passes_gradient_to(const void* options, int input) const;
  bool looks_up(const void* options, int input) const;
  /// Whether the gradient reads the elements of an input (output) of forward.
  bool gradient_reads_input(const void* options, int input) const;
  bool gradient_reads_output(const void* options, int output) const;
  bool gradient_reads_any_input(const void* options) const;
  bool gradient_reads_any_output(const void* options) const;
  /// How many outputs MXNet's files count for a node: for some operators hidden ones too.
  int num_outputs_in_files(const void* options) const;
  bool has_gradient() const { return kernels_for(Device::cpu).backward != nullptr; }
  const Kernels& kernels_for(Device device) const {
    const Kernels& own = kernels[static_cast<std::size_t>(device == Device::gpu)];
    if (device == Device::gpu && !own.forward && emulates_gpus()) return kernels[0];
    return own;
  }

  std::string name;
  /// Other names under which calls by name, and so files, may refer to it.
  std::vector<std::string> aliases;
  /// What automatic names of nodes begin with: "fullyconnected".
  std::string hint;
  std::string doc;
  std::vector<Field> fields;
  /// The names of the options in the order in which calls by position give them, which is MXNet's:
  /// fields, and what is tolerated in their places.
  std::vector<std::string> positions;
  /// Attributes that MXNet's files carry and that are no options here: those that mean nothing
  /// here, such as cudnn_tune, and those of which only some values mean the same.
  std::map<std::string, std::vector<std::string>> tolerated;
  /// Takes attributes of any name, beside its fields, and keeps them.
  Rule<void(void* options, const std::string& key, const std::string& value)> take_other;
  Rule<Attributes(const void* options)> give_other;
  std::vector<std::string> all_inputs;
  /// How many of all_inputs, from the first on, are data that must be known before the shapes of
  /// the others (weights, running means) can be inferred.
  int num_data = 0;
  /// Inputs from this one on are states.
  int first_state = 0;
  bool variadic = false;
  /// MXNet has no name for its only input where it tells of it: see told_input.
  bool nameless = false;
  /// True when a call with these options lacks the last of the inputs that are no states (a bias).
  Rule<bool(const void* options)> omits_last;
  /// Names of the inputs, and how many of them from the end on are states, where the options say.
  Rule<std::vector<std::string>(const void* options)> inputs_by;
  Rule<int(const void* options)> states_by;
  /// The parameter that counts as 1, whatever it holds; -1: none.
  Rule<int(const void* options)> fixed_at_one;
  /// Attributes of the variables that a symbol makes for inputs not given: by input, key and value.
  std::vector<std::tuple<int, std::string, std::string>> input_attributes;
  /// Other names of inputs, by which calls of Python's may give them.
  std::vector<std::pair<int, std::string>> input_aliases;

  std::vector<std::string> output_names;
  /// Where the options say the names.
  Rule<std::vector<std::string>(const void* options)> output_names_by;
  /// Outputs that a caller gets; those after them are kept for the gradient only.
  int num_visible = 1;
  Rule<int(const void* options)> visible_outputs;
  Rule<int(const void* options)> total_outputs;
  /// How many outputs MXNet's files count, where it is not the number of visible ones.
  Rule<int(const void* options)> outputs_in_files;

  /// Output 0 has the elements of input 0 under another shape: compiled graphs let them share
  /// memory, and so do the methods of arrays that say so (apply_view). Calls give a new array.
  bool is_view = false;
  /// Output 0 may be written over input 0, and the gradient of input 0 over that of output 0.
  bool in_place = false;
  /// The input that an output may be written over, where that holds for several, as for updates of
  /// several weights.
  Rule<int(const void* options, int output)> over_input;
  /// Output types follow input 0, and all inputs have one type, unless this is true.
  bool mixed_types = false;
  /// Sets the outputs' types, which at first are that of input 0, and those of inputs not known.
  Rule<void(const void* options, std::span<std::optional<DType>> in,
            std::span<std::optional<DType>> out)>
      infer_types;
  /// Where the outputs are made, if not where the inputs are.
  Rule<Context(const void* options)> context_of;
  /// True when row i of the outputs (along the first axis) follows from row i of the data inputs
  /// alone, for data of this shape, outside of training. Without it, never: a batch of such data
  /// must not be filled up with other rows.
  Rule<bool(const void* options, const Shape& data)> row_wise;
  /// Each element of output 0 follows from those at its place in the inputs, all of one shape, and
  /// finite ones give finite ones, gradients too. So arrays may lie in any order, with elements in
  /// between that mean nothing. Empty: never, as with those below.
  Rule<bool(const void* options)> elementwise;
  /// Which act_type of Activation a call computes; "": none. Layers can take it of what they have
  /// just written. None of those falls anywhere.
  Rule<std::string(const void* options)> activation;
  /// Whether output 0 is the first input outside of training, whatever the others hold.
  Rule<bool(const void* options)> passes_on;
  /// Whether output 0 is the input as (N, all the rest), whatever its shape.
  Rule<bool(const void* options)> flattens;
  /// The shape that a call without inputs is given. In a graph, sizes of 0 in it are those that the
  /// readers of the output need.
  Rule<Shape(const void* options)> given_shape;
  /// Inputs of the shape of output 0, where one of another shape may stand beside them.
  std::vector<int> shaped_as_output;
  /// What number output 0 is the input times.
  Rule<double(const void* options)> factor;
  /// Draws random numbers: two runs differ.
  bool random = false;
  /// Where only some of its calls draw: whether one with these options does. Empty: all do.
  Rule<bool(const void* options, bool training)> draws_by;
  /// What it computes in, where `types_by` does not say it for some options.
  Types types = Types::real;
  Rule<Types(const void* options)> types_by;
  /// The gradients of the inputs, undefined where they are 0, by operators that may be recorded
  /// themselves, so that the gradient has a gradient. Empty: it has none.
  Rule<std::vector<NDArray>(const void* options, const DerivativeCall& call)> derivative;
  /// What has a derivative and computes the same, where this has none, for the sentence that says
  /// so: "log_softmax and pick".
  std::string instead;
  /// The graphs that a call is made of (foreach, while_loop, cond); null: it has none.
  Rule<const Subgraphs*(const void* options)> subgraphs;
  /// Inputs that are only looked up (indices, labels): a gradient to them would be 0.
  std::vector<bool> looked_up;
  /// Where the options say which those are; empty: as `looked_up` does.
  Rule<bool(const void* options, int input)> looks_up_by;
  /// The numbers of those that are read as exact whole numbers: places, classes, lengths.
  std::vector<int> places;
  unsigned backward_reads = nothing;
  Rule<unsigned(const void* options)> reads_by;
  /// Its gradient is that of a loss: it does not depend on the gradient of the output.
  bool is_loss = false;

  Rule<void(const void* options, Inference& inference)> infer;
  /// Throws Error when a label is no class. It reads that input alone, so that a graph whose labels
  /// come from outside calls it before anything else; forward calls it in any case.
  Rule<void(const void* options, const Call& call)> check_labels;
  int label_input = -1;
  std::array<Kernels, 2> kernels;  // by device: cpu, gpu
  /// What it does with sparse arrays as they are.
  Stored stored;

  std::type_index options_type = typeid(void);
  /// The options of a call by name that names none.
  Rule<std::shared_ptr<void>()> default_options;
  Rule<std::shared_ptr<const void>(const void* options)> copy_options;
  /// Of an operator whose forward keeps something for its gradient: the same options with a place
  /// for it. Every eager call, and every run of a graph, has its own.
  Rule<std::shared_ptr<const void>(const void* options, const Context& context)> with_state;
  /// Where the outputs' sizes follow from the elements of the inputs: the same options with those
  /// sizes. Only calls on arrays have them.
  Rule<std::shared_ptr<const void>(const void* options, std::span<const NDArray> in)> with_sizes;
  /// Where a call stands for a graph, what its inputs and outputs are there.
  Rule<bool(const void* options, int input)> is_state_by;
  Rule<bool(const void* options, int input)> reads_input_by;
  Rule<bool(const void* options, int output)> reads_output_by;
  /// Whether a call runs code of a user's, which may throw half way.
  Rule<bool(const void* options)> runs_user_code;
  std::vector<Sample> samples;
};

/// Finds the shapes and types of the outputs and of the parameters among the inputs, with the
/// checks that are common to all operators. `node` is the name that errors give. Who asks for
/// shapes alone may not know the types: then they do not matter.
GLUINO_API void infer_node(const Op& op, const void* options, std::string_view node,
                           std::span<Shape> in, std::span<Shape> out, std::span<DType> in_types,
                           std::span<DType> out_types, bool types_matter = true);

/// Throws the error that is being handled once more, behind the operator's name and the node's
/// where it names no operator. What comes from graphs or a user's code stays as it is.
[[noreturn]] GLUINO_API void throw_named(const Op& op, std::string_view node);

/// Runs a rule of the operator, whose errors name it.
template <class F>
decltype(auto) with_name(const Op& op, std::string_view node, const F& run) {
  try {
    return run();
  } catch (const Error&) {
    throw_named(op, node);
  }
}

}  // namespace gluino
