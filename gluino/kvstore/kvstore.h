#pragma once

#include <gluino/base/export.h>
#include <gluino/kvstore/arguments.h>
#include <gluino/kvstore/processes/workers_error.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/optimizer/core/updater.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

/// Where gradients are summed, over contexts and processes: MXNet's kvstore.
namespace gluino::kvstore {

/// What push does to a stored value with the sum of what was pushed.
using UpdateFunction =
    std::function<void(const Key& key, const NDArray& pushed, const NDArray& stored)>;

/// Values by key, which many may add to and read:
///
///     auto kv = kvstore::create("device");
///     kv.init("w", weight);
///     kv.set_optimizer(optimizer::create("sgd", {{"learning_rate", 0.1}}));
///     kv.push("w", {grad_on_cpu0, grad_on_cpu1});  // one update with their sum
///     kv.pull("w", {weight_on_cpu0, weight_on_cpu1});
///
/// The keys of a store are numbers or names, not both. Copies are added in a tree, as (a + b) +
/// (c + d): the same bits for any number of threads. Methods take one key, or several at once,
/// of which none changes when there is an Error in any. `priority` has no effect: what is pushed
/// first goes first. Copies of a store are handles of the same one; a default-made handle refers to
/// none. For one thread at a time.
///
/// A "dist_sync" store adds up the copies of all processes that mpirun has started. Each has the
/// stored values and makes the same updates, so pull waits for nobody. The tree goes over the
/// copies of all processes in their order: four copies give the same bits whether they are in one
/// process, in two or in four. All processes must call the same methods in the same order. Where
/// one dies, ends early or does something else, the others throw WorkersError within
/// five seconds.
class GLUINO_API KVStore {
 public:
  KVStore() = default;
  bool defined() const { return impl_ != nullptr; }

  /// Stores a copy, of worker 0's value. Throws Error for a key that there is already.
  void init(const Key& key, const NDArray& value) const;
  void init(const Keys& keys, const ArraysOfKeys& values) const;

  /// Replaces the stored value by the sum of the copies or, where there is an updater, has that
  /// update it. Throws Error for a key without init, and for arrays of another shape or type.
  void push(const Key& key, const Arrays& values, int priority = 0) const;
  void push(const Keys& keys, const ArraysOfKeys& values, int priority = 0) const;
  /// Writes the stored value to each array, converted to its type. Throws Error for a key without
  /// init, and for arrays of another shape. `ignore_sparse` leaves out the sparse ones of `outs`,
  /// which stay as they are.
  void pull(const Key& key, const Arrays& outs, int priority = 0, bool ignore_sparse = true) const;
  void pull(const Keys& keys, const ArraysOfKeys& outs, int priority = 0,
            bool ignore_sparse = true) const;
  /// push and pull at once. Without `outs` the values pushed are overwritten.
  void pushpull(const Key& key, const Arrays& values, int priority = 0) const;
  void pushpull(const Key& key, const Arrays& values, const Arrays& outs, int priority = 0) const;
  void pushpull(const Keys& keys, const ArraysOfKeys& values, int priority = 0) const;
  void pushpull(const Keys& keys, const ArraysOfKeys& values, const ArraysOfKeys& outs,
                int priority = 0) const;
  /// init and pull at once.
  void broadcast(const Key& key, const NDArray& value, const Arrays& outs, int priority = 0) const;
  void broadcast(const Keys& keys, const ArraysOfKeys& values, const ArraysOfKeys& outs,
                 int priority = 0) const;
  /// Writes the rows of the stored value that `row_ids` names to row_sparse arrays, which store no
  /// others then. Throws Error for other arrays, and for rows outside.
  void row_sparse_pull(const Key& key, const Arrays& outs, const NDArray& row_ids,
                       int priority = 0) const;

