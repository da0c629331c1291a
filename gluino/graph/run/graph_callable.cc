// What a graph inside of a node is when it runs: plans, as a graph of its own has them.
#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/graph/run/graph_run.h>
#include <gluino/graph/run/plan.h>
#include <gluino/graph/run/plan_cache.h>
#include <gluino/graph/symbol/callable.h>
#include <gluino/graph/symbol/infer.h>

#include <algorithm>
#include <set>
#include <utility>

namespace gluino::graph {
namespace {

// What a plan was made for.
struct Form {
  std::vector<Shape> shapes;
  std::vector<DType> types;
  Context context;
  bool gradient = false;
  DType products = float32;
};

class Run final : public CallableRun {
 public:
  explicit Run(std::shared_ptr<const Plan> plan) : run_(std::move(plan)) {}

  void forward(std::span<const Tensor> in, std::span<const Tensor> out, bool training) override {
    const Externals& numbers = run_.plan().externals;
    for (int v = 0; v < numbers.num_variables; ++v) {
      run_.set_data(numbers.variable(v), in[static_cast<std::size_t>(v)].data);
    }
    for (int h = 0; h < numbers.num_outputs; ++h) {
      run_.set_data(numbers.output(h), out[static_cast<std::size_t>(h)].data);
    }
    run_.forward(training);
  }

  void backward(std::span<const Tensor> out_grad, std::span<const Tensor> in_grad,
                bool again) override {
    if (!run_.plan().has_gradient()) return;
    const Externals& numbers = run_.plan().externals;
    for (int h = 0; h < numbers.num_outputs; ++h) {
      run_.set_data(numbers.out_grad(h), out_grad[static_cast<std::size_t>(h)].data);
    }
    for (int v = 0; v < numbers.num_variables; ++v) {
      run_.set_data(numbers.in_grad(v), in_grad[static_cast<std::size_t>(v)].data);
    }
    run_.backward(again);
  }

 private:
  GraphRun run_;
};

class GraphCallable final : public Callable {
 public:
  explicit GraphCallable(Symbol symbol)
      : symbol_(std::move(symbol)), graph_(symbol_.entries()), plans_(kPlans) {
    std::set<std::string> taken;
    for (const int i : graph_.variables) {
      const IndexedGraph::Item& item = graph_.items[static_cast<std::size_t>(i)];
      check(taken.insert(item.node->name).second, "a subgraph has two inputs named ",
            item.node->name);
      names_.push_back(item.node->name);
      entries_.push_back(static_cast<std::size_t>(item.first_entry));
      is_state_.push_back(item.is_state);
    }
    for (const auto& item : graph_.items) {
      if (!item.node->is_variable()) note(*item.node);
    }
  }

  int num_inputs() const override { return static_cast<int>(names_.size()); }
  int num_outputs() const override { return static_cast<int>(symbol_.num_outputs()); }
  bool is_state(int input) const override { return is_state_[static_cast<std::size_t>(input)]; }
  bool is_random() const override { return is_random_; }
  bool runs_user_code() const override { return runs_user_code_; }
  const Symbol& symbol() const { return symbol_; }
  std::string text() const override { return subgraph_text(symbol_); }

  void infer_types(std::span<std::optional<DType>> in,
                   std::span<std::optional<DType>> out) const override {
    DTypes known;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (in[i]) known[names_[i]] = *in[i];
    }
    const auto found = infer_known_types(graph_, known);
    for (std::size_t i = 0; i < names_.size(); ++i) in[i] = found[entries_[i]];
    for (std::size_t h = 0; h < out.size(); ++h) {
      out[h] = found[static_cast<std::size_t>(graph_.heads[h])];
    }
  }

  void infer_shapes(std::span<Shape> in, std::span<Shape> out,
                    std::span<const DType> in_types) const override {
    Shapes shapes;
    DTypes types;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (in[i].ndim_known()) shapes[names_[i]] = in[i];
      types[names_[i]] = in_types[i];
    }
    const auto found = infer_entries(graph_, shapes, types, true);
    for (std::size_t i = 0; i < names_.size(); ++i) in[i] = found.shapes[entries_[i]];
    for (std::size_t h = 0; h < out.size(); ++h) {
      out[h] = found.shapes[static_cast<std::size_t>(graph_.heads[h])];
    }
  }

  std::unique_ptr<CallableRun> start(const Place& place) const override {
    return std::make_unique<Run>(plans_.get([&](const Form& form) { return fits(form, place); },
                                            [&] { return form_of(place); },
                                            [&](const Form& form) { return compiled(form); }));
  }

 private:
  static constexpr std::size_t kPlans = 16;

  void note(const Node& node) {
    const Op& op = *node.op;
    const void* options = node.options.get();
    const Subgraphs* inner = op.subgraphs ? op.subgraphs(options) : nullptr;
    is_random_ = is_random_ || op.random || (inner != nullptr && inner->is_random());
    runs_user_code_ = runs_user_code_ || (op.runs_user_code && op.runs_user_code(options));
  }

  static Form form_of(const Place& place) {
    Form form{.shapes = {}, .types = {}, .context = place.context, .gradient = place.gradient};
    for (const Tensor& tensor : place.in) {
      form.shapes.push_back(tensor.shape);
      form.types.push_back(tensor.dtype);
    }
    form.products = amp::dtype();
    return form;
  }

  static bool fits(const Form& form, const Place& place) {
    bool same = form.context == place.context && form.gradient == place.gradient &&
                form.products == amp::dtype() && form.shapes.size() == place.in.size();
    for (std::size_t i = 0; same && i < place.in.size(); ++i) {
      same = form.shapes[i] == place.in[i].shape && form.types[i] == place.in[i].dtype;
    }
    return same;
  }

  std::shared_ptr<const Plan> compiled(const Form& form) const {
    std::vector<GradReq> requests;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const bool wanted = form.gradient && !is_state_[i] && is_floating(form.types[i]);
      requests.push_back(wanted ? GradReq::write : GradReq::null);
    }
    return std::make_shared<const Plan>(compile(symbol_, {.context = form.context,
                                                          .shapes = form.shapes,
                                                          .types = form.types,
                                                          .requests = requests,
                                                          .passes = passes_enabled()}));
  }

  Symbol symbol_;
  IndexedGraph graph_;
  /// Per input, and the entry that it is.
  std::vector<std::string> names_;
  std::vector<std::size_t> entries_;
  std::vector<bool> is_state_;
  bool is_random_ = false;
  bool runs_user_code_ = false;
  mutable PlanCache<Form, const Plan> plans_;
};

}  // namespace

std::shared_ptr<const Callable> make_callable(const Symbol& symbol) {
  return std::make_shared<const GraphCallable>(symbol);
}

const Symbol& symbol_of(const Callable& callable) {
  const auto* graph = dynamic_cast<const GraphCallable*>(&callable);
  check(graph != nullptr, "the function inside of a node is no graph");
  return graph->symbol();
}

}  // namespace gluino::graph
