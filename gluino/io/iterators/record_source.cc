#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/io/iterators/data_part.h>
#include <gluino/io/iterators/random_stream.h>
#include <gluino/io/iterators/record_source.h>

#include <numeric>

namespace gluino::io {

RecordSource::RecordSource(const RecordSourceOptions& o)
    : reader_(o.path_imgrec),
      in_order_(o.path_imgidx.empty() && !o.shuffle && o.num_parts == 1 && o.part_index == 0),
      is_shuffled_(o.shuffle),
      seed_(o.seed) {
  if (in_order_) return;
  places_ = o.path_imgidx.empty() ? find_records(o.path_imgrec) : read_record_index(o.path_imgidx);
  const auto [first, last] =
      part_of(static_cast<std::int64_t>(places_.size()), o.num_parts, o.part_index, o.who);
  order_.resize(static_cast<std::size_t>(last - first));
  std::iota(order_.begin(), order_.end(), first);
}

bool RecordSource::next(std::string& record, RecordPlace& place) {
  if (in_order_) {
    place = {reader_.number(), reader_.tell()};
    return reader_.next(record);
  }
  if (next_ == order_.size()) return false;
  place = places_[static_cast<std::size_t>(order_[next_])];
  // Neighbours are read without going anywhere, so that what was read ahead is used.
  if (reader_.tell() != place.offset) reader_.seek(place);
  check(reader_.next(record), reader_.path(), ": record ", place.number, " at offset ",
        place.offset, ": expected a record, found the end of the file");
  ++next_;
  return true;
}

void RecordSource::rewind() {
  next_ = 0;
  if (in_order_) reader_.seek({});
}

void RecordSource::shuffle() {
  if (!is_shuffled_) return;
  if (seed_) {
    RandomStream random(static_cast<std::uint64_t>(*seed_), epoch_++);
    io::shuffle(order_, random);
  } else {
    random::shuffle(order_);
  }
}

}  // namespace gluino::io
