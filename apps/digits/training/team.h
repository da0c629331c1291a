#pragma once

#include <gluino/gluon/block.h>
#include <gluino/kvstore/kvstore.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace digits {

/// The processes that train one network together. A batch is cut into parts, as many for any number
/// of processes, and each process has some that follow each other: so all of them have the same
/// bits. What is said and written comes from one, the leader. Unless told otherwise, all must call
/// a method where one does.
class Team {
 public:
  /// One process.
  Team() = default;
  /// The processes of the store. Throws Failure with Exit::wrong_use when there are fewer parts
  /// than processes.
  Team(gluino::kv::KVStore store, std::int64_t parts);

  /// These three by whoever likes.
  int rank() const { return rank_; }
  int size() const { return size_; }
  bool leads() const { return rank_ == 0; }
  /// Not defined() of a process that was not told of a store.
  const gluino::kv::KVStore& store() const { return store_; }

  std::int64_t all_parts() const { return parts_; }
  /// The numbers [first, second) of this process's parts.
  std::pair<std::int64_t, std::int64_t> parts() const;
  /// Which of a batch's samples, [first, second), are this process's.
  std::pair<std::int64_t, std::int64_t> share(std::int64_t samples) const;

  /// The rows of all, in order.
  gluino::NDArray gather(const gluino::NDArray& rows) const;
  /// What the leader says.
  bool leader_says(bool own) const;
  /// Whether any says so.
  bool any_says(bool own) const;

 private:
  gluino::kv::KVStore store_;
  int rank_ = 0;
  int size_ = 1;
  std::int64_t parts_ = 1;
};

/// The copies of one array that a network has for each part, such as running statistics: those of
/// all processes, in the parts' order, where this one has `own`.
std::vector<gluino::NDArray> copies_of_all(const Team& team,
                                           const std::vector<gluino::NDArray>& own);

/// While it lives, the copies that differ from part to part are alike, as if one process had all
/// parts: those of the first, for which a network is tested, or the mean, which is saved.
class [[nodiscard]] AlikeCopies {
 public:
  enum class Are { as_the_first, the_mean };
  AlikeCopies(const Team& team, const gluino::gluon::Block& net, Are are);
  AlikeCopies(const AlikeCopies&) = delete;
  AlikeCopies& operator=(const AlikeCopies&) = delete;
  ~AlikeCopies();

 private:
  std::vector<std::pair<gluino::NDArray, gluino::NDArray>> before_;
};

}  // namespace digits
