#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/symbol_block.h>
#include <gluino/graph/run/tracer.h>

#include <algorithm>
#include <utility>

namespace gluino::gluon {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

SymbolBlock::SymbolBlock(const Symbol& outputs, std::vector<std::string> inputs)
    : op_(outputs), input_names_(std::move(inputs)) {
  const auto names = outputs.list_inputs();
  auto untrained = outputs.list_auxiliary_states();
  const auto fixed = outputs.list_arguments_fixed_at_one();
  untrained.insert(untrained.end(), fixed.begin(), fixed.end());
  for (auto input = input_names_.begin(); input != input_names_.end(); ++input) {
    check(contains(names, *input), "SymbolBlock: the symbol has no variable \"", *input,
          "\"; it has ", names.empty() ? "none" : join(names));
    check(std::find(input_names_.begin(), input, *input) == input, "SymbolBlock: the input \"",
          *input, "\" is named twice");
  }
  for (const std::string& name : names) {
    Source source;
    const auto place = std::find(input_names_.begin(), input_names_.end(), name);
    if (place != input_names_.end()) {
      source.input = static_cast<int>(place - input_names_.begin());
    } else {
      const bool trained = !contains(untrained, name);
      source.parameter = parameter(
          name, {.grad_req = trained ? GradReq::write : GradReq::null, .differentiable = trained});
    }
    sources_.push_back(std::move(source));
  }
}

SymbolBlock SymbolBlock::imports(const std::string& symbol_file, std::vector<std::string> inputs,
                                 const std::string& param_file,
                                 const std::vector<Context>& contexts,
                                 const ImportOptions& options) {
  SymbolBlock block(sym::load(symbol_file), std::move(inputs));
  if (!param_file.empty()) {
    block.load_parameters(param_file, {.ctx = contexts,
                                       .allow_missing = options.allow_missing,
                                       .ignore_extra = options.ignore_extra});
  }
  return block;
}

// Shapes follow from the inputs once these are known.
void SymbolBlock::complete_parameters(std::span<const NDArray> inputs) const {
  const auto waits = [](const Source& source) {
    return source.input < 0 && !source.parameter.is_initialized();
  };
  if (std::none_of(sources_.begin(), sources_.end(), waits)) return;
  Shapes known;
  for (std::size_t i = 0; i < inputs.size(); ++i) known[input_names_[i]] = inputs[i].shape();
  const auto names = symbol().list_inputs();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Source& source = sources_[i];
    if (source.input < 0 && source.parameter.shape().ndim_known()) {
      known[names[i]] = source.parameter.shape();
    }
  }
  const auto shapes = symbol().infer_shape(known);
  const auto arguments = symbol().list_arguments();
  const auto states = symbol().list_auxiliary_states();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!waits(sources_[i])) continue;
    const auto place = std::find(arguments.begin(), arguments.end(), names[i]);
    if (place != arguments.end()) {
      const auto number = static_cast<std::size_t>(place - arguments.begin());
      sources_[i].parameter.complete(shapes.arguments[number]);
    } else {
      const auto state = std::find(states.begin(), states.end(), names[i]);
      const auto number = static_cast<std::size_t>(state - states.begin());
      sources_[i].parameter.complete(shapes.auxiliary_states[number]);
    }
  }
}

Nested SymbolBlock::forward(const Nested& inputs) {
  for (const Nested& input : inputs) {
    if (input.is_array()) continue;
    fail("SymbolBlock: expected the arrays (", join(input_names_), "), got (",
         text_of_arguments(inputs), ")");
  }
  if (inputs.size() != input_names_.size()) {
    fail("SymbolBlock: expected ", input_names_.size(), " inputs (", join(input_names_), "), got ",
         inputs.size());
  }
  const auto given = inputs.flatten();
  const Context context = given.empty() ? current_context() : given[0].context();
  complete_parameters(given);
  PooledVector<NDArray> arrays;
  arrays.reserve(sources_.size());
  for (const Source& source : sources_) {
    arrays.push_back(source.input >= 0 ? given[static_cast<std::size_t>(source.input)]
                                       : source.parameter.data(context));
  }
  // Inside of another block's graph the operators become a part of it.
  const auto outputs = Tracer::is_active() ? interpret(symbol(), arrays) : op_(arrays);
  return outputs.size() == 1 ? Nested(outputs[0]) : Nested(outputs);
}

NDArray SymbolBlock::operator()(const NDArray& input) {
  check(symbol().num_outputs() == 1, "SymbolBlock: the symbol has ", symbol().num_outputs(),
        " outputs; call it with a list of inputs to get all");
  return Block::operator()(input);
}

std::vector<NDArray> SymbolBlock::operator()(const std::vector<NDArray>& inputs) {
  const auto outputs = call(inputs).flatten();
  return {outputs.begin(), outputs.end()};
}

std::string SymbolBlock::to_string() const {
  return str("SymbolBlock(", join(input_names_), " -> ", join(symbol().list_outputs()), ")");
}

}  // namespace gluino::gluon
