#include "programs/grow.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "programs/analysis.h"
#include "programs/fitting.h"

namespace gluino::programs {
namespace {

constexpr std::int64_t kMaxElements = 3000;
constexpr double kMaxValue = 1e3;

DType type_of(const Recipe& recipe, Dice& dice) {
  if (dice.chance(recipe.float64s)) return float64;
  return dice.chance(recipe.float16s) ? float16 : float32;
}

}  // namespace

// A few operators per program, so that the same ones meet each other often.
Grower::Grower(const Recipe& recipe, Dice& dice)
    : recipe_(recipe), dice_(dice), program_(type_of(recipe, dice)) {
  std::vector<const Op*> pool = operators_for(recipe);
  dice.shuffle(pool);
  const auto count = std::min(pool.size(), static_cast<std::size_t>(dice.between(3, 12)));
  ops_.assign(pool.begin(), pool.begin() + static_cast<std::ptrdiff_t>(count));
}

const NDArray& Grower::value(Value value) const {
  return values_[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
}

Program Grower::grow() {
  const int count = dice_.between(1, recipe_.max_nodes);
  int made = 0;
  for (int tries = 0; made < count && tries < 20 * count; ++tries) {
    const bool kept = dice_.chance(recipe_.assigns) ? add_assign()
                      : dice_.chance(recipe_.views) ? add_view()
                                                    : add_call();
    if (kept) ++made;
  }
  return program_;
}

std::vector<Mode> Grower::draw_modes() {
  std::vector<Mode> modes;
  if (!dice_.chance(recipe_.scopes)) return modes;
  const int depth = dice_.between(1, 3);
  for (int i = 0; i < depth; ++i) modes.push_back(static_cast<Mode>(dice_.below(4)));
  return modes;
}

bool Grower::keep(Node node) {
  node.modes = draw_modes();
  Program one(program_.dtype);
  std::vector<NDArray> in;
  for (const Value& input : node.inputs) in.push_back(value(input));
  one.nodes.assign(in.size(), Node());
  Node alone = node;
  alone.modes.clear();
  for (std::size_t i = 0; i < in.size(); ++i) alone.inputs[i] = {static_cast<int>(i), 0};
  one.add(std::move(alone));
  std::vector<NDArray> outputs;
  try {
    const autograd::Scope scope = autograd::train_mode();
    outputs = replay(one, in).back();
  } catch (const Error&) {
    return false;
  }
  for (const NDArray& output : outputs) {
    if (output.size() > kMaxElements) return false;
    for (const double x : output.to_vector<double>()) {
      if (!(std::abs(x) <= kMaxValue)) return false;
    }
  }
  program_.add(std::move(node));
  values_.push_back(std::move(outputs));
  return true;
}

Value Grower::make_variable(Kind kind, const Shape& shape, const Fill& fill) {
  Node node{.kind = kind, .shape = shape, .variable = {.fill = fill}};
  // Labels and indices do not learn.
  const bool trains =
      kind == Kind::data || (kind == Kind::parameter && fill.kind != Fill::Kind::integers);
  node.variable.req = !trains || dice_.chance(0.15) ? GradReq::null
                      : dice_.chance(0.25)          ? GradReq::add
                                                    : GradReq::write;
  if (kind == Kind::data && shape.ndim() > 0) {
    if (rows_ == 0) rows_ = shape[0];
    node.variable.batched = shape[0] == rows_;
  }
  const Value made = program_.add(std::move(node));
  values_.push_back({draw(program_, made.node)});
  return made;
}

// Mostly one of the last ones, so that programs are deep.
std::optional<Value> Grower::existing(const SampleInput& input, const Shape* shape) {
  std::vector<Value> fitting;
  for (int i = 0; i < program_.size(); ++i) {
    const Node& node = program_.nodes[static_cast<std::size_t>(i)];
    if (node.kind == Kind::state || node.kind == Kind::assign) continue;
    for (std::size_t k = 0; k < values_[static_cast<std::size_t>(i)].size(); ++k) {
      const Value candidate{i, static_cast<int>(k)};
      if (shape != nullptr && value(candidate).shape() != *shape) continue;
      if (lies_in(value(candidate), input.fill)) fitting.push_back(candidate);
    }
  }
  if (fitting.empty()) return {};
  const int count = static_cast<int>(fitting.size());
  const int place =
      dice_.chance(0.6) ? count - 1 - dice_.below(std::min(count, 3)) : dice_.below(count);
  return fitting[static_cast<std::size_t>(place)];
}

std::optional<Value> Grower::existing_state(const SampleInput& input, const Shape& shape) const {
  for (int i = 0; i < program_.size(); ++i) {
    const Node& node = program_.nodes[static_cast<std::size_t>(i)];
    if (node.kind == Kind::state && node.shape == shape && lies_in(value({i, 0}), input.fill)) {
      return Value{i, 0};
    }
  }
  return {};
}

std::optional<Value> Grower::parameter_for(const SampleInput& input, const Shape& shape,
                                           Kind kind) {
  if (!shape.known() || shape.size() > kMaxElements) return {};
  if (kind == Kind::state) {
    // As when a layer is called twice.
    const auto shared = existing_state(input, shape);
    if (shared && dice_.chance(0.2)) return shared;
  } else if (dice_.chance(0.15)) {
    if (const auto found = existing(input, &shape)) return found;
  }
  return make_variable(kind, shape, input.fill);
}

std::vector<Shape> Grower::inferred(const Op& op, const void* options,
                                    const std::vector<Value>& given, std::size_t count) {
  std::vector<Shape> in(count, Shape::unknown());
  std::vector<DType> in_types(count, program_.dtype);
  for (std::size_t i = 0; i < given.size(); ++i) {
    in[i] = value(given[i]).shape();
    in_types[i] = value(given[i]).dtype();
  }
  std::vector<Shape> out(static_cast<std::size_t>(num_outputs(op, options)), Shape::unknown());
  std::vector<DType> out_types(out.size(), program_.dtype);
  infer_node(op, options, "", in, out, in_types, out_types);
  return in;
}

std::optional<Value> Grower::input_for(const Op& op, const Sample& sample, const void* options,
                                       std::size_t i, const std::vector<Value>& given) {
  const auto at = std::min(i, sample.inputs.size() - 1);
  const SampleInput& input = sample.inputs[at];
  const bool is_state = op.is_state(options, static_cast<int>(i));
  const bool is_parameter = !op.variadic && static_cast<int>(i) >= op.num_data;
  if (i == 0) {
    if (dice_.chance(0.9)) {
      if (const auto found = existing(input, nullptr)) return found;
    }
    return make_variable(dice_.chance(0.6) ? Kind::data : Kind::parameter, input.shape, input.fill);
  }
  if (is_state || is_parameter) {
    const auto shapes = inferred(op, options, given, sample.inputs.size());
    const bool is_label = input.fill.kind == Fill::Kind::integers || op.is_loss;
    const Kind kind = is_state ? Kind::state : is_label ? Kind::data : Kind::parameter;
    return parameter_for(input, shapes[i], kind);
  }
  const Shape shape = carried_over(sample.inputs[0].shape, value(given[0]).shape(), input.shape);
  if (shape.size() > kMaxElements) return {};
  if (dice_.chance(0.6)) {
    if (const auto found = existing(input, &shape)) return found;
  }
  const Kind kind = input.fill.kind == Fill::Kind::integers || dice_.chance(0.3) ? Kind::data
                    : dice_.chance(0.7)                                          ? Kind::parameter
                                                                                 : Kind::constant;
  return make_variable(kind, shape, input.fill);
}

// The sample's options, or with one of them changed to another choice.
std::shared_ptr<const void> Grower::options_for(const Op& op, const Sample& sample) {
  if (op.fields.empty() || !dice_.chance(0.3)) return sample.options;
  const Field& field = dice_.among(op.fields);
  Attributes attributes = op.format_options(sample.options.get());
  const std::string now = field.write(sample.options.get());
  if (!field.choices.empty()) {
    attributes[field.name] = dice_.among(field.choices);
  } else if (now == "True" || now == "False") {
    attributes[field.name] = now == "True" ? "False" : "True";
  } else {
    attributes.erase(field.name);
  }
  return op.parse_options(attributes);
}

bool Grower::add_source(const Op& op) {
  const Shape shape = program_.nodes.empty() || dice_.chance(0.2)
                          ? Shape{3, 4}
                          : value({dice_.below(program_.size()), 0}).shape();
  const auto options =
      op.parse_options({{"shape", shape.to_string()}, {"dtype", to_string(program_.dtype)}});
  return keep({.kind = Kind::call, .op = &op, .options = options});
}

bool Grower::add_call() {
  const Op& op = *dice_.among(ops_);
  const std::size_t nodes = program_.nodes.size();
  const auto give_up = [&] {
    program_.nodes.resize(nodes);
    values_.resize(nodes);
    return false;
  };
  try {
    if (op.samples.empty()) return add_source(op);
    const Sample& sample = dice_.among(op.samples);
    const bool empty = std::any_of(sample.inputs.begin(), sample.inputs.end(),
                                   [](const SampleInput& in) { return in.shape.size() == 0; });
    if (empty && !dice_.chance(0.02)) return false;
    const auto options = options_for(op, sample);
    std::size_t count = op.variadic ? static_cast<std::size_t>(dice_.between(1, 3))
                                    : op.input_names(options.get()).size();
    if (!op.variadic && count > sample.inputs.size()) return give_up();
    std::vector<Value> inputs;
    for (std::size_t i = 0; i < count; ++i) {
      const auto input = input_for(op, sample, options.get(), i, inputs);
      if (!input) return give_up();
      inputs.push_back(*input);
    }
    const bool kept = keep({.kind = Kind::call, .op = &op, .options = options, .inputs = inputs});
    return kept || give_up();
  } catch (const Error&) {
    return give_up();
  }
}

bool Grower::add_assign() {
  std::vector<Value> targets;
  for (int i = 0; i < program_.size(); ++i) {
    const Kind kind = program_.nodes[static_cast<std::size_t>(i)].kind;
    if (kind != Kind::state && kind != Kind::assign) targets.push_back({i, 0});
  }
  if (targets.empty()) return false;
  Node node{.kind = Kind::assign, .variable = {.seed = program_.size()}};
  node.inputs = {dice_.among(targets)};
  if (!keep(node)) return false;
  if (dice_.chance(0.9)) program_.nodes.back().modes = {Mode::pause};
  return true;
}

bool Grower::add_view() {
  std::vector<Value> all;
  for (int i = 0; i < program_.size(); ++i) {
    const Kind kind = program_.nodes[static_cast<std::size_t>(i)].kind;
    if (kind == Kind::state || kind == Kind::assign) continue;
    if (value({i, 0}).ndim() > 0) all.push_back({i, 0});
  }
  if (all.empty()) return false;
  const Value x = dice_.among(all);
  const auto rows = static_cast<int>(value(x).shape()[0]);
  switch (dice_.below(4)) {
    case 0: {
      const std::vector<Shape> codes{{-1}, {0, -1}, {-1, 1}, {1, -1}, {-3, -2}, {-1, 2}, {-2, 1}};
      return keep({.kind = Kind::reshape, .shape = dice_.among(codes), .inputs = {x}});
    }
    case 1: {
      if (rows == 0) return false;
      const int begin = dice_.below(rows);
      const int end = dice_.between(begin + 1, rows);
      return keep({.kind = Kind::slice, .inputs = {x}, .begin = begin, .end = end});
    }
    case 2:
      return rows > 0 && keep({.kind = Kind::at, .inputs = {x}, .begin = dice_.below(rows)});
    default:
      return keep({.kind = Kind::detach, .inputs = {x}});
  }
}

}  // namespace gluino::programs
