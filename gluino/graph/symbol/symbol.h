#pragma once

#include <gluino/graph/symbol/node.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/core/invoke.h>

#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gluino {

class Executor;
class Symbol;

/// Shapes and types by the name of an argument.
using Shapes = std::map<std::string, Shape>;
using DTypes = std::map<std::string, DType>;
/// Arrays by name.
using ArrayMap = std::map<std::string, NDArray>;

/// What becomes of the gradients of a symbol's arguments: one word for all, or one by name (those
/// not named are null).
class GLUINO_API GradReqs {
 public:
  GradReqs(GradReq all = GradReq::write) : all_(all) {}  // NOLINT(google-explicit-constructor)
  GradReqs(std::map<std::string, GradReq> by_name)       // NOLINT(google-explicit-constructor)
      : all_(GradReq::null), by_name_(std::move(by_name)) {}
  GradReq of(const std::string& name) const;
  const std::map<std::string, GradReq>& by_name() const { return by_name_; }

 private:
  GradReq all_;
  std::map<std::string, GradReq> by_name_;
};

/// A computation that has not run yet, as MXNet's Symbol: one or more outputs of a graph of
/// operators. A value of this class is a handle; the graph behind it is shared. All operator
/// functions take symbols as well as arrays (sym::FullyConnected, x + y); weights that a call
/// leaves out become variables named below the node: "fc1_weight".
///
///     Symbol data = sym::var("data");
///     Symbol fc1 = sym::FullyConnected(data, {.num_hidden = 128}, "fc1");
///     Symbol net = sym::SoftmaxOutput(sym::relu(fc1), {}, "softmax");
class GLUINO_API Symbol {
 public:
  static constexpr bool is_symbolic = true;

  /// Refers to nothing; stands for "not given" among the inputs of an operator.
  Symbol() = default;
  explicit Symbol(std::vector<NodeEntry> outputs) : outputs_(std::move(outputs)) {}

  bool defined() const { return !outputs_.empty(); }
  /// The name of the node, if the symbol has one output or several of one node; else empty.
  std::string name() const;

  /// Names of the variables that are given from outside, in the order in which the graph needs
  /// them; those that operators change (running means) are listed as auxiliary states instead.
  std::vector<std::string> list_arguments() const;
  std::vector<std::string> list_outputs() const;
  std::vector<std::string> list_auxiliary_states() const;
  /// Those arguments that count as 1 whatever they hold, for all who read them (gamma under
  /// fix_gamma): there is nothing to train, and files say 1.
  std::vector<std::string> list_arguments_fixed_at_one() const;
  /// Arguments and auxiliary states together.
  std::vector<std::string> list_inputs() const;

  std::size_t num_outputs() const { return outputs_.size(); }
  /// One of the outputs. Throws Error for an index out of range, and for a name that no output or
  /// several have.
  Symbol operator[](std::size_t index) const;
  Symbol operator[](const std::string& output) const;
  /// All outputs of all nodes, also those inside, as one symbol.
  Symbol get_internals() const;
  /// The inputs of the nodes that the outputs are of; not defined() for variables.
  Symbol get_children() const;

  /// The graph with variables replaced by other symbols: by name, or in the order of the arguments.
  /// The original stays as it is. `name` becomes the name of the node, if there is one.
  Symbol operator()(const std::map<std::string, Symbol>& inputs, NodeName name = {}) const;
  Symbol operator()(const std::vector<Symbol>& inputs, NodeName name = {}) const;
  /// In braces: of two symbols a map could be made, too, as if they were iterators.
  Symbol operator()(std::initializer_list<Symbol> inputs, NodeName name = {}) const {
    return (*this)(std::vector<Symbol>(inputs), name);
  }

  /// An attribute of the node, such as "__lr_mult__"; nullopt when there is none.
  std::optional<std::string> attr(const std::string& key) const;
  Attributes list_attr() const;
  /// The attributes of all nodes that have any, by the name of the node.
  std::map<std::string, Attributes> attr_dict() const;
  void set_attr(const Attributes& attributes) const;

