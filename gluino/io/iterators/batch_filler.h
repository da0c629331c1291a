#pragma once

#include <gluino/base/function_ref.h>

#include <cstdint>
#include <optional>

namespace gluino::io {

/// Groups the rows of a source that is read from its beginning to its end to batches, as MXNet's
/// iterators over files do. With round_batch the last batch is filled up with rows from the
/// beginning, and the next epoch goes on behind them; without, its last rows stay empty.
class BatchFiller {
 public:
  BatchFiller(std::int64_t batch_size, bool round_batch)
      : batch_size_(batch_size), round_batch_(round_batch) {}

  /// Calls row(i) for i = 0, 1, ... until there are enough; it returns false at the end of the
  /// source. Returns how many rows only fill the batch up, or nothing at the end of the epoch.
  std::optional<std::int64_t> fill(FunctionRef<bool(std::int64_t)> row, FunctionRef<void()> rewind);
  /// Begins a new epoch.
  void reset(FunctionRef<void()> rewind);
  /// Begins a new epoch at the beginning in any case.
  void restart(FunctionRef<void()> rewind);

 private:
  std::int64_t batch_size_;
  bool round_batch_;
  bool at_end_ = false;
  bool went_round_ = false;  // the source stands behind rows that filled the last batch up
};

}  // namespace gluino::io
