#include <gluino/base/error.h>
#include <gluino/io/iterators/batch_filler.h>

namespace gluino::io {

std::optional<std::int64_t> BatchFiller::fill(FunctionRef<bool(std::int64_t)> row,
                                              FunctionRef<void()> rewind) {
  if (at_end_) return {};
  at_end_ = true;  // also after an error
  std::int64_t i = 0;
  const auto read = [&] {
    while (i < batch_size_ && row(i)) ++i;
  };
  read();
  if (i == 0 && went_round_) {
    // The last epoch's last batch took all rows from the beginning to the end.
    rewind();
    read();
  }
  went_round_ = false;
  if (i == batch_size_) at_end_ = false;
  if (i == batch_size_ || i == 0) return i == 0 ? std::optional<std::int64_t>() : 0;
  const std::int64_t pad = batch_size_ - i;
  // Few rows may go round several times.
  while (round_batch_ && i < batch_size_) {
    rewind();
    const std::int64_t before = i;
    read();
    check(i > before, "expected the same rows as before, found none any more");
  }
  went_round_ = round_batch_;
  return pad;
}

void BatchFiller::reset(FunctionRef<void()> rewind) {
  at_end_ = false;
  if (!went_round_) rewind();
}

void BatchFiller::restart(FunctionRef<void()> rewind) {
  went_round_ = false;
  reset(rewind);
}

}  // namespace gluino::io
