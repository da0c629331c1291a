#pragma once

#include <gluino/io/iterators/data_iter.h>
#include <gtest/gtest.h>

#include <string>

namespace gluino::io {

/// The labels and the pad of every batch left in the epoch: "0 1 2 | 3 0 1 (2) ".
inline std::string labels_of(DataIter& iter) {
  std::string text;
  for (const DataBatch& batch : iter) {
    EXPECT_EQ(batch.data[0].shape(), iter.provide_data()[0].shape);
    EXPECT_EQ(batch.label[0].shape(), iter.provide_label()[0].shape);
    text += text.empty() ? "" : "| ";
    for (const int label : batch.label[0].to_vector<int>()) text += str(label, ' ');
    if (batch.pad != 0) text += str('(', batch.pad, ") ");
  }
  return text;
}

inline std::string next_epoch(DataIter& iter) {
  iter.reset();
  return labels_of(iter);
}

/// The batches 0 to count - 1, each of its own number; throws instead of batch `broken`.
class Counter : public DataIter {
 public:
  explicit Counter(int count, int broken = -1) : DataIter(1), count_(count), broken_(broken) {}
  bool next(DataBatch& batch) override {
    batch.clear();
    if (next_ == broken_) fail("broken at ", next_);
    if (next_ == count_) return false;
    for (auto* arrays : {&batch.data, &batch.label}) {
      NDArray array({1});
      array.data<float>()[0] = static_cast<float>(next_);
      arrays->push_back(array);
    }
    batch.pad = next_ % 2;
    ++next_;
    return true;
  }
  void reset() override {
    next_ = 0;
    ++resets_;
  }
  std::vector<DataDesc> provide_data() const override { return {{"data", {1}}}; }
  std::vector<DataDesc> provide_label() const override { return {{"softmax_label", {1}}}; }
  int resets() const { return resets_; }

 private:
  int count_;
  int broken_;
  int next_ = 0;
  int resets_ = 0;
};

}  // namespace gluino::io
