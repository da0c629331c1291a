#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// What each worker sends and receives, step by step, so that all together do one thing. Pure
/// functions: the same plan is made by all.
///
/// A batch is cut into shards, and each worker computes the gradients of some that follow each
/// other. Gradients are added in one tree over the shards: a range of n shards is cut after the
/// largest power of two below n, both halves are added up, and then the two sums. Since a + b and
/// b + a have the same bits, the sum has the same bits whoever adds where.
namespace gluino::kvstore {

/// Elements (or shards) begin to end - 1.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// Where a range of more than one shard is cut in two.
std::int64_t middle_of(const Range& shards);

/// What one worker does at once: it sends a part of one of its slots (its sums of shards, one or
/// several arrays of the same length) and receives a part, which it keeps or adds.
struct Step {
  static constexpr int kNobody = -1;

  int to = kNobody;
  int send_slot = 0;
  Range send{};
  int from = kNobody;
  int receive_slot = 0;
  Range receive{};
  /// What is received is added to what is there. From kNobody to kNobody: the slot `send_slot` is.
  bool adds = false;
};

/// How many shards each worker has.
class Shards {
 public:
  /// Throws Error unless there is a worker, and each has a shard.
  explicit Shards(std::span<const std::int64_t> counts);

  int workers() const { return static_cast<int>(first_.size()) - 1; }
  std::int64_t size() const { return first_.back(); }
  Range of(int worker) const;
  int owner(std::int64_t shard) const;
  /// The worker's ranges that are summed before anything is sent: the subtrees that it has whole.
  std::vector<Range> slots(int worker) const;
  /// Whether every worker has one subtree, all of the same size, and so halves of halves.
  bool is_even() const;

 private:
  std::vector<std::int64_t> first_;
};

/// Leaves the sum over all shards in slot 0 of every worker, `n` elements. Of even shards by
/// halving what is summed and then doubling what is known: 2 n elements sent by each worker,
/// whatever their number; else along the tree, and back from worker 0.
std::vector<Step> sum_steps(const Shards& shards, int rank, std::int64_t n);
/// Worker 0's `n` elements for all, in ceil(log2(workers)) steps.
std::vector<Step> broadcast_steps(int workers, int rank, std::int64_t n);
/// All parts for all: each worker's lies in its place, one after the other, around in a ring.
std::vector<Step> gather_steps(std::span<const std::int64_t> sizes, int rank);
/// Ends when all have begun.
std::vector<Step> barrier_steps(int workers, int rank);

}  // namespace gluino::kvstore
