#pragma once

#include <gluino/base/export.h>
#include <gluino/base/function_ref.h>

#include <cstdint>

namespace gluino {

/// How many threads an operator may use, the caller's included. At first GLUINO_NUM_THREADS if it
/// is set, else the processors that this process may run on.
GLUINO_API int num_threads();

/// Sets num_threads(); 0 restores the default. Where the system grants fewer threads, num_threads()
/// is what it granted. Throws Error if `threads` is negative or above 1024.
GLUINO_API void set_num_threads(int threads);

/// Calls body(begin, end) for ranges that together cover [0, n), on several threads at once when n
/// is larger than `grain` (the least number of items that is worth a thread). Ranges begin at
/// multiples of `grain`. Returns when all is done; rethrows the first exception of a body.
///
/// The split depends on the number of threads, so a body must write only its own items: then the
/// result has the same bits for any number of threads. A call from inside a body, or while another
/// thread holds the workers, runs on the calling thread alone.
///
/// A child process (fork) has workers of its own, as many as its parent. If the fork was made
/// inside of a body, what the child finds there cannot be finished: the call throws Error in it.
GLUINO_API void parallel_for(std::int64_t n, std::int64_t grain,
                             FunctionRef<void(std::int64_t begin, std::int64_t end)> body);

/// From now on the loops of the calling thread run on it alone: for threads that prepare data
/// beside the one that computes, which has the workers for itself then.
GLUINO_API void run_loops_inline();

}  // namespace gluino
