#pragma once

#include <gluino/kvstore/arguments.h>
#include <gluino/kvstore/processes/workers.h>
#include <gluino/kvstore/two_bits.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino::kvstore {

/// The sums of one store over all processes. Small arrays travel together: what is summed waits in
/// a bucket until that is full, or one of its sums is asked for.
class ProcessSums {
 public:
  Workers& workers() const { return workers_; }
  /// Whether arrays like this one are summed here: not those of a worker that is alone, unless
  /// they are compressed.
  bool sums(const NDArray& copy) const { return workers_.size() > 1 || is_compressed(copy); }

  /// Begins the sum of these copies and those of all other workers. Begun again under the same key
  /// with other copies, or ones that were changed since, it forgets the sum before.
  void start(const Key& key, const Arrays& copies);
  /// start, at a time when somebody may still change the copies: reduce finds out whether, at this
  /// or another worker, and then all sum anew.
  void start_early(const Key& key, const Arrays& copies);
  /// The sum that start has begun; without it, or of other copies, start's as well.
  NDArray reduce(const Key& key, const Arrays& copies);
  /// Overwrites the array by worker 0's.
  void broadcast(const Key& key, const NDArray& value);

  /// From now on float32 arrays are sent as TwoBits.
  void compress_to_two_bits(float threshold) { two_bits_.emplace(threshold); }
  /// From now on they are sent as they are. What was left of earlier ones is forgotten.
  void compress_no_more() { two_bits_.reset(); }

 private:
  struct Bucket {
    explicit Bucket(const Shards& given) : shards(given) {}

    Shards shards;
    /// Keys and shapes, as messages have them: all workers must have the same.
    std::string keys{};
    std::int64_t used = 0;
    std::int64_t capacity = 0;
    /// Sums of the shards that this worker has; all sums come to lie in the first.
    std::vector<NDArray> slots{};
    /// Of a large array, which is sent from where it is: the array.
    NDArray source{};
    Workers::Pending pending{};
  };
  struct Started {
    std::shared_ptr<Bucket> bucket;
    Range place;
    /// Of what the sum is, and what that was.
    std::vector<NDArray> copies;
    std::vector<std::uint32_t> versions;
    bool early = false;

    bool is_unchanged() const;
  };

  void put(const Key& key, const Arrays& copies, bool early);
  Bucket& bucket_for(const Arrays& copies);
  void send();
  void settle_early();
  bool is_compressed(const NDArray& copy) const;

  Workers& workers_ = Workers::ours();
  std::map<Key, Started> started_;
  std::shared_ptr<Bucket> open_;
  bool some_are_early_ = false;
  std::optional<TwoBits> two_bits_;
};

}  // namespace gluino::kvstore
