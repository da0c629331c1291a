#include <gluino/graph/passes/passes.h>

#include <string>
#include <utility>

// Convolutions compute on strips: some samples side by side, innermost. Where the images go on to
// operators that can read strips, they stay so, and nobody turns them back and forth.
namespace gluino::graph {
namespace {

using Item = IndexedGraph::Item;

// What an operator does with images that lie in strips.
struct Role {
  /// Of the first inputs, those that may lie so; 0: the operator is a stranger to strips.
  std::size_t images = 0;
  /// Its output lies as its images do; else it reads and writes either way.
  bool same = false;
};

class Layouts {
 public:
  explicit Layouts(const PassGraph& graph)
      : graph_(graph), on_strips_(static_cast<std::size_t>(graph.indexed().num_entries()), false) {
    for (const Item& item : graph.indexed().items) {
      roles_.push_back(item.node->is_variable() ? Role() : role(item));
      if (roles_.back().images > 0) set(item.first_entry, half_fills_a_strip(item.first_entry));
    }
    for (const int head : graph.indexed().heads) set(head, false);
    while (settle()) {
    }
  }

  /// Of an item's data and output.
  StripLayout of(const Item& item) const {
    const int data = item.inputs[0];
    const Shape& shape = graph_.shape(data);
    return {
        .batch = shape.ndim() > 0 ? shape[0] : 0, .data = at(data), .output = at(item.first_entry)};
  }

 private:
  bool at(int entry) const { return on_strips_[static_cast<std::size_t>(entry)]; }
  void set(int entry, bool value) { on_strips_[static_cast<std::size_t>(entry)] = value; }
  bool clear(int entry) {
    const bool was = at(entry);
    set(entry, false);
    return was;
  }

  bool is_batch(int entry) const {
    const DType dtype = graph_.dtype(entry);
    return graph_.shape(entry).ndim() == 4 && (dtype == float32 || dtype == float64);
  }
  bool half_fills_a_strip(int entry) const {
    return is_batch(entry) && graph_.uses(entry) > 0 &&
           2 * graph_.shape(entry)[0] >= strip_samples(graph_.dtype(entry));
  }

  bool suits(const ConvolutionOptions& options, int data) const {
    return is_batch(data) && suits_strips(options, graph_.shape(data), graph_.dtype(data));
  }
  // Statistics of a batch must not count samples that only fill a strip.
  bool suits(const BatchNormOptions& options, int data) const {
    return options.axis == 1 && !options.output_mean_var && is_batch(data) &&
           graph_.shape(data)[0] % strip_samples(graph_.dtype(data)) == 0;
  }
  bool suits(const PoolingOptions& options, int data) const {
    return is_batch(data) && pools_side_by_side(options, graph_.shape(data));
  }

  Role role(const Item& item) const {
    const Node& node = *item.node;
    const auto converter = [](bool suits) { return Role{suits ? 1U : 0U, false}; };
    const auto passer = [](bool suits) { return Role{suits ? 1U : 0U, true}; };
    const int data = item.inputs.empty() ? 0 : item.inputs[0];
    if (const auto* o = options_if<ConvolutionOptions>(node)) return converter(suits(*o, data));
    if (const auto* o = options_if<FusedConvolutionOptions>(node)) {
      return converter(suits(o->convolution, data));
    }
    if (const auto* o = options_if<ConvolutionPoolingOptions>(node)) {
      return converter(is_batch(data) && suits_strips(*o, graph_.shape(data), graph_.dtype(data)));
    }
    if (const auto* o = options_if<PoolingOptions>(node)) return converter(suits(*o, data));
    if (const auto* o = options_if<BatchNormOptions>(node)) return passer(suits(*o, data));
    if (const auto* o = options_if<BatchNormActivationOptions>(node)) {
      return passer(suits(o->batch_norm, data));
    }
    return {has(node, &Op::elementwise) ? item.inputs.size() : 0, true};
  }

  // Takes off strips what an operator cannot read or write so; false when nothing was left to do.
  bool settle() {
    bool changed = false;
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      const Item& item = graph_.indexed().items[i];
      const Role role = roles_[i];
      bool all = at(item.first_entry);
      for (std::size_t k = 0; k < role.images; ++k) all = all && at(item.inputs[k]);
      const std::size_t kept = role.same && !all ? 0 : role.images;
      for (std::size_t k = kept; k < item.inputs.size(); ++k) {
        changed = clear(item.inputs[k]) || changed;
      }
      if (role.same && !all) changed = clear(item.first_entry) || changed;
    }
    return changed;
  }

  const PassGraph& graph_;
  std::vector<Role> roles_;
  std::vector<bool> on_strips_;
};

// The item's operator with other options, or another of the same meaning, that knows of strips.
template <class O>
std::shared_ptr<Node> on_strips(const Item& item, O options, const StripLayout& strips,
                                const PassGraph::Moved& moved) {
  options.strips = strips;
  return node_reading(item, options, item.node->name, moved);
}

}  // namespace

Symbol choose_layouts(const PassGraph& graph) {
  const Layouts layouts(graph);
  return graph.rewritten(
      [&](const Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        if (item.inputs.empty()) return nullptr;
        const StripLayout strips = layouts.of(item);
        if (!strips.any()) return nullptr;
        const Node& node = *item.node;
        if (const auto* o = options_if<ConvolutionOptions>(node)) {
          const FusedConvolutionOptions fused = {.convolution = *o, .act_type = ""};
          return on_strips(item, fused, strips, moved);
        }
        if (const auto* o = options_if<PoolingOptions>(node)) {
          return on_strips(item, FusedPoolingOptions{.kernel = o->kernel}, strips, moved);
        }
        if (const auto* o = options_if<FusedConvolutionOptions>(node)) {
          return on_strips(item, *o, strips, moved);
        }
        if (const auto* o = options_if<ConvolutionPoolingOptions>(node)) {
          return on_strips(item, *o, strips, moved);
        }
        return nullptr;
      });
}

}  // namespace gluino::graph
