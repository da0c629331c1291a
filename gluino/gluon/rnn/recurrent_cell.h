#pragma once

#include <gluino/gluon/block_of.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon::rnn {

using States = std::vector<NDArray>;

/// A state of a cell: its shape, with the batch first.
struct StateInfo {
  Shape shape;
  std::string layout = "NC";
};

struct UnrollOptions {
  /// Not given: zeros.
  States begin_state{};
  /// Of inputs that are one array, and of merged outputs: "NTC" or "TNC".
  std::string layout = "NTC";
  /// Outputs as one array, or as a list with one per step. Not given: a list, unless there is a
  /// valid_length.
  std::optional<bool> merge_outputs{};
  /// The number of steps that count, per sample, (N,): outputs beyond are 0, and the states stay
  /// what they were at the last one.
  NDArray valid_length{};
};

/// One step of a recurrent network: `auto [output, states] = cell(x, states)`, of x (N, units), and
/// states as state_info says, which the first step gets from begin_state.
class GLUINO_API RecurrentCell
    : public HybridBlockOf<std::pair<NDArray, States>(const NDArray&, const States&)> {
 public:
  explicit RecurrentCell(std::string prefix) : WithForward(std::move(prefix)) {}

  virtual std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const = 0;
  /// States of zeros.
  States begin_state(std::int64_t batch_size, const Context& context = current_context(),
                     DType dtype = float32) const;

  /// Runs the cell for `length` steps over `inputs`, one array (N, T, units), or a list of T arrays
  /// (N, units). Gives the outputs of all steps, an array or a list, and the last states. Throws
  /// Error when there are other than `length` steps.
  std::pair<Nested, States> unroll(std::int64_t length, const Nested& inputs,
                                   const UnrollOptions& options = {});

  /// Forgets what cells inside keep from one step to the next beside their states (ZoneoutCell), as
  /// a new sequence needs it; unroll does it before and after.
  virtual void reset();
  /// Whether a cell inside keeps such things, so that a step by itself cannot be a graph.
  virtual bool remembers() const;
  /// False where only unroll can run it, because it begins at the end (BidirectionalCell).
  virtual bool can_step() const;

 protected:
  /// What unroll computes, from one array per step: one output for each, and the last states.
  virtual std::pair<std::vector<NDArray>, States> run_steps(const std::vector<NDArray>& steps,
                                                            States states,
                                                            const NDArray& valid_length);
  /// A cell that remembers runs forward itself in a step; its cells are graphs, if hybridized.
  Nested run(const Nested& inputs) override;
  /// Throws Error unless there are as many states as state_info says.
  void check_states(const States& states) const;

 private:
  /// The cells that this one is made of.
  std::vector<RecurrentCell*> cells() const;
};

/// Cells that run one upon the other, each on what the one below gave; their states stand in a row.
class GLUINO_API SequentialRNNCell : public RecurrentCell {
 public:
  explicit SequentialRNNCell(const std::string& prefix = {})
      : RecurrentCell(new_prefix("sequentialrnn", prefix)) {}

  /// Appends cells, which are moved into this one, in the order given; see Sequential::add.
  template <std::derived_from<RecurrentCell>... Cells>
  SequentialRNNCell& add(Cells... cells) {
    const std::vector<std::string> prefixes = counted_in_order({cells.prefix()...});
    std::size_t i = 0;
    (cells.rename(prefixes[i++]), ...);
    (add(std::make_shared<Cells>(std::move(cells))), ...);
    return *this;
  }
  SequentialRNNCell& add(std::shared_ptr<RecurrentCell> cell);

  std::size_t size() const { return children().size(); }
  /// A negative number counts from the end. Throws Error when there is no such cell.
  RecurrentCell& operator[](std::int64_t index) const;

  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;

 protected:
  /// One cell after the other, as the one below may have to see the end first.
  std::pair<std::vector<NDArray>, States> run_steps(const std::vector<NDArray>& steps,
                                                    States states,
                                                    const NDArray& valid_length) override;
};

/// All cells are hybrid ones; MXNet's names of what they are in Python.
using HybridRecurrentCell = RecurrentCell;
using HybridSequentialRNNCell = SequentialRNNCell;

}  // namespace gluino::gluon::rnn
