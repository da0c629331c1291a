#include <gluino/gluon/hybrid_block.h>
#include <gluino/gluon/trainer.h>
#include <gluino/graph/cached_op.h>
#include <gluino/graph/tracer.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "programs/analysis.h"
#include "programs/ways.h"

namespace gluino::programs {
namespace {

// A block of the program: its data are the block's inputs, its other variables parameters.
class Net final : public gluon::HybridBlock {
 public:
  explicit Net(const Program& program)
      : gluon::HybridBlock("net_"), program_(program), variables_(program.nodes.size()) {}

  NDArray hold(int node, const NDArray& value, GradReq req) {
    const gluon::Parameter made =
        parameter(name_of(node), {.shape = value.shape(),
                                  .dtype = value.dtype(),
                                  .grad_req = req,
                                  .init = init::Zero(),
                                  .differentiable = req != GradReq::null});
    made.initialize(init::Zero(), {place()});
    made.set_data(value);
    parameters_.emplace(node, made);
    return made.data();
  }

  gluon::Parameter held(int node) const { return parameters_.at(node); }

  NDArray call(const std::vector<NDArray>& variables) {
    std::vector<NDArray> inputs;
    for (const int i : nodes_of(program_, Kind::data)) {
      inputs.push_back(variables[static_cast<std::size_t>(i)]);
    }
    return run_graph(inputs, [&] { return compute(inputs); });
  }

 private:
  NDArray forward(const NDArray& input) override { return compute({&input, 1}); }

  NDArray compute(std::span<const NDArray> inputs) {
    std::size_t next = 0;
    for (const int i : nodes_of(program_, Kind::data)) {
      variables_[static_cast<std::size_t>(i)] = inputs[next++];
    }
    for (const auto& [node, parameter] : parameters_) {
      variables_[static_cast<std::size_t>(node)] = parameter.data();
    }
    return heads_of(program_, replay(program_, variables_))[0];
  }

  const Program& program_;
  std::vector<NDArray> variables_;
  std::map<int, gluon::Parameter> parameters_;
};

class Hybridized : public Network {
 public:
  explicit Hybridized(const Program& program) : program_(program), net_(make()) {}

  NDArray hold(int node, const NDArray& value, GradReq req) override {
    return net_->hold(node, value, req);
  }
  std::vector<NDArray> forward(const std::vector<NDArray>& variables) override {
    return {net_->call(variables)};
  }
  void tune(const Step& step, const NDArray& /*variable*/) override {
    const gluon::Parameter parameter = net_->held(step.tuned);
    parameter.set_lr_mult(step.lr_mult);
    if (step.grad_req) parameter.set_grad_req(*step.grad_req);
  }
  void learn(const Step& step, const std::vector<int>& /*nodes*/,
             const std::vector<NDArray>& /*variables*/) override {
    if (!trainer_) trainer_.emplace(net_->collect_params(), "sgd");
    trainer_->set_learning_rate(step.learning_rate);
    trainer_->step(1, true);
  }
  bool may_refuse_second_backward() const override { return true; }

 protected:
  std::unique_ptr<Net> make() const {
    auto net = std::make_unique<Net>(program_);
    net->hybridize();
    return net;
  }

  const Program& program_;
  std::unique_ptr<Net> net_;
  std::optional<gluon::Trainer> trainer_;
};

// hybridize() and hybridize(false) between the steps.
class Toggled final : public Hybridized {
 public:
  using Hybridized::Hybridized;
  void between(std::size_t step, std::vector<NDArray>& /*variables*/) override {
    net_->hybridize(step % 2 == 0);
  }
};

// Between the steps the parameters move to the other place, and back.
class Moved final : public Hybridized {
 public:
  using Hybridized::Hybridized;
  void between(std::size_t step, std::vector<NDArray>& variables) override {
    place() = cpu(static_cast<int>(step % 2));
    for (int i = 0; i < program_.size(); ++i) {
      const Kind kind = program_.nodes[static_cast<std::size_t>(i)].kind;
      if (!is_variable(kind) || kind == Kind::data) continue;
      net_->held(i).reset_ctx({place()});
      variables[static_cast<std::size_t>(i)] = net_->held(i).data();
    }
    trainer_.reset();
  }
};

// Between the steps the parameters go through a file into another block.
class Reloaded final : public Hybridized {
 public:
  explicit Reloaded(const Program& program) : Hybridized(program) {
    path_ = (std::filesystem::temp_directory_path() / str("programs_", getpid(), ".params"));
  }
  ~Reloaded() override { std::filesystem::remove(path_); }

  void between(std::size_t /*step*/, std::vector<NDArray>& variables) override {
    net_->save_parameters(path_);
    auto loaded = make();
    for (int i = 0; i < program_.size(); ++i) {
      NDArray& variable = variables[static_cast<std::size_t>(i)];
      const Kind kind = program_.nodes[static_cast<std::size_t>(i)].kind;
      if (!is_variable(kind) || kind == Kind::data) continue;
      const gluon::Parameter before = net_->held(i);
      const NDArray held =
          loaded->hold(i, NDArray(variable.shape(), variable.dtype(), place()), before.grad_req());
      if (held.grad().defined()) held.grad().assign(variable.grad());
      loaded->held(i).set_lr_mult(before.lr_mult());
      variable = held;
    }
    loaded->load_parameters(path_, {.ctx = {place()}});
    net_ = std::move(loaded);
    trainer_.reset();
  }

