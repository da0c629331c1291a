#pragma once

#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <vector>

/// Steps of samples of which some end earlier than others; the room's own. `valid_length`, (N,), is
/// the number of steps of each sample; not defined, all have all.
namespace gluino::gluon::rnn {

/// Per sample `x`, which belongs to the step of this number, or `other` where it has no such step.
NDArray where_valid(const NDArray& valid_length, std::int64_t step, const NDArray& x,
                    const NDArray& other);
/// The same with zeros beyond the end.
NDArray masked(const NDArray& valid_length, std::int64_t step, const NDArray& x);

/// The steps of each sample from its last to its first; those that it does not have stay behind.
std::vector<NDArray> reversed(const std::vector<NDArray>& steps, const NDArray& valid_length);

}  // namespace gluino::gluon::rnn
