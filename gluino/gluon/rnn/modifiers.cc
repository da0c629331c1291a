#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/rnn/modifiers.h>
#include <gluino/gluon/rnn/sequences.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>

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
  return {with_input(output, input), std::move(next)};
}

// Broadcasting would add one number to all.
NDArray ResidualCell::with_input(const NDArray& output, const NDArray& input) const {
  check(output.shape() == input.shape(), "[", title(), "] expected inputs of the outputs' shape, ",
        output.shape(), ", got ", input.shape());
  return output + input;
}

std::pair<std::vector<NDArray>, States> ResidualCell::run_steps(const std::vector<NDArray>& steps,
                                                                States states,
                                                                const NDArray& valid_length) {
  const auto [outputs, last] = base_cell_->unroll(
      static_cast<std::int64_t>(steps.size()), steps,
      {.begin_state = std::move(states), .merge_outputs = false, .valid_length = valid_length});
  std::vector<NDArray> sums = outputs.arrays();
  for (std::size_t t = 0; t < sums.size(); ++t) {
    sums[t] = with_input(sums[t], masked(valid_length, static_cast<std::int64_t>(t), steps[t]));
  }
  return {sums, last};
}

std::string ResidualCell::to_string() const {
  return str("ResidualCell(", base_cell_->to_string(), ")");
}

namespace {

void check_share(const char* option, double p) {
  check(p >= 0 && p < 1, "ZoneoutCell: ", option, ": expected 0 <= p < 1, got ", p);
}

// In training some elements of `after` as they were in `before`.
NDArray zoned_out(double p, const NDArray& after, const NDArray& before) {
  if (p == 0) return after;
  return ops::where(ops::Dropout(ops::ones_like(after), {.p = p}), after, before);
}

}  // namespace

ZoneoutCell::ZoneoutCell(std::shared_ptr<RecurrentCell> base_cell, const ZoneoutOptions& options)
    : RecurrentCell((base_cell == nullptr ? std::string() : base_cell->prefix()) + "zoneout_"),
      base_cell_(std::move(base_cell)),
      options_(options) {
  check_share("zoneout_outputs", options.zoneout_outputs);
  check_share("zoneout_states", options.zoneout_states);
  register_child("base_cell", base_cell_);
  check(base_cell_->can_step(), "ZoneoutCell: ", base_cell_->to_string(),
        " runs no single steps; put a ZoneoutCell around each of the cells inside instead");
}

std::vector<StateInfo> ZoneoutCell::state_info(std::int64_t batch_size) const {
  return base_cell_->state_info(batch_size);
}

std::pair<NDArray, States> ZoneoutCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  auto [output, next] = (*base_cell_)(input, states);
  if (options_.zoneout_outputs != 0) {
    const NDArray before = previous_output_.defined() ? previous_output_ : ops::zeros_like(output);
    output = zoned_out(options_.zoneout_outputs, output, before);
    previous_output_ = output;
  }
  for (std::size_t i = 0; i < next.size(); ++i) {
    next[i] = zoned_out(options_.zoneout_states, next[i], states[i]);
  }
  return {output, next};
}

void ZoneoutCell::reset() {
  RecurrentCell::reset();
  previous_output_ = NDArray();
}

bool ZoneoutCell::remembers() const {
  return options_.zoneout_outputs != 0 || RecurrentCell::remembers();
}

std::string ZoneoutCell::to_string() const {
  return str("ZoneoutCell(p_out=", python_repr(options_.zoneout_outputs),
             ", p_state=", python_repr(options_.zoneout_states), ", ", base_cell_->to_string(),
             ")");
}

}  // namespace gluino::gluon::rnn
