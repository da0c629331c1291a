#include <gluino/ops/core/definition.h>
#include <gluino/ops/core/half_precision.h>

#include <algorithm>
#include <iterator>

namespace gluino {

NameList::NameList(std::initializer_list<const char*> names) : names_(names.begin(), names.end()) {}

OpDefinitionBase::OpDefinitionBase(std::string_view name, std::type_index options_type,
                                   std::shared_ptr<void> (*make_options)(),
                                   std::shared_ptr<const void> (*copy_options)(const void* options))
    : op_(detail::register_op(std::string(name), options_type)) {
  op_.default_options = make_options;
  op_.copy_options = copy_options;
  op_.output_names = {"output"};
}

void OpDefinitionBase::set_aliases(NameList&& names) {
  op_.aliases = std::move(names).take();
  for (const std::string& name : op_.aliases) detail::register_alias(op_, name);
}

void OpDefinitionBase::set_inputs(NameList&& names) {
  op_.all_inputs = std::move(names).take();
  op_.num_data = static_cast<int>(op_.all_inputs.size());
  op_.first_state = op_.num_data;
}

void OpDefinitionBase::set_variadic(std::string_view stem) {
  op_.variadic = true;
  add_tolerated("num_args", {});
  op_.all_inputs.assign(1, std::string(stem));
}

void OpDefinitionBase::set_outputs(NameList&& names, int visible) {
  op_.output_names = std::move(names).take();
  op_.num_visible = visible;
}

void OpDefinitionBase::set_looked_up(std::initializer_list<int> numbers) {
  for (const int number : numbers) {
    const auto index = static_cast<std::size_t>(number);
    if (op_.looked_up.size() <= index) op_.looked_up.resize(index + 1);
    op_.looked_up[index] = true;
  }
}

void OpDefinitionBase::add_parameters(NameList&& names) {
  std::ranges::move(std::move(names).take(), std::back_inserter(op_.all_inputs));
  op_.first_state = static_cast<int>(op_.all_inputs.size());
}

void OpDefinitionBase::add_states(NameList&& names) {
  op_.first_state = static_cast<int>(op_.all_inputs.size());
  std::ranges::move(std::move(names).take(), std::back_inserter(op_.all_inputs));
}

void OpDefinitionBase::add_input_attribute(int input, std::string_view key,
                                           std::string_view value) {
  op_.input_attributes.emplace_back(input, key, value);
}

void OpDefinitionBase::add_input_alias(int input, std::string_view name) {
  op_.input_aliases.emplace_back(input, name);
}

void OpDefinitionBase::add_tolerated(const std::string& name, NameList&& values) {
  op_.tolerated[name] = std::move(values).take();
  // Whoever gives any number of inputs gives that number by none.
  if (name != "num_args") op_.positions.push_back(name);
}

void OpDefinitionBase::add_each_tolerated(NameList&& names) {
  for (const std::string& name : std::move(names).take()) add_tolerated(name, {});
}

void OpDefinitionBase::add_field(std::string_view name, std::string_view text,
                                 const OptionType& type, std::ptrdiff_t place, NameList&& choices) {
  Field field;
  field.name = name;
  field.doc = text;
  field.type = &type;
  field.place = place;
  field.choices = std::move(choices).take();
  field.default_value = field.write(op_.default_options().get());
  op_.positions.emplace_back(name);
  op_.fields.push_back(std::move(field));
}

void OpDefinitionBase::add_sample(const void* options, const std::vector<SampleInput>& inputs) {
  op_.samples.push_back({op_.copy_options(options), inputs});
}

void OpDefinitionBase::set_forward(Op::Forward&& run) {
  op_.kernels[0].forward = [run = std::move(run), &op = op_](const void* options,
                                                             const Call& call) {
    if (!half_precision::concerns(op, options, call)) [[likely]]
      return run(options, call);
    half_precision::forward(op, options, call,
                            [&](const Call& in_float) { run(options, in_float); });
  };
}

void OpDefinitionBase::set_backward(Op::Backward&& run, unsigned reads) {
  op_.backward_reads = reads;
  op_.kernels[0].backward = [run = std::move(run), &op = op_](const void* options,
                                                              const GradientCall& call) {
    if (!half_precision::concerns(op, call)) [[likely]]
      return run(options, call);
    half_precision::backward(call, [&](const GradientCall& in_float) { run(options, in_float); });
  };
}

}  // namespace gluino
