#pragma once

#include <gluino/gluon/rnn/recurrent_cell.h>
#include <gluino/ops/layers/dropout.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

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

/// Adds the input to the output of a cell. Throws Error where their shapes differ.
class GLUINO_API ResidualCell : public RecurrentCell {
 public:
  explicit ResidualCell(std::shared_ptr<RecurrentCell> base_cell);
  template <std::derived_from<RecurrentCell> Cell>
  explicit ResidualCell(Cell base_cell)
      : ResidualCell(std::make_shared<Cell>(std::move(base_cell))) {}
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;
  std::string to_string() const override;

 protected:
  std::pair<std::vector<NDArray>, States> run_steps(const std::vector<NDArray>& steps,
                                                    States states,
                                                    const NDArray& valid_length) override;

 private:
  NDArray with_input(const NDArray& output, const NDArray& input) const;

  std::shared_ptr<RecurrentCell> base_cell_;
};

struct ZoneoutOptions {
  /// The parts of the elements that stay as they were in the step before, in training.
  double zoneout_outputs = 0;
  double zoneout_states = 0;
};

/// Zoneout (Krueger et al., https://arxiv.org/abs/1606.01305): in training some elements of a
/// cell's output and states are those of the step before, which of the first are zeros. Outside of
/// training nothing changes, as in MXNet. With zoneout_outputs the cell keeps its last output;
/// whoever does the steps by hand calls reset() before each sequence.
class GLUINO_API ZoneoutCell : public RecurrentCell {
 public:
  /// Throws Error unless 0 <= p < 1 for both, and for cells that cannot run a single step.
  explicit ZoneoutCell(std::shared_ptr<RecurrentCell> base_cell,
                       const ZoneoutOptions& options = {});
  template <std::derived_from<RecurrentCell> Cell>
  explicit ZoneoutCell(Cell base_cell, const ZoneoutOptions& options = {})
      : ZoneoutCell(std::make_shared<Cell>(std::move(base_cell)), options) {}
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;
  void reset() override;
  bool remembers() const override;
  std::string to_string() const override;

 private:
  std::shared_ptr<RecurrentCell> base_cell_;
  ZoneoutOptions options_;
  NDArray previous_output_;
};

}  // namespace gluino::gluon::rnn
