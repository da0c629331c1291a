#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/kvstore/process_sums.h>
#include <gluino/kvstore/row_sums.h>
#include <gluino/kvstore/tree_sum.h>
#include <gluino/ndarray/sparse_array.h>

#include <algorithm>
#include <utility>

namespace gluino::kvstore {
namespace {

// A message of this size keeps a network busy for longer than it takes to begin it.
constexpr std::int64_t kBucketBytes = 1 << 20;

NDArray flat(const NDArray& array) { return array.view(Shape{array.size()}); }

bool is_same(const NDArray& a, const NDArray& b) {
  return a.storage() == b.storage() && a.data() == b.data() && a.shape() == b.shape();
}

bool are_same(const std::vector<NDArray>& a, const Arrays& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same);
}

}  // namespace

bool ProcessSums::Started::is_unchanged() const {
  return std::equal(copies.begin(), copies.end(), versions.begin(),
                    [](const NDArray& copy, auto version) { return copy.version() == version; });
}

void ProcessSums::start(const Key& key, const Arrays& copies) { put(key, copies, false); }

void ProcessSums::start_early(const Key& key, const Arrays& copies) { put(key, copies, true); }

bool ProcessSums::is_compressed(const NDArray& copy) const {
  return two_bits_.has_value() && copy.dtype() == float32;
}

void ProcessSums::put(const Key& key, const Arrays& copies, bool early) {
  // Those have no length that all know.
  if (!copies[0].is_dense() || is_compressed(copies[0])) return;
  const auto found = started_.find(key);
  if (found != started_.end()) {
    const Started& before = found->second;
    // Whether one that set out early still holds, all workers ask each other (settle_early).
    const bool holds = before.early || before.is_unchanged();
    if (!early && holds && are_same(before.copies, copies)) return;
    started_.erase(found);
  }
  const autograd::Scope scope = autograd::pause();
  Bucket& bucket = bucket_for(copies);
  const std::int64_t first = bucket.shards.of(workers_.rank()).begin;
  const std::vector<Range> slots = bucket.shards.slots(workers_.rank());
  const Range place{bucket.used, bucket.used + copies[0].size()};
  if (std::ssize(copies) == 1 && bucket.shards.is_even() && copies[0].size() == bucket.capacity) {
    bucket.source = flat(copies[0]);
  } else {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      tree_sum(copies.subspan(static_cast<std::size_t>(slots[i].begin - first),
                              static_cast<std::size_t>(slots[i].size())),
               bucket.slots[i].slice_view(place.begin, place.end).view(copies[0].shape()));
    }
  }
  bucket.used = place.end;
  bucket.keys += str(bucket.keys.empty() ? "" : ", ", key, " ", copies[0].shape());
  Started& started = started_[key];
  started = {open_, place, {copies.begin(), copies.end()}, {}, early};
  for (const NDArray& copy : copies) started.versions.push_back(copy.version());
  some_are_early_ = some_are_early_ || early;
  if (bucket.used >= bucket.capacity) send();
}

// The open one, if these fit in.
ProcessSums::Bucket& ProcessSums::bucket_for(const Arrays& copies) {
  const NDArray& copy = copies[0];
  const auto rank = workers_.rank();
  if (open_ != nullptr) {
    const NDArray& slot = open_->slots[0];
    if (open_->used + copy.size() > open_->capacity || slot.dtype() != copy.dtype() ||
        slot.context() != copy.context() || open_->shards.of(rank).size() != std::ssize(copies)) {
      send();
    }
  }
  if (open_ == nullptr) {
    open_ = std::make_shared<Bucket>(workers_.shards(std::ssize(copies)));
    open_->capacity =
        std::max(kBucketBytes / static_cast<std::int64_t>(size_of(copy.dtype())), copy.size());
    for (std::size_t i = 0; i < open_->shards.slots(rank).size(); ++i) {
      open_->slots.emplace_back(Shape{open_->capacity}, copy.dtype(), copy.context());
    }
  }
  return *open_;
}

void ProcessSums::send() {
  if (open_ == nullptr) return;
  const std::shared_ptr<Bucket> sent = std::exchange(open_, nullptr);
  Bucket& bucket = *sent;
  const std::string what =
      str("the sum of ", bucket.slots[0].dtype(), " gradients of ", bucket.keys);
  bucket.pending = workers_.start(
      what, bucket.slots, sum_steps(bucket.shards, workers_.rank(), bucket.used), bucket.source);
}

NDArray ProcessSums::reduce(const Key& key, const Arrays& copies) {
  const autograd::Scope scope = autograd::pause();
  settle_early();
  if (!copies[0].is_dense()) return sum_of_rows(workers_, str(key), copies);
  if (is_compressed(copies[0])) return two_bits_->sum(workers_, str(key), copies);
  start(key, copies);
  auto taken = started_.extract(key);
  const Started& started = taken.mapped();
  if (started.bucket == open_) send();
  workers_.finish(started.bucket->pending);
  return started.bucket->slots[0]
      .slice_view(started.place.begin, started.place.end)
      .view(copies[0].shape());
}

// Has anybody changed, after a backward, what is being summed since? Each worker asks itself, and
// all do the same with the answers.
void ProcessSums::settle_early() {
  if (!std::exchange(some_are_early_, false)) return;
  send();
  const bool changed = std::any_of(started_.begin(), started_.end(),
                                   [](const auto& each) { return !each.second.is_unchanged(); });
  const auto all = workers_.gather("whether gradients were changed after backward", changed);
  const bool stale = std::any_of(all.begin(), all.end(), [](auto one) { return one != 0; });
  for (auto& [key, started] : started_) started.early = false;
  if (stale) started_.clear();
}

void ProcessSums::broadcast(const Key& key, const NDArray& value) {
  const autograd::Scope scope = autograd::pause();
  // Others may store more or fewer numbers than worker 0.
  const NDArray all = value.is_dense() ? value : nd::sparse::stored_as(value, StorageType::dense);
  workers_.run(str("worker 0's ", value.dtype(), " value of ", key, " ", value.shape()),
               {flat(all)}, broadcast_steps(workers_.size(), workers_.rank(), value.size()));
  if (!value.is_dense()) value.store(nd::sparse::stored_as(all, value.stype()));
}

}  // namespace gluino::kvstore
