#include <gluino/graph/frozen/row_wise.h>
#include <gluino/ops/core/data_inputs.h>

#include <algorithm>
#include <array>

namespace gluino::graph {
namespace {

using Item = IndexedGraph::Item;

// Which entries have rows, one per sample of the batch; the others are the same for every batch.
class Rows {
 public:
  Rows(const KnownGraph& graph, const std::vector<std::string>& inputs,
       std::span<const NDArray> like)
      : graph_(graph),
        indexed_(graph.symbol.entries()),
        types_(types_for(graph, inputs, like)),
        batch_(like[0].shape()[0]),
        has_rows_(static_cast<std::size_t>(indexed_.num_entries()), false) {}

  bool everywhere() {
    for (const Item& item : indexed_.items) {
      const bool variable = item.node->is_variable();
      const bool rows = variable ? !graph_.params.contains(item.node->name) : reads_rows(item);
      if (!rows) {
        if (!variable && item.node->op->random) return false;
        continue;
      }
      if (!variable && !keeps_rows(item)) return false;
      for (int i = 0; i < item.node->num_outputs(); ++i) {
        has_rows_[at(item.first_entry + i)] = true;
        if (i < item.node->num_visible_outputs() && !has_batch(item.first_entry + i)) return false;
      }
    }
    return std::all_of(indexed_.heads.begin(), indexed_.heads.end(),
                       [&](int head) { return has_rows_[at(head)]; });
  }

 private:
  static std::size_t at(int entry) { return static_cast<std::size_t>(entry); }
  const Shape& shape(int entry) const { return types_.shapes[at(entry)]; }
  bool has_batch(int entry) const { return shape(entry).ndim() > 0 && shape(entry)[0] == batch_; }

  bool reads_rows(const Item& item) const {
    return std::any_of(item.inputs.begin(), item.inputs.end(),
                       [&](int input) { return has_rows_[at(input)]; });
  }

  bool keeps_rows(const Item& item) const {
    const Op& op = *item.node->op;
    if (!op.row_wise) return false;
    const int first = *std::find_if(item.inputs.begin(), item.inputs.end(),
                                    [&](int input) { return has_rows_[at(input)]; });
    const Shape& data = shape(first);
    const int num_data =
        num_data_of(op, item.node->options.get(), static_cast<int>(item.inputs.size()));
    for (std::size_t i = 0; i < item.inputs.size(); ++i) {
      const int input = item.inputs[i];
      // Labels are looked at by gradients alone.
      const bool may_have_rows = op.is_loss || static_cast<int>(i) < num_data;
      if (!may_have_rows && has_rows_[at(input)]) return false;
      if (has_rows_[at(input)] && shape(input).ndim() != data.ndim()) return false;
      // A constant beside the data must be the same for each row.
      const bool one_for_all = shape(input).ndim() < data.ndim() || shape(input)[0] == 1;
      if (may_have_rows && !has_rows_[at(input)] && !one_for_all) return false;
    }
    return op.row_wise(item.node->options.get(), data);
  }

  const KnownGraph& graph_;
  IndexedGraph indexed_;
  EntryTypes types_;
  std::int64_t batch_;
  std::vector<bool> has_rows_;
};

}  // namespace

bool is_row_wise(const KnownGraph& graph, const std::vector<std::string>& inputs,
                 std::span<const NDArray> like) {
  const bool one_batch = !like.empty() && std::all_of(like.begin(), like.end(), [&](const auto& x) {
    return x.ndim() > 0 && x.shape()[0] == like[0].shape()[0];
  });
  return one_batch && Rows(graph, inputs, like).everywhere();
}

Shape rounded(const Shape& shape) {
  constexpr std::array<std::int64_t, 14> kSizes = {1,  2,  3,  4,  7,  8,  15,
                                                   16, 24, 32, 40, 48, 56, 64};
  Shape result = shape;
  if (shape.ndim() == 0 || shape[0] == 0) return result;
  const auto* const place = std::lower_bound(kSizes.begin(), kSizes.end(), shape[0]);
  if (place != kSizes.end()) result[0] = *place;
  return result;
}

}  // namespace gluino::graph
