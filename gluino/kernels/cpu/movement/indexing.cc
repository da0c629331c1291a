#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/movement/indexing.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace gluino::kernels {

void bound_indices(std::int64_t* indices, std::int64_t n, std::int64_t size, IndexMode mode) {
  if (n <= 0) return;
  check(size > 0, "an index into an axis of size 0");
  parallel_for(n, kCopyGrain, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      if (mode == IndexMode::clip) {
        indices[i] = std::clamp<std::int64_t>(indices[i], 0, size - 1);
      } else if (indices[i] < 0 || indices[i] >= size) {
        indices[i] %= size;
        if (indices[i] < 0) indices[i] += size;
      }
    }
  });
}

bool all_inside(const std::int64_t* indices, std::int64_t n, std::int64_t size) {
  std::atomic<bool> outside = false;
  parallel_for(n, kCopyGrain, [&](std::int64_t i, std::int64_t end) {
    // Without jumps, so that the compiler makes vectors of it: of an index outside, or of the
    // distance to the last one, the highest bit is set.
    std::uint64_t bits = 0;
    for (; i < end; ++i) {
      const auto index = static_cast<std::uint64_t>(indices[i]);
      bits |= index | (static_cast<std::uint64_t>(size) - 1 - index);
    }
    if (bits >> 63U != 0) outside = true;
  });
  return !outside;
}

template <class T>
void pick(const T* x, const std::int64_t* indices, T* y, const IndexedShape& s) {
  parallel_for(s.outer, row_grain(s.inner, kMathGrain), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o) {
      for (std::int64_t j = 0; j < s.inner; ++j) {
        const std::int64_t at = o * s.inner + j;
        y[at] = x[(o * s.n + indices[at]) * s.inner + j];
      }
    }
  });
}

template <class T>
void pick_gradient(const T* dy, const std::int64_t* indices, T* dx, const IndexedShape& s) {
  const std::int64_t size = s.n * s.inner;
  parallel_for(s.outer, row_grain(size, kCopyGrain), [&](std::int64_t begin, std::int64_t end) {
    std::fill(dx + begin * size, dx + end * size, T(0));
    if (s.n == 0) return;
    for (std::int64_t o = begin; o < end; ++o) {
      for (std::int64_t j = 0; j < s.inner; ++j) {
        const std::int64_t at = o * s.inner + j;
        dx[(o * s.n + indices[at]) * s.inner + j] = dy[at];
      }
    }
  });
}

template <class T>
void one_hot(const std::int64_t* indices, std::int64_t count, std::int64_t depth, T on, T off,
             T* y) {
  parallel_for(count, row_grain(depth, kCopyGrain), [&](std::int64_t begin, std::int64_t end) {
    std::fill(y + begin * depth, y + end * depth, off);
    for (std::int64_t i = begin; i < end; ++i) {
      if (indices[i] >= 0 && indices[i] < depth) y[i * depth + indices[i]] = on;
    }
  });
}

namespace {

// Single elements: no call of a function for each.
template <class T>
void take_elements(const void* x, const std::int64_t* indices, std::int64_t count, void* y,
                   const IndexedShape& s) {
  using Bits [[gnu::may_alias]] = T;
  const auto* from = static_cast<const Bits*>(x);
  auto* to = static_cast<Bits*>(y);
  parallel_for(s.outer, row_grain(count, kCopyGrain), [&](std::int64_t o, std::int64_t end) {
    for (; o < end; ++o) {
      parallel_for(count, kCopyGrain, [&](std::int64_t i, std::int64_t stop) {
        for (; i < stop; ++i) to[o * count + i] = from[o * s.n + indices[i]];
      });
    }
  });
}

// No processor guesses where the next row lies, so that it would wait for the memory at each: it is
// told some rows ahead, line by line. Long rows it reads ahead by itself.
void take_rows(const unsigned char* from, const std::int64_t* indices, std::int64_t count,
               unsigned char* to, std::int64_t row) {
  constexpr std::int64_t kLine = 64, kRowsAhead = 8, kBytesAhead = 8192;
  const std::int64_t ahead = std::min(kRowsAhead, kBytesAhead / row);
  const std::int64_t in_lines = ahead > 0 ? row / kLine * kLine : 0, rest = row - in_lines;
  for (std::int64_t i = 0; i < count; ++i) {
    const unsigned char* const source = from + indices[i] * row;
    const unsigned char* const next = from + indices[std::min(i + ahead, count - 1)] * row;
    unsigned char* const target = to + i * row;
    for (std::int64_t at = 0; at < in_lines; at += kLine) {
      __builtin_prefetch(next + at);
      std::memcpy(target + at, source + at, kLine);
    }
    if (rest == 0) continue;
    __builtin_prefetch(next + in_lines);
    std::memcpy(target + in_lines, source + in_lines, static_cast<std::size_t>(rest));
  }
}

}  // namespace

