#pragma once

#include <gluino/gluon/rnn/recurrent_cell.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon::rnn {

/// Two cells, of which one reads the steps from the first to the last and the other from the last
/// to the first; the outputs of a step stand side by side, and so do the states. It can only be
/// unrolled. With a valid_length the second begins at the end of each sample.
class GLUINO_API BidirectionalCell : public RecurrentCell {
 public:
  BidirectionalCell(std::shared_ptr<RecurrentCell> l_cell, std::shared_ptr<RecurrentCell> r_cell);
  template <std::derived_from<RecurrentCell> Left, std::derived_from<RecurrentCell> Right>
  BidirectionalCell(Left l_cell, Right r_cell)
      : BidirectionalCell(std::make_shared<Left>(std::move(l_cell)),
                          std::make_shared<Right>(std::move(r_cell))) {}
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  /// Throws Error.
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;
  bool can_step() const override { return false; }
  std::string to_string() const override;

 protected:
  std::pair<std::vector<NDArray>, States> run_steps(const std::vector<NDArray>& steps,
                                                    States states,
                                                    const NDArray& valid_length) override;

 private:
  std::shared_ptr<RecurrentCell> l_cell_;
  std::shared_ptr<RecurrentCell> r_cell_;
};

}  // namespace gluino::gluon::rnn
