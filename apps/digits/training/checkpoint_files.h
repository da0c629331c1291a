#pragma once

#include <apps/digits/training/saved_training.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace digits {

/// The checkpoints of one training: PREFIX-000001.checkpoint, PREFIX-000002.checkpoint, ... Each
/// takes the next number; only the newest are kept.
class CheckpointFiles {
 public:
  explicit CheckpointFiles(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string path(std::int64_t number) const;
  /// The numbers of those that there are, rising.
  std::vector<std::int64_t> numbers() const;

  struct Found {
    std::int64_t number = 0;
    SavedTraining saved;
  };
  /// The newest one that is whole. `note` is told, in a sentence each, of newer ones that are not.
  /// Nothing where there is none at all; throws Error when none is whole.
  std::optional<Found> newest(const std::function<void(const std::string&)>& note) const;

  /// Writes one more, whole or not at all, and then removes what is older than the newest `keep`
  /// and what stands behind it. The first one of a training that begins anew takes the place of all
  /// others. Throws Error on a full disk and the like; the others stay then.
  void write(const SavedTraining& saved, int keep);
  /// The next one is that behind `number`: the training goes on from there.
  void go_on_behind(std::int64_t number) { last_ = number; }
  /// Those of an earlier training stay when this one, which begins anew, writes its first.
  void keep_earlier() { keeps_earlier_ = true; }
  void remove_all() const;
  /// What was written, or went on from, last; 0: nothing.
  std::int64_t last() const { return last_; }

 private:
  std::string prefix_;
  std::int64_t last_ = 0;
  bool keeps_earlier_ = false;
};

}  // namespace digits
