#include <gluino/base/error.h>
#include <gluino/base/memory.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <vector>

namespace gluino::kernels {
namespace {

// Small pieces are cut from blocks of that size, a huge page.
constexpr std::int64_t kBlock = std::int64_t{2} << 20;
// Pieces do not begin a number of pages apart, lest they all have the same places in the nearest
// cache.
constexpr std::int64_t kGap = 9 * 64;

struct Release {
  void operator()(std::byte* data) const { std::free(data); }
};
using Block = std::unique_ptr<std::byte, Release>;

Block allocate(std::int64_t bytes) {
  Block block(static_cast<std::byte*>(allocate_memory(static_cast<std::size_t>(bytes))));
  check(block != nullptr, "out of memory: a kernel needs ", bytes, " bytes beside its operands");
  forbid_memory(block.get(), static_cast<std::size_t>(bytes));
  return block;
}

// The scratch memory of a thread.
class Scratch {
 public:
  std::byte* piece(ScratchUse use, std::int64_t bytes) {
    Piece& piece = pieces_[static_cast<std::size_t>(use)];
    if (piece.data == nullptr || piece.bytes < bytes) grow(piece, bytes);
    return piece.data;
  }

 private:
  struct Piece {
    std::byte* data = nullptr;
    std::int64_t bytes = 0;
    Block own;  // null if it is cut from a block
  };

  void grow(Piece& piece, std::int64_t bytes) {
    // What was cut for it is not used again; since it doubles, that is less than it gets.
    if (piece.own == nullptr) bytes = std::max(bytes, 2 * piece.bytes);
    piece = {};
    // Rounded up, so that slowly growing requests do not allocate each time.
    bytes = (bytes / 4096 + 1) * 4096;
    if (bytes + kGap > kBlock) {
      piece.own = allocate(bytes + kGap);
      piece.data = piece.own.get();
    } else {
      piece.data = cut(bytes + kGap);
    }
    piece.bytes = bytes;
    permit_memory(piece.data, static_cast<std::size_t>(bytes));
  }

  std::byte* cut(std::int64_t bytes) {
    if (bytes > left_) {
      next_ = blocks_.emplace_back(allocate(kBlock)).get();
      left_ = kBlock;
    }
    left_ -= bytes;
    next_ += bytes;
    return next_ - bytes;
  }

  std::array<Piece, static_cast<std::size_t>(ScratchUse::kCount)> pieces_;
  std::vector<Block> blocks_;
  std::byte* next_ = nullptr;
  std::int64_t left_ = 0;
};

}  // namespace

void* scratch_bytes(ScratchUse use, std::int64_t bytes) {
  thread_local Scratch scratch;
  return scratch.piece(use, bytes);
}

}  // namespace gluino::kernels
