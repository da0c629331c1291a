#include <gluino/base/error.h>
#include <gluino/gluon/rnn/bidirectional_cell.h>
#include <gluino/gluon/rnn/sequences.h>
#include <gluino/ops/movement/movement.h>

namespace gluino::gluon::rnn {

BidirectionalCell::BidirectionalCell(std::shared_ptr<RecurrentCell> l_cell,
                                     std::shared_ptr<RecurrentCell> r_cell)
    : RecurrentCell(""), l_cell_(std::move(l_cell)), r_cell_(std::move(r_cell)) {
  register_child("l_cell", l_cell_);
  register_child("r_cell", r_cell_);
}

std::vector<StateInfo> BidirectionalCell::state_info(std::int64_t batch_size) const {
  auto all = l_cell_->state_info(batch_size);
  for (StateInfo& state : r_cell_->state_info(batch_size)) all.push_back(std::move(state));
  return all;
}

std::pair<NDArray, States> BidirectionalCell::forward(const NDArray& /*input*/,
                                                      const States& /*states*/) {
  fail(to_string(), " runs no single steps, as one of its cells begins at the end; call unroll");
}

std::string BidirectionalCell::to_string() const {
  return str("BidirectionalCell(forward=", l_cell_->to_string(),
             ", backward=", r_cell_->to_string(), ")");
}

std::pair<std::vector<NDArray>, States> BidirectionalCell::run_steps(
    const std::vector<NDArray>& steps, States states, const NDArray& valid_length) {
  const auto length = static_cast<std::int64_t>(steps.size());
  const auto middle = states.begin() + static_cast<std::ptrdiff_t>(l_cell_->state_info().size());
  const auto [left, l_states] = l_cell_->unroll(length, steps,
                                                {.begin_state = {states.begin(), middle},
                                                 .merge_outputs = false,
                                                 .valid_length = valid_length});
  const auto [right, r_states] = r_cell_->unroll(length, reversed(steps, valid_length),
                                                 {.begin_state = {middle, states.end()},
                                                  .merge_outputs = false,
                                                  .valid_length = valid_length});
  const std::vector<NDArray> from_left = left.arrays();
  const std::vector<NDArray> from_right = reversed(right.arrays(), valid_length);
  std::vector<NDArray> outputs;
  outputs.reserve(steps.size());
  for (std::size_t t = 0; t < steps.size(); ++t) {
    outputs.push_back(ops::concat({from_left[t], from_right[t]}, {.dim = 1}));
  }
  States last = l_states;
  last.insert(last.end(), r_states.begin(), r_states.end());
  return {outputs, last};
}

}  // namespace gluino::gluon::rnn
