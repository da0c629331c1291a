#include <gluino/base/error.h>
#include <gluino/kvstore/row_sums.h>
#include <gluino/kvstore/tree_sum.h>
#include <gluino/ndarray/sparse_array.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

namespace gluino::kvstore {
namespace {

using Counts = std::vector<std::int64_t>;

// Less travels faster in few steps than around in a ring.
constexpr std::size_t kFewBytes = 1U << 16U;

NDArray as_bytes(const NDArray& array) {
  return {array.storage(), 0, Shape{static_cast<std::int64_t>(array.bytes())}, uint8};
}

// All workers' parts, one after the other, of which this one has `own`.
NDArray gathered(Workers& workers, const std::string& what, const NDArray& own,
                 const Counts& sizes) {
  const auto mine = sizes.begin() + workers.rank();
  const std::int64_t begin = std::accumulate(sizes.begin(), mine, std::int64_t{0});
  const NDArray all(Shape{std::accumulate(mine, sizes.end(), begin)}, own.dtype(), own.context());
  const bool are_few = all.bytes() <= kFewBytes;
  if (are_few && all.size() > 0) as_bytes(all).assign(0);
  if (*mine > 0) own.view(Shape{*mine}).copyto(all.slice_view(begin, begin + *mine));
  if (are_few) {
    workers.fill_in(what, as_bytes(all));
  } else {
    workers.run(what, {all}, gather_steps(sizes, workers.rank()));
  }
  return all;
}

// The array that each worker has.
std::vector<NDArray> of_all(Workers& workers, const std::string& key, const NDArray& own) {
  const SparseParts& parts = nd::sparse::parts_of(own);
  Shape shape = own.shape();
  const std::int64_t width = own.size() / std::max<std::int64_t>(shape[0], 1);
  const Counts rows = workers.gather(str("how many rows of ", key, ", ", own.dtype(), " ", shape),
                                     parts.indices.size());
  Counts numbers = rows;
  for (std::int64_t& count : numbers) count *= width;
  const NDArray indices = gathered(workers, str("places of rows of ", key), parts.indices, rows);
  const NDArray values = gathered(workers, str("rows of ", key), parts.values, numbers);
  std::vector<NDArray> arrays;
  std::int64_t begin = 0;
  for (const std::int64_t count : rows) {
    const std::int64_t end = begin + count;
    shape[0] = count;
    arrays.push_back(
        nd::sparse::row_sparse_array(values.slice_view(begin * width, end * width).view(shape),
                                     indices.slice_view(begin, end), own.shape()));
    begin = end;
  }
  return arrays;
}

}  // namespace

NDArray gather_rows(Workers& workers, const std::string& what, const NDArray& own) {
  Shape shape = own.shape();
  check(!shape.empty(), "kvstore: ", what, ": expected an array with rows, got shape ", shape);
  const std::int64_t rows = shape[0];
  shape[0] = 1;
  const std::int64_t width = shape.size();
  Counts counts =
      workers.gather(str("how many ", what, ", ", own.dtype(), ", of shape ", shape), rows);
  shape[0] = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  for (std::int64_t& count : counts) count *= width;
  return gathered(workers, str(what, ", ", own.dtype()), own, counts).view(shape);
}

NDArray sum_of_rows(Workers& workers, const std::string& key, const Arrays& copies) {
  check(copies[0].stype() == StorageType::row_sparse, "kvstore: key ", key,
        ": expected dense or row_sparse arrays, got ", to_string(copies[0].stype()));
  const Shards& shards = workers.shards(std::ssize(copies));
  const int size = workers.size();
  std::size_t rounds = 0;
  for (int worker = 0; worker < size; ++worker) {
    rounds = std::max(rounds, shards.slots(worker).size());
  }
  const std::vector<Range> slots = shards.slots(workers.rank());
  const std::int64_t first = shards.of(workers.rank()).begin;
  const Context place = copies[0].context();
  std::map<std::int64_t, std::pair<Range, NDArray>> parts;
  for (std::size_t round = 0; round < rounds; ++round) {
    // Who has no more sums gives one without rows.
    const NDArray own =
        round < slots.size()
            ? tree_sum(copies.subspan(static_cast<std::size_t>(slots[round].begin - first),
                                      static_cast<std::size_t>(slots[round].size())),
                       place)
            : nd::sparse::zeros(StorageType::row_sparse, copies[0].shape(), copies[0].dtype(),
                                place);
    const std::vector<NDArray> arrays = of_all(workers, key, own);
    for (int worker = 0; worker < size; ++worker) {
      const std::vector<Range> theirs = shards.slots(worker);
      if (round >= theirs.size()) continue;
      parts.emplace(theirs[round].begin,
                    std::pair(theirs[round], arrays[static_cast<std::size_t>(worker)]));
    }
  }
  return tree_sum({0, shards.size()}, [&](const Range& range) {
    const auto found = parts.find(range.begin);
    return found != parts.end() && found->second.first == range ? found->second.second : NDArray();
  });
}

}  // namespace gluino::kvstore
