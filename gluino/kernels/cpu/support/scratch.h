#pragma once

#include <cstdint>

namespace gluino::kernels {

/// What a piece of scratch memory is for. Uses that can be alive at once on one thread differ.
enum class ScratchUse {
  kGemmA,
  kGemmB,
  kConvInput,
  kConvOutput,
  kConvWeights,
  kConvColumns,
  kConvCorners,
  kConvSums,
  kConvPooled,
  kWindowRows,
  kWindowWidths,
  kWindowPieces,
  kInt8Offsets,
  kInt8Input,
  kInt8Sums,
  kInt8Values,
  kCount,
};

/// Memory for `bytes` bytes, aligned to 64, that belongs to the calling thread and stays valid
/// until the same thread asks for the same use again. It is kept and reused, so that nothing is
/// allocated in the steady state. Its content is undefined. Throws Error when there is no memory.
void* scratch_bytes(ScratchUse use, std::int64_t bytes);

template <class T>
T* scratch(ScratchUse use, std::int64_t count) {
  return static_cast<T*>(scratch_bytes(use, count * static_cast<std::int64_t>(sizeof(T))));
}

}  // namespace gluino::kernels
