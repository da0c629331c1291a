// What modules need beside arrays, symbols and executors.
#include <gluino/autograd/autograd.h>
#include <gluino/graph/run/executor.h>
#include <gluino/graph/symbol/checkpoint_files.h>
#include <gluino/graph/symbol/indexed_graph.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "bindings.h"

namespace gluino::python {
namespace {

constexpr std::size_t kNoPlace = std::numeric_limits<std::size_t>::max();

// A number as options have it as text, to the last bit.
std::string option_text(double number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), end.ptr};
}

/// How an optimizer's operator changes one weight.
struct Update {
  std::size_t argument = 0;
  std::vector<NDArray> in;  // the weight, its gradient, and what the optimizer keeps for it
  std::shared_ptr<void> options;
};

/// A step of training on one context: forward, backward and the updates in one call. Each weight
/// is updated as soon as its gradient is complete, while the caches hold both.
class TrainingStep {
 public:
  /// `inputs`: per array of a batch, data before labels, the number of the argument that it is
  /// copied to; -1: none.
  TrainingStep(Executor executor, const std::vector<std::int64_t>& inputs)
      : executor_(std::move(executor)) {
    const std::size_t count = executor_.arg_arrays().size();
    for (const std::int64_t place : inputs) {
      check(place < static_cast<std::int64_t>(count), "IndexError: there are ", count,
            " arguments, none is number ", place);
      targets_.push_back(place < 0 ? NDArray()
                                   : executor_.arg_arrays()[static_cast<std::size_t>(place)]);
    }
  }

  /// The operator of the updates, its options beside the rates, the numbers of the arguments, and
  /// the arrays that the optimizer keeps for each.
  void set_updates(const std::string& name, const Attributes& options,
                   const std::vector<std::size_t>& arguments,
                   const std::vector<std::vector<NDArray>>& states) {
    check(arguments.size() == states.size(), "ValueError: expected states for each argument");
    op_ = &Op::get(name);
    lr_ = field("lr");
    wd_ = field("wd");
    updates_.clear();
    update_of_.assign(executor_.arg_arrays().size(), kNoPlace);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::size_t argument = arguments[i];
      Update update{argument, {}, op_->default_options()};
      update.in = {executor_.arg_arrays().at(argument), executor_.grad_arrays().at(argument)};
      update.in.insert(update.in.end(), states[i].begin(), states[i].end());
      for (const auto& [key, text] : options) {
        const Field* known = field(key);
        check(known != nullptr, "TypeError: ", name, " has no option '", key, "'");
        known->read(update.options.get(), text);
      }
      update_of_[argument] = updates_.size();
      updates_.push_back(std::move(update));
    }
  }

  /// From now on each weight, in the order of set_updates, has these rates.
  void set_rates(const std::vector<double>& lrs, const std::vector<double>& wds) {
    check(lrs.size() == updates_.size() && wds.size() == updates_.size(),
          "ValueError: expected rates for each of ", updates_.size(), " weights");
    for (std::size_t i = 0; i < updates_.size(); ++i) {
      void* options = updates_[i].options.get();
      if (lr_ != nullptr) lr_->read(options, option_text(lrs[i]));
      if (wd_ != nullptr) wd_->read(options, option_text(wds[i]));
    }
  }

  /// Copies a batch into the arguments and computes the outputs. False, and nothing is done, unless
  /// it has their shapes.
  bool forward(const nb::sequence& data, const nb::sequence& label) const {
    std::vector<NDArray> sources;
    sources.reserve(targets_.size());
    for (const nb::sequence* arrays : {&data, &label}) {
      for (const nb::handle array : *arrays) {
        if (!is_array(array.ptr())) return false;
        sources.push_back(array_in(array.ptr()));
      }
    }
    if (sources.size() != targets_.size()) return false;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const bool fits = !targets_[i].defined() || sources[i].shape() == targets_[i].shape();
      if (!fits) return false;
    }
    const ReleaseGil release(true);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (targets_[i].defined()) sources[i].copyto(targets_[i]);
    }
    executor_.forward(true);
    return true;
  }

  void backward_and_update() const {
    check(op_ != nullptr, "a step of training needs set_updates first");
    const ReleaseGil release(true);
    const autograd::Scope scope = autograd::pause();
    executor_.backward({}, [this](std::size_t argument) { update(argument); });
  }

 private:
  const Field* field(const std::string& name) const {
    const auto found = std::find_if(op_->fields.begin(), op_->fields.end(),
                                    [&](const Field& known) { return known.name == name; });
    return found == op_->fields.end() ? nullptr : &*found;
  }

  void update(std::size_t argument) const {
    const std::size_t number = update_of_[argument];
    if (number == kNoPlace) return;
    const Update& update = updates_[number];
    NDArray weight = update.in[0];
    invoke(*op_, update.options.get(), update.in, {&weight, 1});
  }

  Executor executor_;
  std::vector<NDArray> targets_;
  const Op* op_ = nullptr;
  const Field* lr_ = nullptr;
  const Field* wd_ = nullptr;
  std::vector<Update> updates_;
  std::vector<std::size_t> update_of_;  // by argument
};

bool runs_user_code(const Symbol& symbol) {
  const IndexedGraph graph(symbol.entries());
  return std::any_of(graph.items.begin(), graph.items.end(), [](const auto& item) {
    return !item.node->is_variable() && item.node->op->runs_user_code &&
           item.node->op->runs_user_code(item.node->options.get());
  });
}

// Files by their names: networks, arrays, and bytes.
void write_checkpoint(const std::vector<std::pair<std::string, Symbol>>& symbols,
                      const std::string& params_file, const nd::NamedArrays& arrays,
                      const std::vector<std::pair<std::string, nb::bytes>>& others) {
  graph::CheckpointFiles files{.symbols = symbols, .params_file = params_file, .arrays = arrays};
  for (const auto& [path, bytes] : others) {
    files.others.emplace_back(path, std::string(bytes.c_str(), bytes.size()));
  }
  graph::write_checkpoint(files);
}

}  // namespace

void bind_training(nb::module_& m) {
  nb::class_<TrainingStep>(m, "TrainingStep")
      .def(nb::init<const Executor&, const std::vector<std::int64_t>&>())
      .def("set_updates", &TrainingStep::set_updates)
      .def("set_rates", &TrainingStep::set_rates)
      .def("forward", &TrainingStep::forward)
      .def("backward_and_update", &TrainingStep::backward_and_update);
  m.def("runs_user_code", &runs_user_code);
  m.def("write_checkpoint", &write_checkpoint, nb::arg("symbols"), nb::arg("params_file"),
        nb::arg("arrays"), nb::arg("others"));
}

}  // namespace gluino::python
