#pragma once

#include <gluino/kvstore/processes/exchange.h>
#include <gluino/kvstore/processes/mpi.h>
#include <gluino/kvstore/processes/schedule.h>
#include <gluino/ndarray/ndarray.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gluino::kvstore {

/// The processes that train together, of which this is one. What they do together begins in the
/// same order in each. Exchanges go on whenever one of them is waited for, and now and then beside
/// what else is computed. When a worker dies, stops or leaves, all that wait for it throw
/// WorkersError within seconds, now and ever after.
class Workers {
 public:
  /// The same for all stores of a process. Throws Error where there is no MPI, and in a process
  /// that was forked.
  static Workers& ours();

  Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Takes leave, which waits for the others to come to their end, too.
  ~Workers();

  int rank() const { return rank_; }
  int size() const { return size_; }

  using Pending = std::shared_ptr<Exchange>;
  /// Begins; `slots` must stay untouched until finish, which returns when it is done. `what` as
  /// Exchange has it, and `source`.
  Pending start(const std::string& what, std::vector<NDArray> slots, std::vector<Step> steps,
                NDArray source = {});
  void finish(const Pending& pending);
  void run(const std::string& what, std::vector<NDArray> slots, std::vector<Step> steps) {
    finish(start(what, std::move(slots), std::move(steps)));
  }

  void barrier();
  /// A barrier to which all come with the same text. Throws Error where another came with another
  /// one.
  void agree(const std::string& what);
  /// Whole numbers, of one axis, of which each worker knows some and has 0 for the others: all get
  /// to know all, in 2 log2(size()) steps.
  void fill_in(const std::string& what, const NDArray& numbers);
  /// One number of each worker.
  std::vector<std::int64_t> gather(const std::string& what, std::int64_t own);
  /// The shards of all, where this one has so many.
  const Shards& shards(std::int64_t own);

  /// Asked while something is waited for: true ends that with an Error.
  void set_stop_check(std::function<bool()> should_stop) { should_stop_ = std::move(should_stop); }

 private:
  using Lock = std::unique_lock<std::mutex>;

  struct News;
  void beside();
  /// All of these under the lock.
  void advance();
  void beat();
  void listen();
  void tell(int worker, const News& news);
  void take(const News& news, int from);
  /// `culprit`: whose fault it is.
  void fail_for_all(const std::string& reason, int culprit);
  void check_process() const;
  void check_failure() const;
  void check_health(const Exchange& pending) const;

  mpi::World world_;
  int rank_;
  int size_;
  std::uint64_t made_in_;

  std::mutex mutex_;
  std::unique_ptr<std::condition_variable> changed_ = std::make_unique<std::condition_variable>();
  bool leaving_ = false;
  std::uint64_t next_number_ = 0;
  std::deque<Pending> pending_;
  std::optional<Shards> shards_;
  std::int64_t own_shards_ = 0;
  std::function<bool()> should_stop_;

  // How many beats ago each was last heard of, and how many beats ago it has left; by worker 0 of
  // all, by the others of worker 0.
  struct Health {
    int silent_beats = 0;
    std::optional<int> left_beats{};
  };
  std::vector<Health> health_;
  std::int64_t next_beat_;
  std::string failure_;
  struct Letter;
  std::deque<std::unique_ptr<Letter>> letters_;

  std::thread thread_;
};

}  // namespace gluino::kvstore
