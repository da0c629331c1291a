#pragma once

#include <gluino/gluon/naming.h>
#include <gluino/gluon/nested.h>
#include <gluino/gluon/parameter.h>
#include <gluino/ndarray/shared.h>
#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon {

class Block;

/// A layer that a block is made of, held as a member: callable, and kept alive by both.
template <class T>
class Child {
 public:
  explicit Child(std::shared_ptr<T> block) : block_(std::move(block)) {}
  template <class... Arrays>
  auto operator()(const Arrays&... arrays) const {
    return (*block_)(arrays...);
  }
  /// With lists in braces: cell(x, {h, c}).
  template <class B = T>
  auto operator()(const Nested& first, const Nested& second) const {
    return static_cast<B&>(*block_)(first, second);
  }
  T* operator->() const { return block_.get(); }
  T& operator*() const { return *block_; }

 private:
  Shared<T> block_;
};

/// A network or a part of one: parameters, child blocks, and a forward. One's own network is a
/// class derived from it:
///
///     class LeNet : public gluon::Block {
///      public:
///       NDArray forward(const NDArray& x) override { return fc(conv(x)); }
///      private:
///       Child<nn::Conv2D> conv = child<nn::Conv2D>("conv", {.channels = 20, .kernel_size = {5,
///       5}}); Child<nn::Dense> fc = child<nn::Dense>("fc", {.units = 10});
///     };
///
/// A block of several arrays says so in its base, block_of.h: BlockOf<NDArray(NDArray, NDArray)>.
/// One of any number overrides `Nested forward(const Nested& inputs)`.
///
/// A copy shares parameters and children with its original, and nothing else: layers and hooks that
/// are added to one, and its name, are its own. So does what was moved from.
class GLUINO_API Block {
 public:
  /// Sees what a call was given and gave; written for arrays, `[](const Block&, const NDArray& x,
  /// const NDArray& y)`, it serves blocks of one array.
  using ForwardHook =
      std::function<void(const Block& block, const Nested& inputs, const Nested& output)>;
  using ForwardPreHook = std::function<void(const Block& block, const Nested& inputs)>;

  /// `prefix` begins the names of the parameters: "MLP_".
  explicit Block(std::string prefix = {});
  Block(const Block& other);
  Block& operator=(const Block& other);
  virtual ~Block() = default;

  /// Runs the network: forward, with the hooks, and with the block's name in the errors. Throws
  /// Error when it gives anything but one array; see call().
  NDArray operator()(const NDArray& input);
  /// The same of several arguments, each an array, a list or nothing: attention(query, key, value),
  /// cell(x, {h, c}). A list alone is one argument.
  Nested operator()(const Nested& input);
  Nested operator()(const Nested& first, const Nested& second);
  Nested operator()(const Nested& first, const Nested& second, const Nested& third);
  template <std::convertible_to<Nested>... More>
  Nested operator()(const Nested& first, const Nested& second, const Nested& third,
                    const Nested& fourth, const More&... more) {
    return call({first, second, third, fourth, Nested(more)...});
  }
  /// The same, whatever it gives: `inputs` is the only array, or the list of the arguments.
  Nested call(const Nested& inputs);

  // A block overrides one of the two, and so hides the other, which GCC would tell its author.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"
  /// What the block computes; to be overridden. Blocks are called by (), which calls this.
  virtual NDArray forward(const NDArray& input);
  /// The same of any number of arguments: `inputs` is the only array, or the list of the arguments.
  /// Not overridden, it expects one array and calls the other. Throws Error, with what is expected
  /// and what was given, for others; see `arguments`.
  virtual Nested forward(const Nested& inputs);
#pragma GCC diagnostic pop

  /// The arguments of a forward, by their types; see Nested::to:
  ///
  ///     auto [x, states] = arguments<NDArray, std::vector<NDArray>>(inputs);
  ///
  /// Throws Error, naming the block, what it takes and what it got, when they are others.
  template <class... T>
  std::tuple<T...> arguments(const Nested& inputs) const {
    if (!Arguments<T...>::fits(inputs)) refuse(Arguments<T...>::text(), inputs);
    return Arguments<T...>::get(inputs);
  }

  /// "MLP_"; and the same without its underscore.
  const std::string& prefix() const { return prefix_; }
  std::string name() const;
  /// "Dense": the class's name without namespaces.
  std::string type_name() const;
  /// Both, as errors begin: "Dense dense0"; of a block without a prefix the class's name alone.
  std::string title() const;

  /// The block's own parameters, without those of its children.
  ParameterDict params() const;
  /// All parameters, the children's included; only those whose name matches the regular expression
  /// `pattern` at its start, if given: ".*weight|.*bias".
  ParameterDict collect_params(const std::string& pattern = {}) const;
  const std::vector<std::pair<std::string, std::shared_ptr<Block>>>& children() const {
    return children_;
  }

  /// All parameters under their structural names: "0.weight" for the first child of a container. A
  /// block whose parameters files name otherwise overrides it.
  virtual std::vector<std::pair<std::string, Parameter>> structural_params() const;
  /// Own parameters that files of MXNet 2 have in one row, "rnn_param", one after the other in this
  /// order. None but in recurrent layers.
  virtual std::vector<Parameter> params_of_row() const { return {}; }

  /// While the result lives, layers made on this thread are named below this block.
  NameScope name_scope() const { return NameScope(counters_); }

