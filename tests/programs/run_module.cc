#include <gluino/module/module.h>

#include <algorithm>
#include <map>
#include <utility>

#include "programs/analysis.h"
#include "programs/ways.h"

namespace gluino::programs {
namespace {

// A module computes in one mode what it takes back, and its data have gradients that are written.
bool is_module(const Program& program) {
  if (learns(program)) return false;
  for (const Step& step : program.script) {
    if (step.backwards > 0 && !step.training) return false;
  }
  if (nodes_of(program, Kind::data).empty() || !is_symbolic(program)) return false;
  if (!is_in_graph_order(program) && depends_on_order(program)) return false;
  if (shares_data(program)) return false;
  // All data have one batch, and the shapes and types of all else follow from theirs.
  Shapes known;
  DTypes types;
  std::int64_t rows = -1;
  for (const int i : nodes_of(program, Kind::data)) {
    const Shape& shape = program.nodes[static_cast<std::size_t>(i)].shape;
    if (shape.ndim() == 0 || (rows >= 0 && shape[0] != rows)) return false;
    rows = shape[0];
    known[name_of(i)] = shape;
    types[name_of(i)] = program.dtype;
  }
  const Symbol symbol = to_symbol(program);
  const auto arguments = symbol.list_arguments();
  try {
    const auto inferred = symbol.infer_shape(known).arguments;
    for (const DType type : symbol.infer_type(types).arguments) {
      if (type != program.dtype) return false;
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const Node& node = program.nodes[static_cast<std::size_t>(node_of(arguments[i]))];
      if (inferred[i] != node.shape) return false;
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

class ModuleRun {
 public:
  explicit ModuleRun(const Program& program)
      : program_(program),
        data_(nodes_of(program, Kind::data)),
        flow_(flow_of(program)),
        module_(to_symbol(program),
                {.data_names = data_names(), .label_names = {}, .context = place()}) {
    std::vector<io::DataDesc> descs;
    for (const int i : data_) {
      descs.push_back({name_of(i), node(i).shape, program.dtype});
    }
    std::map<std::string, GradReq> requests;
    ArrayMap args, aux;
    for (int i = 0; i < program.size(); ++i) {
      if (!is_variable(node(i).kind) || node(i).kind == Kind::data) continue;
      (node(i).kind == Kind::state ? aux : args)[name_of(i)] = draw(program, i);
      if (is_argument(i)) requests[name_of(i)] = node(i).variable.req;
    }
    module_.bind(descs, {}, {.inputs_need_grad = true, .grad_req = requests});
    module_.init_params({.arg_params = args, .aux_params = aux, .allow_extra = true});
    for (const auto& [name, gradient] : module_.executors()[0].grad_dict()) {
      const int i = node_of(name);
      if (node(i).kind != Kind::data) gradient.assign(rubbish(program, i, gradient.shape()));
    }
  }

  Outcome run() {
    for (std::size_t s = 0; s < program_.script.size(); ++s) {
      if (!step(s)) break;
    }
    return std::move(outcome_);
  }

 private:
  const Node& node(int i) const { return program_.nodes[static_cast<std::size_t>(i)]; }

  bool is_argument(int i) const {
    const auto arguments = module_.symbol().list_arguments();
    return std::find(arguments.begin(), arguments.end(), name_of(i)) != arguments.end();
  }

  std::vector<std::string> data_names() const {
    std::vector<std::string> names;
    for (const int i : data_) names.push_back(name_of(i));
    return names;
  }

  void spoil_gradients() {
    for (const auto& [name, gradient] : module_.executors()[0].grad_dict()) {
      const int i = node_of(name);
      if (node(i).kind == Kind::data || node(i).variable.req == GradReq::write) {
        gradient.assign(rubbish(program_, i, gradient.shape()));
      }
    }
  }

  bool step(std::size_t s) {
    const Step& step = program_.script[s];
    io::DataBatch batch;
    for (const int i : data_) batch.data.push_back(draw(program_, i, step));
    if (is_random(program_)) random::seed(static_cast<int>(40 + s));
    {
      const Products products(step);
      module_.forward(batch, step.training);
    }
    const auto heads = module_.get_outputs();
    for (std::size_t h = 0; h < heads.size(); ++h) see_output(outcome_, s, h, heads[h]);
    spoil_gradients();
    for (int b = 0; b < step.backwards; ++b) {
      if (!backward(s, b, heads)) return false;
    }
    for (const auto& [name, value] : module_.executors()[0].aux_dict()) {
      see_value(outcome_, s, node_of(name), value);
    }
    return true;
  }

  bool backward(std::size_t s, int number, const std::vector<NDArray>& heads) {
    auto gradients = head_gradients(program_.script[s], heads);
    bool any = false;
    for (std::size_t h = 0; h < heads.size(); ++h) {
      any = any || flow_.differentiable[h];
      if (!gradients[h].defined()) {
        gradients[h] = NDArray(heads[h].shape(), heads[h].dtype(), place());
        gradients[h].assign(1.0);
      }
      if (!flow_.differentiable[h]) gradients[h].assign(0.0);
    }
    if (!any) return true;
    try {
      module_.backward(gradients);
    } catch (const Error&) {
      if (number > 0) return false;  // may be refused, if it is told
      throw;
    }
    for (const auto& [name, gradient] : module_.executors()[0].grad_dict()) {
      const int i = node_of(name);
      const bool other = node(i).kind == Kind::data && node(i).variable.req != GradReq::write;
      if (flow_.reached[static_cast<std::size_t>(i)] && !other) {
        see_gradient(outcome_, s, number, i, gradient);
      }
    }
    return true;
  }

  const Program& program_;
  std::vector<int> data_;
  Flow flow_;
  mod::Module module_;
  Outcome outcome_;
};

}  // namespace

Way module_way() {
  return {.name = "module",
          .in_graph_order = true,
          .takes = is_module,
          .run = [](const Program& program) { return ModuleRun(program).run(); }};
}

}  // namespace gluino::programs
