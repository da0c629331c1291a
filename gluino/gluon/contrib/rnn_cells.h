#pragma once

#include <gluino/gluon/rnn/recurrent_cell.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Cells of mxnet.gluon.contrib.rnn.
namespace gluino::gluon::contrib::rnn {

using gluon::rnn::RecurrentCell;
using gluon::rnn::StateInfo;
using gluon::rnn::States;

struct LSTMPCellOptions {
  std::int64_t hidden_size = 0;
  std::int64_t projection_size = 0;
  /// Without them, the initializer that initialize() is given.
  init::Initializer i2h_weight_initializer{};
  init::Initializer h2h_weight_initializer{};
  init::Initializer h2r_weight_initializer{};
  init::Initializer i2h_bias_initializer = "zeros";
  init::Initializer h2h_bias_initializer = "zeros";
  /// 0: found in the first step.
  std::int64_t input_size = 0;
  std::string prefix{};
};

/// LSTMCell whose output is projected to projection_size numbers, by h2r_weight (Sak et al., 2014,
/// https://arxiv.org/abs/1402.1128). The states are that output, (N, projection_size), and the
/// memory, (N, hidden_size).
class GLUINO_API LSTMPCell : public RecurrentCell {
 public:
  using Options = LSTMPCellOptions;
  explicit LSTMPCell(const LSTMPCellOptions& options);
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;
  std::string to_string() const override;

 private:
  std::int64_t hidden_size_;
  std::int64_t projection_size_;
  Parameter i2h_weight_, h2h_weight_, i2h_bias_, h2h_bias_, h2r_weight_;
};

struct VariationalDropoutOptions {
  /// The parts of the elements that are set to zero in training.
  double drop_inputs = 0;
  double drop_states = 0;
  double drop_outputs = 0;
};

/// Dropout of a cell's inputs, of its first state and of its outputs by masks that all steps of a
/// sequence share (Gal and Ghahramani, 2016, https://arxiv.org/abs/1512.05287). Whoever does the
/// steps by hand calls reset() before each sequence.
class GLUINO_API VariationalDropoutCell : public RecurrentCell {
 public:
  /// Throws Error unless 0 <= p < 1 for all, and for drop_states around a cell that cannot run a
  /// single step.
  explicit VariationalDropoutCell(std::shared_ptr<RecurrentCell> base_cell,
                                  const VariationalDropoutOptions& options = {});
  template <std::derived_from<RecurrentCell> Cell>
  explicit VariationalDropoutCell(Cell base_cell, const VariationalDropoutOptions& options = {})
      : VariationalDropoutCell(std::make_shared<Cell>(std::move(base_cell)), options) {}
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;
  void reset() override;
  bool remembers() const override { return true; }
  std::string to_string() const override;

 protected:
  std::pair<std::vector<NDArray>, States> run_steps(const std::vector<NDArray>& steps,
                                                    States states,
                                                    const NDArray& valid_length) override;

 private:
  enum Place : std::size_t { kInputs, kStates, kOutputs };
  NDArray masked(const NDArray& x, Place place);

  std::shared_ptr<RecurrentCell> base_cell_;
  std::array<double, 3> rates_;
  std::array<NDArray, 3> masks_;
};

}  // namespace gluino::gluon::contrib::rnn
