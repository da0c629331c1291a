#include <gluino/base/error.h>
#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/iterators/record_batches.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/records/record_header.h>
#include <gluino/ndarray/params.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

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

// Of all pictures, as they are without changes by chance.
NDArray mean_of_all(const ImageRecordIterOptions& o) {
  const PictureMaker maker({.path_imgrec = o.path_imgrec,
                            .data_shape = o.data_shape,
                            .resize = o.resize,
                            .inter_method = o.inter_method == 10 ? 1 : o.inter_method});
  RecordReader reader(o.path_imgrec);
  std::vector<double> sum(static_cast<std::size_t>(o.data_shape.size()));
  std::vector<float> picture(sum.size());
  RandomStream random(0, 0);
  std::int64_t count = 0;
  for (std::string record; reader.next(record); ++count) {
    recordio::IRHeader header;
    const std::string_view content = recordio::split_record(record, header);
    try {
      maker.make(content, random, picture.data());
    } catch (const Error& error) {
      fail(o.path_imgrec, ": record ", count, ": ", error.what());
    }
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(picture[i]);
  }
  check(count > 0, o.path_imgrec, ": expected pictures to take the mean of, found none");
  NDArray mean(o.data_shape);
  std::transform(sum.begin(), sum.end(), mean.data<float>(),
                 [&](double all) { return static_cast<float>(all / static_cast<double>(count)); });
  return mean;
}

// Nothing where no mean picture is wanted.
std::optional<NDArray> mean_picture(const ImageRecordIterOptions& o) {
  if (o.mean_img.empty()) return std::nullopt;
  check(o.mean_r == 0 && o.mean_g == 0 && o.mean_b == 0,
        "ImageRecordIter: expected mean_img or mean_r, mean_g and mean_b, got both");
  std::error_code ignored;
  if (!std::filesystem::exists(o.mean_img, ignored)) {
    const NDArray mean = mean_of_all(o);
    nd::save(o.mean_img, nd::NamedArrays{{"mean_img", mean}});
    return mean;
  }
  const nd::NamedArrays found = nd::load_dense(o.mean_img);
  check(found.size() == 1 && found[0].second.shape() == o.data_shape &&
            found[0].second.dtype() == float32,
        o.mean_img, ": expected one array, float32 of shape ", o.data_shape,
        ", the mean of all pictures, found ",
        found.size() == 1 ? str(found[0].second.dtype(), " of shape ", found[0].second.shape())
                          : str(found.size(), " arrays"));
  return found[0].second;
}

RecordBatches::MakeRow row_maker(const ImageRecordIterOptions& o) {
  return [maker = PictureMaker(o, mean_picture(o)), width = o.label_width](
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
