#include <gluino/base/error.h>
#include <gluino/gluon/rnn/modifiers.h>
#include <gluino/ops/elementwise/arithmetic.h>

namespace gluino::gluon::rnn {

DropoutCell::DropoutCell(double rate, const std::string& prefix)
    : RecurrentCell(new_prefix("dropout", prefix)), options_{.p = rate} {
  check(rate >= 0 && rate < 1, "DropoutCell: rate: expected 0 <= rate < 1, got ", rate);
}

std::vector<StateInfo> DropoutCell::state_info(std::int64_t /*batch_size*/) const { return {}; }

std::pair<NDArray, States> DropoutCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  return {ops::Dropout(input, options_), states};
}

std::string DropoutCell::to_string() const {
  return str("DropoutCell(rate=", options_.p, ", axes=())");
}

ResidualCell::ResidualCell(std::shared_ptr<RecurrentCell> base_cell)
    : RecurrentCell((base_cell == nullptr ? std::string() : base_cell->prefix()) + "residual_"),
      base_cell_(std::move(base_cell)) {
  register_child("base_cell", base_cell_);
}

std::vector<StateInfo> ResidualCell::state_info(std::int64_t batch_size) const {
  return base_cell_->state_info(batch_size);
}

std::pair<NDArray, States> ResidualCell::forward(const NDArray& input, const States& states) {
  auto [output, next] = (*base_cell_)(input, states);
  return {output + input, std::move(next)};
}

std::string ResidualCell::to_string() const {
  return str("ResidualCell(", base_cell_->to_string(), ")");
}

}  // namespace gluino::gluon::rnn