  /// Fills all parameters; see Parameter::initialize.
  void initialize(const init::Initializer& init = init::Uniform(),
                  const std::vector<Context>& contexts = {current_context()},
                  bool force_reinit = false) const;
  void initialize(const init::Initializer& init, const Context& context,
                  bool force_reinit = false) const {
    initialize(init, std::vector{context}, force_reinit);
  }

  /// Writes the parameters under their structural names ("0.weight", "conv1.bias"), which do not
  /// depend on prefixes; of several contexts the mean (Parameter::reduce). Throws Error when some
  /// have no values yet.
  void save_parameters(const std::string& path) const;

  struct LoadOptions {
    /// Where the parameters are to be. Not given: where they are, or the current context.
    std::vector<Context> ctx{};
    /// Parameters that the file lacks keep their values.
    bool allow_missing = false;
    /// The file may hold more than the block has.
    bool ignore_extra = false;
  };
  /// Reads what save_parameters wrote, what export_model wrote, or an older file of prefixed names:
  /// by those names that most of the file's arrays have. Values are rounded to the parameters'
  /// types. Throws Error, naming file and parameter, when names, shapes or values do not fit, or
  /// ctx is not where the parameters are; then nothing has changed.
  void load_parameters(const std::string& path, const LoadOptions& options) const;
  void load_parameters(const std::string& path) const { load_parameters(path, LoadOptions()); }

  /// The table of layers, output shapes and numbers of parameters that `inputs`, as of call(),
  /// give. The parameters must be initialized.
  std::string summary(const Nested& inputs);

  /// Calls f(block) for the children, theirs first, then for this block.
  void apply(const std::function<void(Block&)>& f);

  /// Turns all hybrid blocks inside into compiled graphs; see HybridBlock::hybridize.
  virtual void hybridize(bool active = true);

  /// Converts all parameters to `dtype`.
  void cast(DType dtype) const;

  /// Called after every forward, until remove_forward_hook. A hook may remove itself and others, at
  /// once, and add some, which are called from the next forward on.
  int register_forward_hook(ForwardHook hook);
  /// Called before every forward; the same otherwise.
  int register_forward_pre_hook(ForwardPreHook hook);
  /// Of either kind.
  void remove_forward_hook(int id);
  bool has_forward_hooks() const { return !hooks_.empty() || !pre_hooks_.empty(); }

  /// As MXNet prints a block: "Dense(784 -> 10, linear)", containers with their children.
  virtual std::string to_string() const;

  /// Gives the block, its parameters and its children another prefix; what does not begin with the
  /// earlier one keeps its name.
  void rename(const std::string& prefix);

  /// Adds a layer under a name: "0", "conv1". Throws Error where a child has that name, and for a
  /// layer that has this block inside.
  void register_child(std::string name, std::shared_ptr<Block> block);

 protected:
  /// What a call does, between the name and the hooks: forward, unless a derived class has another
  /// way to the same result.
  virtual Nested run(const Nested& inputs) { return forward(inputs); }

  /// What the block and all layers inside are made of.
  struct Structure {
    /// A number per block, which it gets when it is made and when it changes.
    std::vector<std::uint64_t> stamps;
    /// Layers inside have hooks.
    bool hooks_inside = false;
  };
  Structure structure() const;
  /// Grows whenever the structure of some block changes.
  static std::uint64_t last_change();

  /// Makes a layer of type T and registers it; T's options get the prefix `name`_ below this block.
  template <class T, class Options = typename T::Options>
  Child<T> child(const std::string& name, Options options) {
    const NameScope scope(counters_);
    if (options.prefix.empty()) options.prefix = name + "_";
    auto block = std::make_shared<T>(std::move(options));
    register_child(name, block);
    return Child<T>(std::move(block));
  }
  /// The same for a block that takes no options.
  template <class T>
  Child<T> child(const std::string& name) {
    const NameScope scope(counters_);
    auto block = std::make_shared<T>();
    register_child(name, block);
    return Child<T>(std::move(block));
  }

  /// Makes a parameter of this block: "weight" is named prefix + "weight".
  Parameter parameter(const std::string& name, const ParameterOptions& options);

  /// Runs an operator on `input` and parameters (in the operator's order) at the input's context;
  /// completes parameters whose shape follows from the input.
  NDArray apply_op(const Op& op, const void* options, const NDArray& input,
                   std::initializer_list<const Parameter*> parameters) const;

 private:
  template <class Hook>
  using Hooks = std::vector<std::pair<int, std::shared_ptr<const Hook>>>;
  template <class Hook, class... Given>
  void call_hooks(const Hooks<Hook>& hooks, const Given&... given) const;
  template <class Hook>
  int add_hook(Hooks<Hook>& hooks, Hook hook, const char* method);
  [[noreturn]] void refuse(const std::string& expected, const Nested& inputs) const;
  void add_structure(Structure& found) const;
  bool has_inside(const Block& block) const;

  std::string prefix_;
  std::shared_ptr<NameCounters> counters_;
  std::vector<std::pair<std::string, Parameter>> params_;
  std::vector<std::pair<std::string, std::shared_ptr<Block>>> children_;
  Hooks<ForwardHook> hooks_;
  Hooks<ForwardPreHook> pre_hooks_;
  int next_hook_ = 0;
  std::uint64_t stamp_;
};

GLUINO_API std::ostream& operator<<(std::ostream& out, const Block& block);

}  // namespace gluino::gluon
