#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/io/iterators/record_batches.h>
#include <gluino/io/readers/picture_list.h>
#include <gluino/io/records/record_header.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gluino::io {
namespace {

constexpr int kMaxThreads = 1024;

void check_options(const RecordBatchesOptions& o) {
  check(o.preprocess_threads >= 0 && o.preprocess_threads <= kMaxThreads, o.who,
        ": preprocess_threads: expected 0 to ", kMaxThreads, ", got ", o.preprocess_threads);
  check(o.prefetch_buffer >= 0 && o.prefetch_buffer <= kMaxThreads, o.who,
        ": prefetch_buffer: expected 0 to ", kMaxThreads, ", got ", o.prefetch_buffer);
}

std::unordered_map<std::uint64_t, std::vector<float>> labels_in(const std::string& path) {
  std::unordered_map<std::uint64_t, std::vector<float>> result;
  if (path.empty()) return result;
  for (ListedImage& each : read_picture_list(path)) {
    check(result.emplace(static_cast<std::uint64_t>(each.index), std::move(each.labels)).second,
          path, ": expected an index of its own for each picture, found ", each.index, " twice");
  }
  return result;
}

}  // namespace

// A record on its way to become a row of a batch.
struct RecordBatches::Raw {
  std::string bytes;
  RecordPlace place;
  std::uint64_t stream = 0;  // of its random choices
};

struct RecordBatches::RawBatch {
  NDArray data;
  NDArray label;
  std::vector<Raw> rows;
  std::int64_t pad = 0;
  std::uint64_t seed = 0;
};

RecordBatches::RecordBatches(const RecordBatchesOptions& options, MakeRow make_row)
    : options_((check_options(options), options)),
      listed_labels_(labels_in(options.path_imglist)),
      make_row_(std::move(make_row)),
      source_(options.source),
      rounds_(options.batch_size, options.round_batch) {
  begin_epoch();
  pipeline_ = std::make_unique<BatchPipeline>(
      [this] { return claim(); },
      PipelineOptions{.threads = options.preprocess_threads,
                      .ahead = options.preprocess_threads + options.prefetch_buffer});
}

RecordBatches::~RecordBatches() = default;

void RecordBatches::reset() {
  pipeline_->restart([this] {
    const auto rewind = [this] { source_.rewind(); };
    options_.source.shuffle ? rounds_.restart(rewind) : rounds_.reset(rewind);
    begin_epoch();
  });
}

// On the user's thread, so that what is drawn follows from the seed.
void RecordBatches::begin_epoch() {
  source_.shuffle();
  stream_ = 0;
  if (!options_.is_random) return;
  seed_ = options_.seed ? RandomStream(static_cast<std::uint64_t>(*options_.seed), epoch_++).bits()
                        : random::draw_seed();
}

BatchPipeline::Work RecordBatches::claim() {
  auto raw = std::make_shared<RawBatch>();
  // Before its records are read: a batch that memory has no room for is told at once.
  const auto batch_of = [&](Shape shape) {
    shape.insert(0, options_.batch_size);
    return NDArray(shape);
  };
  raw->data = batch_of(options_.data_shape);
  raw->label = batch_of(options_.label_shape);
  raw->seed = seed_;
  const auto pad = rounds_.fill(
      [&](std::int64_t) {
        Raw row;
        if (!source_.next(row.bytes, row.place)) return false;
        row.stream = stream_++;
        raw->rows.push_back(std::move(row));
        return true;
      },
      [&] { source_.rewind(); });
  if (!pad) return nullptr;
  raw->pad = *pad;
  return [this, raw](DataBatch& batch) { make(*raw, batch); };
}

void RecordBatches::make(const RawBatch& raw, DataBatch& batch) const {
  const std::int64_t numbers = options_.data_shape.size();
  const std::int64_t labels = options_.label_shape.size();
  const NDArray& data = raw.data;
  const NDArray& label = raw.label;
  auto* to = data.data<float>();
  auto* label_to = label.data<float>();
  for (const Raw& row : raw.rows) {
    try {
      make_row(row, raw.seed, to, label_to, batch);
    } catch (const Error& error) {
      fail(source_.path(), ": record ", row.place.number, " at offset ", row.place.offset, ": ",
           error.what());
    }
    to += numbers;
    label_to += labels;
  }
  std::fill(to, data.data<float>() + data.size(), 0.0F);
  std::fill(label_to, label.data<float>() + label.size(), options_.label_fill);
  batch.data.push_back(data);
  batch.label.push_back(label);
  batch.pad = raw.pad;
}

void RecordBatches::make_row(const Raw& row, std::uint64_t seed, float* data, float* labels,
                             DataBatch& batch) const {
  recordio::IRHeader header;
  const std::string_view content = recordio::split_record(row.bytes, header);
  batch.index.push_back(static_cast<std::int64_t>(header.id));
  if (!options_.path_imglist.empty()) {
    const auto listed = listed_labels_.find(header.id);
    check(listed != listed_labels_.end(), "expected its id, ", header.id, ", in ",
          options_.path_imglist);
    header.label = listed->second;
  }
  RandomStream random(seed, row.stream);
  make_row_(content, header, random, data, labels);
}

}  // namespace gluino::io