  struct InferredShapes {
    std::vector<Shape> arguments, outputs, auxiliary_states;
  };
  /// Shapes of all arguments, outputs and auxiliary states, in the order of the lists, from those
  /// of some arguments. Throws Error, naming node and shapes, when they contradict each other or do
  /// not suffice, or a name is none of an argument's.
  InferredShapes infer_shape(const Shapes& known) const;
  /// The same, but what cannot be found stays Shape::unknown().
  InferredShapes infer_shape_partial(const Shapes& known) const;

  struct InferredTypes {
    std::vector<DType> arguments, outputs, auxiliary_states;
  };
  /// Types of arguments, outputs and auxiliary states. Without any known, float32.
  InferredTypes infer_type(const DTypes& known) const;

  /// The graph as JSON in the form of MXNet 1.9; save writes it to a file, old or new.
  std::string tojson() const;
  void save(const std::string& path) const;

  /// An executor with arrays made for the shapes, which must suffice for infer_shape. Gradients are
  /// made for the arguments whose request is not null; by default for all.
  Executor simple_bind(const Context& context, const Shapes& shapes, const GradReqs& grad_req = {},
                       const DTypes& types = {}) const;
  /// An executor that works on the arrays given: one for every argument and auxiliary state, by
  /// name; gradients by the argument's name, where wanted.
  Executor bind(const Context& context, const ArrayMap& args, const ArrayMap& args_grad = {},
                const GradReqs& grad_req = {}, const ArrayMap& aux_states = {}) const;
  /// The outputs for the arrays given by name.
  std::vector<NDArray> eval(const ArrayMap& args) const;

  /// The table of nodes as text, for debugging.
  std::string debug_str() const;

  const std::vector<NodeEntry>& entries() const { return outputs_; }

 private:
  std::vector<NodeEntry> outputs_;
};

GLUINO_API std::ostream& operator<<(std::ostream& out, const Symbol& symbol);

/// Makes the operator functions serve symbols: a node with these inputs and the name, or the next
/// automatic one. Inputs not given become variables. Gives all visible outputs.
GLUINO_API Symbol apply(const Op& op, const void* options, std::span<const Symbol> in,
                        NodeName name = {});

namespace sym {

struct VarOptions {
  /// Attributes by name; the ones below are written beside them.
  Attributes attr{};
  Shape shape = Shape::unknown();
  std::optional<DType> dtype{};
  std::optional<double> lr_mult{};
  std::optional<double> wd_mult{};
  /// As init::create knows it, or in the files' form: ["xavier", {"magnitude": 2}].
  std::string init{};
};

/// A variable: what is given from outside when the graph runs.
GLUINO_API Symbol var(const std::string& name, const VarOptions& options = {});
GLUINO_API Symbol Variable(const std::string& name, const VarOptions& options = {});
/// Several symbols as the outputs of one.
GLUINO_API Symbol Group(const std::vector<Symbol>& symbols);

/// A node of the operator of that name, with options as text.
GLUINO_API Symbol invoke(const std::string& op, const std::vector<Symbol>& in,
                         const Attributes& attributes = {}, NodeName name = {});
inline Symbol invoke(const std::string& op, std::initializer_list<Symbol> in,
                     const Attributes& attributes = {}, NodeName name = {}) {
  return invoke(op, std::vector<Symbol>(in), attributes, name);
}
/// The same with inputs by their names: {{"data", x}, {"weight", w}}.
GLUINO_API Symbol invoke(const std::string& op, const std::map<std::string, Symbol>& in,
                         const Attributes& attributes = {}, NodeName name = {});

/// Reads what Symbol::tojson, or any MXNet since 0.8, wrote. Throws Error, naming file and node.
GLUINO_API Symbol load(const std::string& path);
GLUINO_API Symbol load_json(const std::string& json, const std::string& source = "JSON");
/// The same under MXNet's name.
GLUINO_API Symbol fromjson(const std::string& json);

}  // namespace sym
}  // namespace gluino
