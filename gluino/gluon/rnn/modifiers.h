#pragma once

#include <gluino/gluon/rnn/recurrent_cell.h>
#include <gluino/ops/layers/dropout.h>

#include <memory>

namespace gluino::gluon::rnn {

/// Dropout of the input, between cells of a SequentialRNNCell; it has no states.
class GLUINO_API DropoutCell : public RecurrentCell {
 public:
  /// `rate`: the part of the elements that is set to zero in training. Throws Error unless 0 <=
  /// rate < 1.
  explicit DropoutCell(double rate, const std::string& prefix = {});
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;
  std::string to_string() const override;

 private:
  DropoutOptions options_;
};

/// Adds the input to the output of a cell, which must have the same shape.
class GLUINO_API ResidualCell : public RecurrentCell {
 public:
  explicit ResidualCell(std::shared_ptr<RecurrentCell> base_cell);
  template <std::derived_from<RecurrentCell> Cell>
  explicit ResidualCell(Cell base_cell)
      : ResidualCell(std::make_shared<Cell>(std::move(base_cell))) {}
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;
  std::string to_string() const override;

 private:
  std::shared_ptr<RecurrentCell> base_cell_;
};

}  // namespace gluino::gluon::rnn