 private:
  std::string path_;
};

// A block has one output and at least one input.
bool is_block(const Program& program) {
  return program.heads.size() == 1 && !is_variable(program.node(program.heads[0]).kind) &&
         !nodes_of(program, Kind::data).empty();
}

// A file is written, to the disk, between the steps: that is slow, so few are.
bool is_reloadable(const Program& program) {
  return is_block(program) && program.script.size() == 2;
}

// A graph has at least one input, and each is another array.
bool is_traceable(const Program& program) {
  const auto alive = alive_nodes(program);
  bool any = false;
  for (std::size_t i = 0; i < alive.size(); ++i) {
    any = any || (alive[i] && is_variable(program.nodes[i].kind));
  }
  return any && !shares_data(program);
}

// Gradients that were summed up do not move.
bool is_movable(const Program& program) {
  const bool adds = std::any_of(program.script.begin(), program.script.end(),
                                [](const Step& step) { return step.grad_req.has_value(); });
  return is_block(program) && program.script.size() > 1 && !adds &&
         std::none_of(program.nodes.begin(), program.nodes.end(), [](const Node& node) {
           return (node.op != nullptr && node.op->context_of) || node.variable.req == GradReq::add;
         });
}

bool is_not_a_graph(const Program& program) {
  return has_scopes(program) || has_assigns(program) || !nodes_of(program, Kind::detach).empty();
}

// A trace of the program, called like an operator; another one for other shapes and modes.
class Traced final : public Network {
 public:
  explicit Traced(const Program& program) : program_(program) {}

  std::vector<NDArray> forward(const std::vector<NDArray>& variables) override {
    std::string key = str(autograd::is_training(), autograd::is_recording());
    for (const int i : nodes_of(program_, Kind::data)) {
      key += variables[static_cast<std::size_t>(i)].shape().to_string();
    }
    auto found = traces_.find(key);
    if (found == traces_.end()) found = traces_.emplace(key, trace(variables)).first;
    std::vector<NDArray> inputs;
    for (const auto& [node, constant] : found->second.inputs) {
      inputs.push_back(node < 0 ? constant : variables[static_cast<std::size_t>(node)]);
    }
    return found->second.op(inputs);
  }
  bool may_refuse_second_backward() const override { return true; }

 private:
  struct Trace {
    CachedOp op;
    /// A variable's node, or, of number -1, what forward made a constant of.
    std::vector<std::pair<int, NDArray>> inputs;
  };

  Trace trace(const std::vector<NDArray>& variables) {
    Tracer tracer(true);
    std::map<std::string, int> nodes;
    for (int i = 0; i < program_.size(); ++i) {
      if (!is_variable(program_.nodes[static_cast<std::size_t>(i)].kind)) continue;
      tracer.add_input(variables[static_cast<std::size_t>(i)], name_of(i));
      nodes[name_of(i)] = i;
    }
    const auto heads = heads_of(program_, replay(program_, variables));
    const Symbol symbol = tracer.finish(heads, [](const NDArray&) { return std::nullopt; });
    std::vector<std::pair<int, NDArray>> inputs;
    for (const std::string& name : symbol.list_inputs()) {
      const auto found = nodes.find(name);
      inputs.emplace_back(found == nodes.end() ? -1 : found->second,
                          tracer.inputs().at(name).array);
    }
    return {CachedOp(symbol), std::move(inputs)};
  }

  const Program& program_;
  std::map<std::string, Trace> traces_;
};

}  // namespace

Way traced_way() {
  return {.name = "traced",
          .takes = is_traceable,
          .may_refuse = is_not_a_graph,
          .run = [](const Program& program) {
            Traced network(program);
            return run_arrays(program, network);
          }};
}

Way hybridized_way() {
  return {.name = "hybridized",
          .takes = is_block,
          .may_refuse = is_not_a_graph,
          .run = [](const Program& program) {
            Hybridized network(program);
            return run_arrays(program, network);
          }};
}

Way toggled_way() {
  return {.name = "toggled",
          .takes = is_block,
          .may_refuse = is_not_a_graph,
          .run = [](const Program& program) {
            Toggled network(program);
            return run_arrays(program, network);
          }};
}

Way moved_way() {
  return {.name = "moved",
          .takes = is_movable,
          .may_refuse = is_not_a_graph,
          .run = [](const Program& program) {
            Moved network(program);
            return run_arrays(program, network);
          }};
}

Way reloaded_way() {
  return {.name = "reloaded",
          .takes = is_reloadable,
          .may_refuse = is_not_a_graph,
          .run = [](const Program& program) {
            Reloaded network(program);
            return run_arrays(program, network);
          }};
}

}  // namespace gluino::programs
