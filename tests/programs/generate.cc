#include "programs/generate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "ops/samples.h"
#include "programs/analysis.h"
#include "programs/dice.h"
#include "programs/grow.h"

namespace gluino::programs {
namespace {

// Nodes that lead to no head, but not variables alone.
std::vector<Value> unused_values(const Program& program) {
  std::vector<bool> used(program.nodes.size());
  for (const Node& node : program.nodes) {
    for (const Value& input : node.inputs) used[static_cast<std::size_t>(input.node)] = true;
  }
  std::vector<Value> found;
  for (int i = 0; i < program.size(); ++i) {
    const Node& node = program.nodes[static_cast<std::size_t>(i)];
    const bool has_value = !is_variable(node.kind) && node.kind != Kind::assign;
    if (!used[static_cast<std::size_t>(i)] && has_value) found.push_back({i, 0});
  }
  return found;
}

void choose_heads(Program& program, const Values& values, Dice& dice) {
  std::vector<Value> ends = unused_values(program);
  dice.shuffle(ends);
  const int count = dice.chance(0.6) ? 1 : dice.between(1, 3);
  for (const Value& end : ends) {
    if (static_cast<int>(program.heads.size()) == count) break;
    const auto& outputs = values[static_cast<std::size_t>(end.node)];
    const Value head{end.node, dice.below(static_cast<int>(outputs.size()))};
    if (is_floating(outputs[static_cast<std::size_t>(head.output)].dtype())) {
      program.heads.push_back(head);
    }
  }
  // A value in the middle, or the same one again.
  if (dice.chance(0.15)) {
    const int node = dice.below(program.size());
    const Kind kind = program.nodes[static_cast<std::size_t>(node)].kind;
    const NDArray& value = values[static_cast<std::size_t>(node)][0];
    if (!is_variable(kind) && kind != Kind::assign && is_floating(value.dtype())) {
      program.heads.push_back({node, 0});
    }
  }
}

// A setting of one parameter that changes in the middle.
void tune(const Program& program, Step& step, Dice& dice) {
  const auto parameters = nodes_of(program, Kind::parameter);
  if (parameters.empty()) return;
  const int node = dice.among(parameters);
  if (program.nodes[static_cast<std::size_t>(node)].variable.req == GradReq::null) return;
  step.tuned = node;
  const std::vector<double> factors{0, 0.5, 2};
  step.lr_mult = dice.among(factors);
  if (dice.chance(0.4)) step.grad_req = dice.chance(0.5) ? GradReq::write : GradReq::add;
}

Step draw_step(const Recipe& recipe, std::int64_t other_rows, Dice& dice) {
  Step step;
  step.draw = static_cast<unsigned>(dice.below(100));
  if (dice.chance(recipe.other_rows)) step.rows = other_rows;
  if (dice.chance(recipe.inferences)) {
    step.backwards = 0;
    step.training = dice.chance(0.2);
    return step;
  }
  step.backwards = dice.chance(recipe.second_backwards) ? 2 : 1;
  step.training = !dice.chance(recipe.predicted_gradients);
  step.heads_given = dice.chance(0.6);
  step.bfloat16_products = dice.chance(recipe.bfloat16s);
  step.one_array = dice.chance(recipe.one_arrays);
  return step;
}

// Whether the program runs, with finite numbers, as it stands.
bool runs(const Program& program, const Step& step) {
  std::vector<NDArray> variables(program.nodes.size());
  for (int i = 0; i < program.size(); ++i) {
    if (is_variable(program.nodes[static_cast<std::size_t>(i)].kind)) {
      variables[static_cast<std::size_t>(i)] = draw(program, i, step);
    }
  }
  try {
    const autograd::Scope scope = autograd::pause(step.training);
    for (const NDArray& head : heads_of(program, replay(program, variables))) {
      for (const double value : head.to_vector<double>()) {
        if (!std::isfinite(value)) return false;
      }
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Program generate(std::uint64_t seed, const Recipe& recipe) {
  Dice dice(seed);
  for (;;) {
    Grower grower(recipe, dice);
    Program program = grower.grow();
    if (program.size() == 0) continue;
    choose_heads(program, grower.values(), dice);
    if (program.heads.empty()) continue;
    // A graph leaves out dead nodes: it neither draws for them nor changes their states.
    if (dice.chance(0.7) || depends_on_order(program)) program = without_dead_nodes(program);
    if (!has_assigns(program) && dice.chance(0.6)) program = in_graph_order(program);
    const std::int64_t rows = dice.chance(0.1) ? dice.between(15, 70) : dice.between(1, 6);
    // What x[i] is as a graph depends on the number of axes, which a batch of one may change.
    const bool resizes = nodes_of(program, Kind::at).empty() && runs(program, {.rows = rows});
    program.script.clear();
    const int steps = dice.between(1, recipe.max_steps);
    const bool learning = program.dtype != float16 && dice.chance(recipe.learning);
    for (int s = 0; s < steps; ++s) {
      Step step = draw_step(recipe, resizes ? rows : 0, dice);
      if (!runs(program, step)) continue;
      if (learning && step.backwards > 0) {
        step.learning_rate = 0.1;
        if (dice.chance(0.3)) tune(program, step, dice);
      }
      program.script.push_back(step);
    }
    const Flow flow = flow_of(program);
    const bool learns = std::find(flow.differentiable.begin(), flow.differentiable.end(), true) !=
                        flow.differentiable.end();
    if (!program.script.empty() && (learns || dice.chance(0.1))) return program;
  }
}

namespace {

// Whether a small step of the inputs is a small step of the outputs: what has no gradient all the
// same, as a percentile, cannot be compared with finite differences.
bool follows_small_steps(const Op& op, const Sample& sample) {
  auto inputs = testing::inputs_of(sample, float64);
  try {
    const auto before = apply_all(op, sample.options.get(), inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (sample.inputs[i].fill.kind != Fill::Kind::integers) inputs[i] = inputs[i] + 1e-6;
    }
    const auto after = apply_all(op, sample.options.get(), inputs);
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto x = before[i].to_vector<double>();
      const auto y = after[i].to_vector<double>();
      for (std::size_t j = 0; j < std::min(x.size(), y.size()); ++j) {
        if (x[j] != y[j] && std::abs(x[j] - y[j]) < 1e-2) return true;
      }
    }
  } catch (const Error&) {
    // It takes other types.
  }
  return false;
}

bool lacks_a_gradient(const Op& op) {
  if (op.has_gradient() || op.random || op.runs_user_code) return false;
  static std::map<std::string, bool> known;
  const auto [place, added] = known.emplace(op.name, false);
  if (added) {
    // Boxes follow only where they meet, which samples need not show.
    place->second =
        op.name.starts_with("_contrib_box_") || op.name.starts_with("_contrib_MultiBox") ||
        std::any_of(op.samples.begin(), op.samples.end(),
                    [&](const Sample& sample) { return follows_small_steps(op, sample); });
  }
  return place->second;
}

// Those that stand in graphs by their own names and change none of their inputs but states.
bool is_drawable(const Op& op, bool random) {
  if (op.name.starts_with("_fused") || op.name.find("_update") != std::string::npos) return false;
  if (lacks_a_gradient(op)) return false;
  static const std::set<std::string> kApart = {
      // Their results grow with the square of what they get.
      "_np_diag", "_np_diagflat",
      // Their gradients are others than the derivatives, which is what they are for.
      "IdentityAttachKLSparseReg", "_contrib_gradientmultiplier", "_contrib_round_ste",
      "_contrib_sign_ste"};
  if (kApart.contains(op.name)) return false;
  // How much comes out is known to calls alone.
  if (op.with_sizes) return false;
  // Pictures of three colours, and lists of gradients, which are seldom drawn.
  if (op.name.starts_with("_image_random") || op.name.starts_with("multi_")) return false;
  // Their shapes follow from graphs, so that no input of another's fits them.
  if (op.subgraphs) return false;
  // Their parameters have a range, which a step of learning may leave.
  if (op.random && (op.name.starts_with("_sample_") || op.name.starts_with("_npi_"))) return false;
  // Their gradients are those of symmetric matrices, which are seldom drawn.
  if (op.name == "_linalg_potrf" || op.name == "_linalg_syevd") return false;
  if (op.name == "Custom" || op.context_of) return random && op.random;
  if (op.random && !random) return false;
  return !op.samples.empty();
}

}  // namespace

std::vector<const Op*> operators_for(const Recipe& recipe) {
  std::vector<const Op*> pool;
  for (const Op* op : Op::all()) {
    if (is_drawable(*op, recipe.random) && (!recipe.ops || recipe.ops(*op))) pool.push_back(op);
  }
  check(!pool.empty(), "the recipe leaves no operator");
  return pool;
}

bool has_parameters(const Op& op) {
  return op.num_data < static_cast<int>(op.all_inputs.size()) && !op.variadic;
}

bool takes_images(const Op& op) {
  return std::any_of(op.samples.begin(), op.samples.end(), [](const Sample& sample) {
    return !sample.inputs.empty() && sample.inputs[0].shape.ndim() == 4;
  });
}

bool is_loss_or_simple(const Op& op) {
  return op.is_loss || has_parameters(op) || (op.all_inputs.size() == 1 && op.has_gradient());
}

bool changes_states(const Op& op) {
  return op.first_state < static_cast<int>(op.all_inputs.size());
}

}  // namespace gluino::programs
