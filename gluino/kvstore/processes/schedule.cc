#include <gluino/base/error.h>
#include <gluino/kvstore/processes/schedule.h>

#include <algorithm>
#include <bit>
#include <cstddef>

namespace gluino::kvstore {
namespace {

std::int64_t largest_power_below(std::int64_t n) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(n)) / 2);
}

Range half(const Range& whole, bool upper) {
  const std::int64_t middle = whole.begin + whole.size() / 2;
  return upper ? Range{middle, whole.end} : Range{whole.begin, middle};
}

// Workers that are neighbours in the tree exchange halves, then those of pairs their quarters, ...;
// in the end each has the sum of one part, and the parts go back the same way.
std::vector<Step> halving_steps(int workers, int rank, std::int64_t n) {
  std::vector<Step> there;
  std::vector<Step> back;
  Range mine{0, n};
  for (int distance = 1; distance < workers; distance *= 2) {
    const int other = rank ^ distance;
    const bool upper = (rank & distance) != 0;
    const Range kept = half(mine, upper);
    const Range given = half(mine, !upper);
    there.push_back({.to = other, .send = given, .from = other, .receive = kept, .adds = true});
    back.push_back({.to = other, .send = kept, .from = other, .receive = given});
    mine = kept;
  }
  there.insert(there.end(), back.rbegin(), back.rend());
  return there;
}

// Along the tree: who has the first shard of a range has the sum of it.
class TreeSteps {
 public:
  TreeSteps(const Shards& shards, int rank, std::int64_t n)
      : shards_(shards), rank_(rank), all_{0, n}, slots_(shards.slots(rank)) {}

  std::vector<Step> steps() {
    add({0, shards_.size()});
    return std::move(steps_);
  }

 private:
  // The slot of this worker whose range begins with the shard.
  int slot_at(std::int64_t shard) const {
    const auto found = std::find_if(slots_.begin(), slots_.end(),
                                    [&](const Range& slot) { return slot.begin == shard; });
    return static_cast<int>(found - slots_.begin());
  }

  void add(const Range& range) {
    const int left = shards_.owner(range.begin);
    if (left == shards_.owner(range.end - 1)) return;
    const std::int64_t middle = middle_of(range);
    const int right = shards_.owner(middle);
    add({range.begin, middle});
    add({middle, range.end});
    if (left == right && left == rank_) {
      steps_.push_back({.send_slot = slot_at(middle),
                        .send = all_,
                        .receive_slot = slot_at(range.begin),
                        .receive = all_,
                        .adds = true});
    } else if (left == rank_) {
      steps_.push_back(
          {.from = right, .receive_slot = slot_at(range.begin), .receive = all_, .adds = true});
    } else if (right == rank_) {
      steps_.push_back({.to = left, .send_slot = slot_at(middle), .send = all_});
    }
  }

  const Shards& shards_;
  int rank_;
  Range all_;
  std::vector<Range> slots_;
  std::vector<Step> steps_;
};

void cut(const Range& range, const Range& mine, std::vector<Range>& slots) {
  if (range.end <= mine.begin || range.begin >= mine.end) return;
  if (mine.begin <= range.begin && range.end <= mine.end) return slots.push_back(range);
  const std::int64_t middle = middle_of(range);
  cut({range.begin, middle}, mine, slots);
  cut({middle, range.end}, mine, slots);
}

}  // namespace

std::int64_t middle_of(const Range& shards) {
  return shards.begin + largest_power_below(shards.size());
}

Shards::Shards(std::span<const std::int64_t> counts) : first_{0} {
  check(!counts.empty(), "kvstore: expected shards of a worker, got none");
  for (std::size_t worker = 0; worker < counts.size(); ++worker) {
    check(counts[worker] > 0, "kvstore: worker ", worker, ": expected at least one shard, got ",
          counts[worker]);
    first_.push_back(first_.back() + counts[worker]);
  }
}

Range Shards::of(int worker) const {
  const auto at = static_cast<std::size_t>(worker);
  return {first_[at], first_[at + 1]};
}

int Shards::owner(std::int64_t shard) const {
  const auto next = std::upper_bound(first_.begin(), first_.end(), shard);
  return static_cast<int>(next - first_.begin()) - 1;
}

std::vector<Range> Shards::slots(int worker) const {
  std::vector<Range> slots;
  cut({0, size()}, of(worker), slots);
  return slots;
}

bool Shards::is_even() const {
  const auto each = static_cast<std::uint64_t>(first_[1]);
  if (!std::has_single_bit(static_cast<unsigned>(workers()))) return false;
  if (workers() > 1 && !std::has_single_bit(each)) return false;
  for (int worker = 0; worker < workers(); ++worker) {
    if (of(worker).size() != first_[1]) return false;
  }
  return true;
}

std::vector<Step> sum_steps(const Shards& shards, int rank, std::int64_t n) {
  if (shards.is_even()) return halving_steps(shards.workers(), rank, n);
  std::vector<Step> steps = TreeSteps(shards, rank, n).steps();
  for (const Step& step : broadcast_steps(shards.workers(), rank, n)) steps.push_back(step);
  return steps;
}

std::vector<Step> broadcast_steps(int workers, int rank, std::int64_t n) {
  std::vector<Step> steps;
  for (int known = 1; known < workers; known *= 2) {
    if (rank < known && rank + known < workers) {
      steps.push_back({.to = rank + known, .send = {0, n}});
    } else if (rank >= known && rank < 2 * known) {
      steps.push_back({.from = rank - known, .receive = {0, n}});
    }
  }
  return steps;
}

std::vector<Step> gather_steps(std::span<const std::int64_t> sizes, int rank) {
  std::vector<Range> parts;
  std::int64_t end = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back({end, end + size});
    end += size;
  }
  const int workers = static_cast<int>(sizes.size());
  const auto part = [&](int worker) {
    return parts[static_cast<std::size_t>((worker + workers) % workers)];
  };
  std::vector<Step> steps;
  for (int k = 0; k + 1 < workers; ++k) {
    steps.push_back({.to = (rank + 1) % workers,
                     .send = part(rank - k),
                     .from = (rank + workers - 1) % workers,
                     .receive = part(rank - k - 1)});
  }
  return steps;
}

std::vector<Step> barrier_steps(int workers, int rank) {
  std::vector<Step> steps;
  for (int distance = 1; distance < workers; distance *= 2) {
    steps.push_back(
        {.to = (rank + distance) % workers, .from = (rank + workers - distance) % workers});
  }
  return steps;
}

}  // namespace gluino::kvstore
