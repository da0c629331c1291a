#include <gluino/kernels/cpu/scratch.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>

namespace gluino::kernels {
namespace {

constexpr std::align_val_t kAlignment{64};

struct Release {
  void operator()(std::byte* data) const { ::operator delete(data, kAlignment); }
};

struct Piece {
  std::unique_ptr<std::byte, Release> data;
  std::int64_t bytes = 0;
};

}  // namespace

void* scratch_bytes(ScratchUse use, std::int64_t bytes) {
  thread_local std::array<Piece, static_cast<std::size_t>(ScratchUse::kCount)> pieces;
  Piece& piece = pieces[static_cast<std::size_t>(use)];
  if (piece.bytes < bytes || piece.data == nullptr) {
    piece.data.reset();
    piece.bytes = 0;
    // Rounded up, so that slowly growing requests do not allocate each time.
    const std::int64_t rounded = (bytes / 4096 + 1) * 4096;
    piece.data.reset(
        static_cast<std::byte*>(::operator new(static_cast<std::size_t>(rounded), kAlignment)));
    piece.bytes = rounded;
  }
  return piece.data.get();
}

}  // namespace gluino::kernels