void take(const void* x, const std::int64_t* indices, std::int64_t count, void* y,
          const IndexedShape& s, std::size_t element_size) {
  const auto* from = static_cast<const unsigned char*>(x);
  auto* to = static_cast<unsigned char*>(y);
  const std::int64_t row = s.inner * static_cast<std::int64_t>(element_size);
  if (row == 0) return;
  if (s.inner == 1 && element_size == 4)
    return take_elements<std::uint32_t>(x, indices, count, y, s);
  if (s.inner == 1 && element_size == 8)
    return take_elements<std::uint64_t>(x, indices, count, y, s);
  parallel_for(s.outer * count, row_grain(row, kCopyGrain), [&](std::int64_t i, std::int64_t end) {
    while (i < end) {
      const std::int64_t o = i / count, first = i % count;
      const std::int64_t rows = std::min(end - i, count - first);
      take_rows(from + o * s.n * row, indices + first, rows, to + i * row, row);
      i += rows;
    }
  });
}

template <class T>
void take_gradient(const T* dy, const std::int64_t* indices, std::int64_t count, T* dx,
                   const IndexedShape& s) {
  if (s.inner == 0) return;
  // Threads share out columns, not indices: several indices may name one row, and each element is
  // then summed by one thread, in order.
  constexpr std::int64_t kColumns = 16;
  const std::int64_t pieces = (s.inner + kColumns - 1) / kColumns;
  const std::int64_t work = (s.n + count) * std::min(s.inner, kColumns);
  parallel_for(s.outer * pieces, row_grain(work, kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 // Neighbouring pieces of one outer index are taken together.
                 while (begin < end) {
                   const std::int64_t o = begin / pieces;
                   const std::int64_t stop = std::min(end, (o + 1) * pieces);
                   const std::int64_t first = (begin - o * pieces) * kColumns;
                   const std::int64_t last = std::min(s.inner, (stop - o * pieces) * kColumns);
                   T* to = dx + o * s.n * s.inner;
                   for (std::int64_t i = 0; i < s.n; ++i) {
                     std::fill(to + i * s.inner + first, to + i * s.inner + last, T(0));
                   }
                   for (std::int64_t i = 0; i < count; ++i) {
                     const T* from = dy + (o * count + i) * s.inner;
                     T* line = to + indices[i] * s.inner;
                     for (std::int64_t j = first; j < last; ++j) line[j] += from[j];
                   }
                   begin = stop;
                 }
               });
}

#define GLUINO_DEFINE(T)                                                               \
  template void pick_gradient(const T*, const std::int64_t*, T*, const IndexedShape&); \
  template void one_hot(const std::int64_t*, std::int64_t, std::int64_t, T, T, T*);    \
  template void take_gradient(const T*, const std::int64_t*, std::int64_t, T*, const IndexedShape&);
GLUINO_DEFINE(float)
GLUINO_DEFINE(double)
#undef GLUINO_DEFINE

#define GLUINO_DEFINE(T) template void pick(const T*, const std::int64_t*, T*, const IndexedShape&);
GLUINO_DEFINE(std::uint8_t)
GLUINO_DEFINE(std::uint16_t)
GLUINO_DEFINE(std::uint32_t)
GLUINO_DEFINE(std::uint64_t)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
