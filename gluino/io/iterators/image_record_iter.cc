#include <gluino/base/random.h>
#include <gluino/io/iterators/batch_filler.h>
#include <gluino/io/iterators/batch_pipeline.h>
#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/iterators/record_source.h>
#include <gluino/io/records/record_header.h>

#include <algorithm>
#include <utility>

namespace gluino::io {
namespace {

constexpr int kMaxThreads = 1024;

void check_options(const ImageRecordIterOptions& o) {
  check(o.label_width >= 1 && o.label_width <= (1 << 24),
        "ImageRecordIter: label_width: expected at least 1, got ", o.label_width);
  check(o.preprocess_threads >= 0 && o.preprocess_threads <= kMaxThreads,
        "ImageRecordIter: preprocess_threads: expected 0 to ", kMaxThreads, ", got ",
        o.preprocess_threads);
  check(o.prefetch_buffer >= 0 && o.prefetch_buffer <= kMaxThreads,
        "ImageRecordIter: prefetch_buffer: expected 0 to ", kMaxThreads, ", got ",
        o.prefetch_buffer);
}

// A record on its way to become a row of a batch.
struct Raw {
  std::string bytes;
  RecordPlace place;
  std::uint64_t stream = 0;  // of its random choices
};

struct RawBatch {
  std::vector<Raw> rows;
  std::int64_t pad = 0;
  std::uint64_t seed = 0;
};

}  // namespace

class ImageRecordIter::Batches {
 public:
  explicit Batches(const ImageRecordIterOptions& o)
      : options_(o),
        maker_(o),
        source_({.path_imgrec = o.path_imgrec,
                 .path_imgidx = o.path_imgidx,
                 .shuffle = o.shuffle,
                 .num_parts = o.num_parts,
                 .part_index = o.part_index}),
        rounds_(o.batch_size, o.round_batch) {
    begin_epoch();
    pipeline_ = std::make_unique<BatchPipeline>(
        [this] { return claim(); },
        PipelineOptions{.threads = o.preprocess_threads,
                        .ahead = o.preprocess_threads + o.prefetch_buffer});
  }

  bool next(DataBatch& batch) { return pipeline_->next(batch); }

  void reset() {
    pipeline_->restart([this] {
      const auto rewind = [this] { source_.rewind(); };
      options_.shuffle ? rounds_.restart(rewind) : rounds_.reset(rewind);
      begin_epoch();
    });
  }

 private:
  // On the user's thread, so that what is drawn follows from the seed.
  void begin_epoch() {
    source_.shuffle();
    stream_ = 0;
    if (options_.rand_crop || options_.rand_mirror) seed_ = random::draw_seed();
  }

  BatchPipeline::Work claim() {
    auto raw = std::make_shared<RawBatch>();
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

  void make(const RawBatch& raw, DataBatch& batch) const {
    Shape shape = options_.data_shape;
    const std::int64_t pixels = shape.size();
    shape.insert(0, options_.batch_size);
    const NDArray data(shape);
    const NDArray label({options_.batch_size, options_.label_width});
    auto* pixel = data.data<float>();
    auto* labels = label.data<float>();
    for (const Raw& row : raw.rows) {
      try {
        make_row(row, raw.seed, pixel, labels, batch);
      } catch (const Error& error) {
        fail(source_.path(), ": record ", row.place.number, " at offset ", row.place.offset, ": ",
             error.what());
      }
      pixel += pixels;
      labels += options_.label_width;
    }
    std::fill(pixel, data.data<float>() + data.size(), 0.0F);
    std::fill(labels, label.data<float>() + label.size(), 0.0F);
    batch.data.push_back(data);
    batch.label.push_back(options_.label_width == 1 ? label.view({options_.batch_size}) : label);
    batch.pad = raw.pad;
  }

  void make_row(const Raw& row, std::uint64_t seed, float* pixels, float* labels,
                DataBatch& batch) const {
    recordio::IRHeader header;
    const std::string_view content = recordio::split_record(row.bytes, header);
    check(static_cast<std::int64_t>(header.label.size()) == options_.label_width,
          "expected as many labels as label_width says, ", options_.label_width, ", found ",
          header.label.size());
    std::copy(header.label.begin(), header.label.end(), labels);
    batch.index.push_back(static_cast<std::int64_t>(header.id));
    RandomStream random(seed, row.stream);
    maker_.make(content, random, pixels);
  }

  const ImageRecordIterOptions options_;
  const PictureMaker maker_;
  RecordSource source_;
  BatchFiller rounds_;
  std::uint64_t seed_ = 0;
  std::uint64_t stream_ = 0;
  std::unique_ptr<BatchPipeline> pipeline_;  // last: its threads use the others
};

ImageRecordIter::ImageRecordIter(const ImageRecordIterOptions& options)
    : DataIter(options.batch_size) {
  check_options(options);
  batches_ = std::make_unique<Batches>(options);
  data_shape_ = options.data_shape;
  data_shape_.insert(0, batch_size());
  label_shape_ = {batch_size()};
  if (options.label_width > 1) label_shape_.push_back(options.label_width);
}

ImageRecordIter::~ImageRecordIter() = default;

bool ImageRecordIter::next(DataBatch& batch) { return batches_->next(batch); }

void ImageRecordIter::reset() { batches_->reset(); }

std::vector<DataDesc> ImageRecordIter::provide_data() const {
  return {{.name = "data", .shape = data_shape_}};
}

std::vector<DataDesc> ImageRecordIter::provide_label() const {
  return {{.name = "softmax_label", .shape = label_shape_}};
}

}  // namespace gluino::io
