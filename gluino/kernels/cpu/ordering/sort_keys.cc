#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/ordering/sort_keys.h>
#include <hwy/contrib/sort/vqsort.h>
#include <hwy/targets.h>

#include <algorithm>
#include <bit>
#include <cstddef>

namespace gluino::kernels {
namespace {

// Keys that are worth a thread of their own; a share of a merge, too.
constexpr std::int64_t kShare = 1 << 15;

template <class K>
bool less(const K& a, const K& b) {
  return a < b;
}
bool less(const WideKey& a, const WideKey& b) { return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo; }

// Highway's quicksort aborts on wide keys where vectors are smaller than AVX2's.
bool has_quicksort() {
#if HWY_ARCH_X86
  static const bool has = (hwy::SupportedTargets() & (2 * HWY_AVX2 - 1)) != 0;
  return has;
#else
  return HWY_ARCH_ARM_A64 != 0;
#endif
}

template <class K>
void sort_part(K* keys, std::int64_t n) {
  if (has_quicksort()) {
    thread_local const hwy::Sorter sorter;
    sorter(keys, static_cast<std::size_t>(n), hwy::SortAscending());
  } else {
    std::sort(keys, keys + n, [](const K& a, const K& b) { return less(a, b); });
  }
}

// Two neighbouring rows in order.
template <class K>
struct Pair {
  const K* first;
  std::int64_t first_size;
  const K* second;
  std::int64_t second_size;

  // How many of the least k of both stand in the first.
  std::int64_t of_first(std::int64_t k) const {
    std::int64_t low = std::max<std::int64_t>(0, k - second_size);
    std::int64_t high = std::min(k, first_size);
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (less(second[k - middle - 1], first[middle])) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  // The keys [begin, end) of both in order.
  void merge(std::int64_t begin, std::int64_t end, K* out) const {
    std::int64_t i = of_first(begin);
    std::int64_t j = begin - i;
    const std::int64_t i_end = of_first(end);
    const std::int64_t j_end = end - i_end;
    // Without jumps, half of which would be guessed wrong.
    while (i < i_end && j < j_end) {
      const bool from_second = less(second[j], first[i]);
      *out++ = from_second ? second[j] : first[i];
      i += static_cast<std::int64_t>(!from_second);
      j += static_cast<std::int64_t>(from_second);
    }
    std::copy_n(second + j, j_end - j, std::copy_n(first + i, i_end - i, out));
  }
};

// From parts of so many keys that are in order to parts of twice as many.
template <class K>
void merge_parts(const K* from, std::int64_t n, std::int64_t width, K* to) {
  parallel_for((n + kShare - 1) / kShare, 1, [&](std::int64_t share, std::int64_t stop) {
    for (; share < stop; ++share) {
      const std::int64_t begin = share * kShare;
      const std::int64_t left = begin / (2 * width) * (2 * width);
      const std::int64_t right = std::min(left + width, n);
      const Pair<K> pair = {from + left, right - left, from + right,
                            std::min(right + width, n) - right};
      pair.merge(begin - left, std::min(begin + kShare, n) - left, to + begin);
    }
  });
}

// Merging takes longer than sorting narrow keys does, on few threads.
template <class K>
constexpr std::uint64_t kLeastThreads = sizeof(K) < 8 ? 8 : 2;

template <class K>
void sort_all(K* keys, std::int64_t n, K* room) {
  const auto threads = static_cast<std::uint64_t>(num_threads());
  const auto parts = static_cast<std::int64_t>(std::bit_ceil(threads));
  const std::int64_t width = ((n + parts - 1) / parts + kShare - 1) / kShare * kShare;
  if (width >= n || threads < kLeastThreads<K>) return sort_part(keys, n);
  parallel_for((n + width - 1) / width, 1, [&](std::int64_t part, std::int64_t end) {
    for (; part < end; ++part) sort_part(keys + part * width, std::min(width, n - part * width));
  });
  K* from = keys;
  K* to = room;
  for (std::int64_t merged = width; merged < n; merged *= 2) {
    merge_parts(from, n, merged, to);
    std::swap(from, to);
  }
  if (from != keys) std::copy_n(from, n, keys);
}

}  // namespace

void sort_keys(std::uint32_t* keys, std::int64_t n, std::uint32_t* room) {
  sort_all(keys, n, room);
}
void sort_keys(std::uint64_t* keys, std::int64_t n, std::uint64_t* room) {
  sort_all(keys, n, room);
}
void sort_keys(WideKey* keys, std::int64_t n, WideKey* room) { sort_all(keys, n, room); }

}  // namespace gluino::kernels
