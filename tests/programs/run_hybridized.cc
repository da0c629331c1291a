#include <gluino/base/parallel.h>
#include <gluino/gluon/hybrid_block.h>
#include <gluino/gluon/trainer.h>
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
      : gluon::HybridBlock("net_"), program_(program), captured_(program.nodes.size()) {}

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

  NDArray capture(int node, const NDArray& value) {
    return captured_[static_cast<std::size_t>(node)] = value;
  }

  gluon::Parameter held(int node) const { return parameters_.at(node); }

  NDArray call_with(const std::vector<NDArray>& variables) {
    std::vector<NDArray> inputs;
    for (const int i : nodes_of(program_, Kind::data)) {
      inputs.push_back(variables[static_cast<std::size_t>(i)]);
    }
    return gluon::Block::call(inputs);
  }

 private:
  gluon::Nested forward(const gluon::Nested& inputs) override { return compute(inputs.flatten()); }

  // Nothing of what is computed is kept: it may be a trace that computes.
  NDArray compute(std::span<const NDArray> inputs) const {
    std::vector<NDArray> variables = captured_;
    std::size_t next = 0;
    for (const int i : nodes_of(program_, Kind::data)) {
      variables[static_cast<std::size_t>(i)] = inputs[next++];
    }
    for (const auto& [node, parameter] : parameters_) {
      variables[static_cast<std::size_t>(node)] = parameter.data();
    }
    return heads_of(program_, replay(program_, variables))[0];
  }

  const Program& program_;
  std::vector<NDArray> captured_;
  std::map<int, gluon::Parameter> parameters_;
};

class Hybridized : public Network {
 public:
  explicit Hybridized(const Program& program) : program_(program), net_(make()) {}

  NDArray hold(int node, const NDArray& value, GradReq req) override {
    return net_->hold(node, value, req);
  }
  std::vector<NDArray> forward(const std::vector<NDArray>& variables) override {
    return {net_->call_with(variables)};
  }
  void tune(const Step& step, const NDArray& /*variable*/) override {
    const gluon::Parameter parameter = net_->held(step.tuned);
    parameter.set_lr_mult(step.lr_mult);
    if (step.grad_req) parameter.set_grad_req(*step.grad_req);
  }
  // A graph also gives zeros to what lies behind a detach(), which an eager run leaves alone.
  void learn(const Step& step, const std::vector<int>& nodes,
             const std::vector<NDArray>& variables) override {
    for (const int i : nodes_of(program_, Kind::parameter)) {
      const bool learns = std::find(nodes.begin(), nodes.end(), i) != nodes.end();
      if (!learns) autograd::clear_fresh_grad(variables[static_cast<std::size_t>(i)]);
    }
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

// hybridize() and hybridize(false) between the steps, and another number of threads.
class Toggled final : public Hybridized {
 public:
  using Hybridized::Hybridized;
  void between(std::size_t step, std::vector<NDArray>& /*variables*/) override {
    net_->hybridize(step % 2 == 0);
    if (num_threads() > 1) set_num_threads(2 + static_cast<int>(step % 2));
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

// Constants are arrays that forward captures, no parameters.
class Capturing final : public Hybridized {
 public:
  using Hybridized::Hybridized;
  NDArray hold(int node, const NDArray& value, GradReq req) override {
    const bool captures = program_.nodes[static_cast<std::size_t>(node)].kind == Kind::constant;
    return captures ? net_->capture(node, value) : Hybridized::hold(node, value, req);
  }
};

bool has_constants(const Program& program) {
  return is_block(program) && !nodes_of(program, Kind::constant).empty();
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

}  // namespace

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

Way capturing_way() {
  return {.name = "capturing",
          .takes = has_constants,
          .may_refuse = has_constants,
          .run = [](const Program& program) {
            Capturing network(program);
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