  /// Throws Error where a worker's optimizer has other settings than those of other workers: each
  /// makes the updates for itself, and they are to be the same. Setting one asks for that, too.
  void check_alike(const optimizer::Optimizer& optimizer) const;
  /// What push does from now on. The optimizer knows a key that is a number by it, one that is a
  /// name by `index`; multipliers find it by its name.
  void set_optimizer(std::shared_ptr<optimizer::Optimizer> optimizer) const;
  /// The same with an optimizer's states that there are already, which stay shared; with a
  /// function.
  void set_updater(const optimizer::Updater& updater) const;
  void set_updater(UpdateFunction updater) const;
  /// {"type": "2bit", "threshold": "0.5"}: from now on float32 arrays are sent as MXNet compresses
  /// them, a number as one of -threshold, 0 and threshold, what is left being added to the next.
  /// What is not finite arrives as NaN. The type "none" sends arrays as they are again. Throws
  /// Error for other settings, and for a store of one process, which sends nothing.
  void set_gradient_compression(const std::map<std::string, std::string>& params) const;
  /// The number itself; of a name, how many keys were there before it. Throws Error for a key
  /// without init.
  std::int64_t index(const Key& key) const;

  /// Writes and reads what the optimizer keeps; with dump_optimizer its rates, too. Throws Error
  /// without an optimizer; for a file that is not of this optimizer and these values, which then
  /// changes nothing.
  void save_optimizer_states(const std::string& path, bool dump_optimizer = false) const;
  void load_optimizer_states(const std::string& path) const;

  /// As create was given it, in lower case.
  const std::string& type() const;
  /// This process's number, and how many there are.
  int rank() const;
  int num_workers() const;
  /// Returns when all processes have come here.
  void barrier() const;
  /// Asked, by whoever waits for other processes: true ends the wait with a WorkersError. Holds for
  /// all stores of the process.
  void set_stop_check(std::function<bool()> should_stop) const;
  /// Whether it can run an "optimizer". Throws Error for another word.
  bool is_capable(const std::string& capability) const;

  // What trainers are made of ---------------------------------------------------------------------

  /// Has the store keep `value` itself under the key, not a copy: updates are made in place, so
  /// nobody needs to pull at its place. The key may be given another array later; throws Error for
  /// one that init made.
  void share(const Key& key, const NDArray& value) const;
  /// The sum of the copies; of one copy that array itself, else an array at the place of the first
  /// that the next sum under this key overwrites. The key needs no init, and no value changes.
  NDArray reduce(const Key& key, const Arrays& values) const;
  /// Begins the sum over processes that reduce (push) will give for these copies: small ones that
  /// are begun one after the other travel together.
  void start(const Key& key, const Arrays& values) const;
  /// Has each backward begin the sum of these variables' gradients as soon as all have theirs.
  /// Where somebody changes a gradient before it is reduced, here or in another process, all sum
  /// anew. To be called again after attach_grad.
  void start_in_backward(const Key& key, const Arrays& variables) const;
  /// Overwrites the copies by worker 0's value.
  void unify(const Key& key, const Arrays& copies) const;
  /// The rows (axis 0) of all processes, one after the other, of arrays that are alike in all else.
  NDArray gather(const NDArray& rows) const;
  /// Whether set_updater was last called with a copy of this updater.
  bool updates_with(const optimizer::Updater& updater) const;

 private:
  struct Impl;
  friend KVStore create(const std::string& type);
  Impl& impl() const;

  std::shared_ptr<Impl> impl_;
};

/// A store by MXNet's name: "local" sums on the CPU, "device" where the first copy is, which is the
/// same as long as all contexts are the CPU's; "local_update_cpu", "local_allreduce_cpu" and
/// "local_allreduce_device" are their other names. "dist_sync" and "dist_device_sync"
/// ("dist_sync_device") sum over the processes that mpirun has started, by the machine's Open MPI;
/// a process that was started alone is the only one. Throws Error for others, among them
/// "dist_async", and where there is no Open MPI.
GLUINO_API KVStore create(const std::string& type = "local");

/// A store as an option: its type, a store that the caller has made, or nullptr, "none" or "" for
/// none.
class GLUINO_API KVStoreRef {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an option
  KVStoreRef(const char* type) : type_(type) {}
  KVStoreRef(std::string type) : type_(std::move(type)) {}
  KVStoreRef(KVStore store) : store_(std::move(store)) {}
  KVStoreRef(std::nullptr_t /*none*/) {}
  // NOLINTEND(google-explicit-constructor)

  /// Whether the caller has made it.
  bool is_made() const { return store_.defined(); }
  /// The store; a new one where there is a type, none (not defined()) where there is to be none.
  KVStore get() const;

 private:
  std::string type_;
  KVStore store_;
};

}  // namespace gluino::kvstore

namespace gluino {
namespace kv = kvstore;
}  // namespace gluino
