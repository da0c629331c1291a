#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/block.h>
#include <gluino/gluon/hybrid_block.h>
#include <gluino/gluon/nn/containers.h>

#include <set>

namespace gluino::gluon {
namespace {

constexpr int kWidth = 80;

struct Row {
  std::string layer;
  std::string shape;
  std::int64_t parameters;
};

std::string padded(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

// MXNet's columns: "{:>20}  {:>42} {:>15}".
std::string format_row(const std::string& layer, const std::string& shape,
                       const std::string& count) {
  return padded(layer, 20) + "  " + padded(shape, 42) + " " + padded(count, 15) + "\n";
}

// Containers, which only call their children, are left out of the table; a user's own block is a
// row.
bool is_container(const Block& block) {
  return dynamic_cast<const nn::Sequential*>(&block) != nullptr ||
         dynamic_cast<const nn::HybridSequential*>(&block) != nullptr;
}

// "(2, 3)", of several arrays "[(2, 3), [(4,), (4,)]]".
std::string shapes_of(const Nested& arrays) {
  if (arrays.is_array()) return arrays.array().shape().to_string();
  if (!arrays.defined()) return "None";
  std::vector<std::string> items;
  for (const Nested& item : arrays) items.push_back(shapes_of(item));
  return str("[", join(items), "]");
}

std::int64_t elements(const ParameterDict& parameters) {
  std::int64_t total = 0;
  for (const Parameter& parameter : parameters) total += parameter.shape().size();
  return total;
}

// Hooks that note each layer's output while one batch passes; taken off at the end.
class Observer {
 public:
  explicit Observer(Block& root) {
    root.apply([&](Block& block) {
      if (!seen_.insert(&block).second || is_container(block)) return;
      hooks_.emplace_back(
          &block, block.register_forward_hook(
                      [this](const Block& layer, const Nested& /*inputs*/, const Nested& output) {
                        const std::string name = str(layer.type_name(), "-", rows.size());
                        rows.push_back({name, shapes_of(output), elements(layer.params())});
                      }));
    });
  }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  ~Observer() {
    for (const auto& [block, id] : hooks_) block->remove_forward_hook(id);
  }

  std::vector<Row> rows;

 private:
  std::set<Block*> seen_;
  std::vector<std::pair<Block*, int>> hooks_;
};

}  // namespace

std::string Block::summary(const Nested& inputs) {
  Observer observer(*this);
  observer.rows.push_back({"Input", shapes_of(inputs), 0});
  {
    const autograd::Scope scope = autograd::pause();
    const EagerScope eager;  // graphs call no hooks
    call(inputs);
  }
  const ParameterDict parameters = collect_params();
  std::int64_t trainable = 0;
  for (const Parameter& parameter : parameters) {
    if (parameter.grad_req() != GradReq::null) trainable += parameter.shape().size();
  }
  const std::int64_t unique = elements(parameters);
  std::int64_t total = 0;
  const std::string line(kWidth, '-');
  const std::string double_line(kWidth, '=');
  std::string text =
      str(line, "\n", format_row("Layer (type)", "Output Shape", "Param #"), double_line, "\n");
  for (const Row& row : observer.rows) {
    text += format_row(row.layer, row.shape, std::to_string(row.parameters));
    total += row.parameters;
  }
  return str(text, double_line, "\n",
             "Parameters in forward computation graph, duplicate included\n",
             "   Total params: ", total, "\n", "   Trainable params: ", trainable, "\n",
             "   Non-trainable params: ", unique - trainable, "\n",
             "Shared params in forward computation graph: ", total - unique, "\n",
             "Unique parameters in model: ", unique, "\n", line);
}

}  // namespace gluino::gluon
