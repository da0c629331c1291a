#include <gluino/base/error.h>
#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/iterators/record_batches.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/records/mean_picture.h>
#include <gluino/io/records/record_header.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace gluino::io {
namespace {

RecordBatchesOptions batches_of(const ImageRecordIterOptions& o) {
  check(o.label_width >= 1 && o.label_width <= (1 << 24),
        "ImageRecordIter: label_width: expected at least 1, got ", o.label_width);
  return {.source = {.path_imgrec = o.path_imgrec,
                     .path_imgidx = o.path_imgidx,
                     .shuffle = o.shuffle,
                     .seed = o.seed,
                     .num_parts = o.num_parts,
                     .part_index = o.part_index,
                     .who = "ImageRecordIter"},
          .path_imglist = o.path_imglist,
          .batch_size = o.batch_size,
          .round_batch = o.round_batch,
          .data_shape = o.data_shape,
          .label_shape = o.label_width == 1 ? Shape{} : Shape{o.label_width},
          .is_random = PictureMaker(o).is_random(),
          .seed = o.seed_aug ? o.seed_aug : o.seed,
          .preprocess_threads = o.preprocess_threads,
          .prefetch_buffer = o.prefetch_buffer,
          .who = "ImageRecordIter"};
}

// That of all pictures, as they are without changes by chance.
std::optional<NDArray> mean_of(const ImageRecordIterOptions& o) {
  const PictureMaker maker({.path_imgrec = o.path_imgrec,
                            .data_shape = o.data_shape,
                            .aug_seq = o.aug_seq,
                            .resize = o.resize,
                            .inter_method = o.inter_method == 10 ? 1 : o.inter_method});
  RandomStream random(0, 0);
  return mean_picture(
      {.path = o.mean_img,
       .path_imgrec = o.path_imgrec,
       .data_shape = o.data_shape,
       .has_means = o.mean_r != 0 || o.mean_g != 0 || o.mean_b != 0,
       .who = "ImageRecordIter"},
      [&](std::string_view content, float* data) { maker.make(content, random, data); });
}

RecordBatches::MakeRow row_maker(const ImageRecordIterOptions& o) {
  return [maker = PictureMaker(o, mean_of(o)), width = o.label_width](
             std::string_view content, const recordio::IRHeader& header, RandomStream& random,
             float* data, float* label) {
    check(static_cast<std::int64_t>(header.label.size()) == width,
          "expected as many labels as label_width says, ", width, ", found ", header.label.size());
    std::copy(header.label.begin(), header.label.end(), label);
    maker.make(content, random, data);
  };
}

}  // namespace

ImageRecordIter::ImageRecordIter(const ImageRecordIterOptions& options)
    : DataIter(options.batch_size) {
  auto make_row = row_maker(options);
  batches_ = std::make_unique<RecordBatches>(batches_of(options), std::move(make_row));
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
