#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gluino::io {

/// What NDArrayIter takes: one array, a list of arrays, arrays with names, or, default-made, none.
class GLUINO_API IterArrays {
 public:
  using Named = std::vector<std::pair<std::string, NDArray>>;

  IterArrays() = default;
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an argument
  IterArrays(NDArray array) : IterArrays(std::vector<NDArray>{std::move(array)}) {}
  IterArrays(std::vector<NDArray> arrays) : unnamed_(std::move(arrays)) {}
  IterArrays(std::initializer_list<NDArray> arrays) : unnamed_(arrays) {}
  IterArrays(const std::map<std::string, NDArray>& arrays) : named_(arrays.begin(), arrays.end()) {}
  /// Throws Error when a name occurs twice.
  IterArrays(std::initializer_list<Named::value_type> arrays);
  // NOLINTEND(google-explicit-constructor)

  /// The arrays with their names: their own ones, in the order of the alphabet; `name` for a single
  /// array without a name, "_0_<name>", "_1_<name>" and so on for several.
  Named with_names(const std::string& name) const;

 private:
  std::vector<NDArray> unnamed_;
  Named named_;
};

struct NDArrayIterOptions {
  std::int64_t batch_size = 1;
  /// Visits the rows in a new random order each epoch, by random::shuffle.
  bool shuffle = false;
  /// What becomes of rows that do not fill a batch: "pad" fills it up with rows from the epoch's
  /// beginning and says in `pad` how many; "discard" leaves them out; "roll_over" puts them at the
  /// beginning of the next epoch, in a batch whose `pad` says how many came from the last one.
  std::string last_batch_handle = "pad";
  /// What arrays without names are called.
  std::string data_name = "data";
  std::string label_name = "softmax_label";
};

/// Batches of rows of arrays that are in memory, which it does not copy as a whole: what a user
/// changes in them is seen in the batches taken later. A batch is a copy of its rows, and may be
/// written to.
class GLUINO_API NDArrayIter : public DataIter {
 public:
  /// Throws Error when there is no data, an array has no axis, the arrays differ in their number of
  /// rows, the batch size is below 1, or last_batch_handle is none of the three.
  NDArrayIter(const IterArrays& data, const IterArrays& label,
              const NDArrayIterOptions& options = {});
  explicit NDArrayIter(const IterArrays& data, const NDArrayIterOptions& options = {})
      : NDArrayIter(data, {}, options) {}

  bool next(DataBatch& batch) override;
  void reset() override;
  /// Begins a new epoch and forgets rows that were to be rolled over.
  void hard_reset() override;

  std::vector<DataDesc> provide_data() const override;
  std::vector<DataDesc> provide_label() const override;

  /// The number of rows.
  std::int64_t num_data() const { return num_data_; }

 private:
  enum class Last { pad, discard, roll_over };

  void begin_epoch();
  bool at_end() const;
  std::int64_t row(std::int64_t position) const;
  void find_rows();
  NDArray rows_of(const NDArray& array) const;

  IterArrays::Named data_;
  IterArrays::Named label_;
  std::int64_t num_data_;
  bool shuffle_;
  Last last_;
  /// Where the batch at hand begins in the epoch. Positions below 0 are rows rolled over.
  std::int64_t cursor_ = 0;
  std::vector<std::int64_t> order_;        // of the rows; empty unless shuffled
  std::vector<std::int64_t> rolled_over_;  // rows of the last epoch, position -1 the last
  std::vector<std::int64_t> rows_;         // of the batch at hand
  bool consecutive_ = false;
};

}  // namespace gluino::io
