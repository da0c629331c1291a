#include <gluino/base/error.h>
#include <gluino/io/iterators/det_augmenter.h>
#include <gluino/io/iterators/image_det_record_iter.h>
#include <gluino/io/iterators/record_batches.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/readers/picture_list.h>
#include <gluino/io/records/mean_picture.h>
#include <gluino/io/records/record_header.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace gluino::io {
namespace {

constexpr const char* kName = "ImageDetRecordIter";
constexpr std::int64_t kMaxLabelWidth = 1 << 24;
/// What stands before the numbers of a label.
constexpr std::int64_t kBeforeLabel = 4;

// As many numbers as the longest label has.
std::int64_t longest_label(const ImageDetRecordIterOptions& o) {
  std::size_t longest = 0;
  if (!o.path_imglist.empty()) {
    for (const ListedImage& each : read_picture_list(o.path_imglist)) {
      longest = std::max(longest, each.labels.size());
    }
    return static_cast<std::int64_t>(longest);
  }
  RecordReader reader(o.path_imgrec);
  std::string record;
  recordio::IRHeader header;
  while (reader.next(record)) {
    recordio::split_record(record, header);
    longest = std::max(longest, header.label.size());
  }
  return static_cast<std::int64_t>(longest);
}

std::int64_t label_width(const ImageDetRecordIterOptions& o) {
  check(o.label_width == -1 || (o.label_width >= 1 && o.label_width <= kMaxLabelWidth), kName,
        ": label_width: expected -1, or at least 1, got ", o.label_width);
  check(o.label_pad_width <= kMaxLabelWidth, kName, ": label_pad_width: expected at most ",
        kMaxLabelWidth, ", got ", o.label_pad_width);
  return o.label_pad_width > 0 ? o.label_pad_width : longest_label(o);
}

RecordBatchesOptions batches_of(const ImageDetRecordIterOptions& o, std::int64_t label_width,
                                bool is_random) {
  return {.source = {.path_imgrec = o.path_imgrec,
                     .path_imgidx = o.path_imgidx,
                     .shuffle = o.shuffle,
                     .seed = o.seed,
                     .num_parts = o.num_parts,
                     .part_index = o.part_index,
                     .who = kName},
          .path_imglist = o.path_imglist,
          .batch_size = o.batch_size,
          .round_batch = o.round_batch,
          .data_shape = o.data_shape,
          .label_shape = {kBeforeLabel + label_width},
          .label_fill = o.label_pad_value,
          .is_random = is_random,
          .seed = o.seed,
          .preprocess_threads = o.preprocess_threads,
          .prefetch_buffer = o.prefetch_buffer,
          .who = kName};
}

NDArray decoded(std::string_view content, const Shape& data_shape) {
  return image::imdecode(content, {.flag = data_shape[0] == 1 ? 0 : 1});
}

// Writes the picture into the upper left corner of planes, and zeros elsewhere.
void put(const NDArray& picture, const Shape& shape, float* data) {
  const std::int64_t channels = shape[0];
  std::fill_n(data, shape.size(), 0.0F);
  const auto* from = picture.data<std::uint8_t>();
  for (std::int64_t y = 0; y < picture.shape()[0]; ++y) {
    for (std::int64_t x = 0; x < picture.shape()[1]; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        data[(c * shape[1] + y) * shape[2] + x] = static_cast<float>(*from++);
      }
    }
  }
}

// That of all pictures, as they are without changes by chance.
std::optional<NDArray> mean_of(const ImageDetRecordIterOptions& o) {
  const DetAugmenter augmenter({.path_imgrec = o.path_imgrec,
                                .data_shape = o.data_shape,
                                .aug_seq = o.aug_seq,
                                .resize = o.resize,
                                .resize_mode = o.resize_mode,
                                .inter_method = o.inter_method == 10 ? 1 : o.inter_method});
  RandomStream random(0, 0);
  return mean_picture({.path = o.mean_img,
                       .path_imgrec = o.path_imgrec,
                       .data_shape = o.data_shape,
                       .has_means = o.mean_r != 0 || o.mean_g != 0 || o.mean_b != 0,
                       .who = kName},
                      [&](std::string_view content, float* data) {
                        // Of objects nothing is asked here.
                        DetLabel label(std::array<float, 7>{2, 5, 0, 0, 0, 1, 1});
                        const NDArray picture = decoded(content, o.data_shape);
                        put(augmenter(picture, label, random), o.data_shape, data);
                      });
}

class RowMaker {
 public:
  RowMaker(const ImageDetRecordIterOptions& o, DetAugmenter augmenter, std::int64_t label_width)
      : augmenter_(std::move(augmenter)),
        scale_(kName, o),
        mean_(mean_of(o)),
        shape_(o.data_shape),
        expected_(o.label_width),
        room_(label_width),
        fill_(o.label_pad_value) {}

  void operator()(std::string_view content, const recordio::IRHeader& header, RandomStream& random,
                  float* data, float* label) const {
    const auto given = static_cast<std::int64_t>(header.label.size());
    check(expected_ < 0 || given == expected_, "expected as many numbers as label_width says, ",
          expected_, ", found ", given);
    DetLabel objects(header.label);
    const NDArray picture = augmenter_(decoded(content, shape_), objects, random);
    put(picture, shape_, data);
    scale(data);
    const std::vector<float> numbers = objects.numbers();
    check(static_cast<std::int64_t>(numbers.size()) <= room_,
          "expected at most as many numbers as label_pad_width says, ", room_, ", found ",
          numbers.size());
    const auto as_float = [](std::size_t n) { return static_cast<float>(n); };
    for (const std::int64_t size : {shape_[0], picture.shape()[0], picture.shape()[1]}) {
      *label++ = static_cast<float>(size);
    }
    *label++ = as_float(numbers.size());
    label = std::copy(numbers.begin(), numbers.end(), label);
    std::fill_n(label, room_ - static_cast<std::int64_t>(numbers.size()), fill_);
  }

 private:
  void scale(float* data) const {
    const float* mean = mean_ ? mean_->data<float>() : nullptr;
    for (std::int64_t c = 0; c < shape_[0]; ++c) {
      for (std::int64_t i = 0; i < shape_[1] * shape_[2]; ++i, ++data) {
        *data = scale_(mean == nullptr ? *data : *data - *mean++, c);
      }
    }
  }

  DetAugmenter augmenter_;
  PixelScale scale_;
  std::optional<NDArray> mean_;
  Shape shape_;
  std::int64_t expected_;
  std::int64_t room_;
  float fill_;
};

}  // namespace

ImageDetRecordIter::ImageDetRecordIter(const ImageDetRecordIterOptions& options)
    : DataIter(options.batch_size) {
  const DetAugmenter augmenter(options);
  const std::int64_t width = label_width(options);
  batches_ = std::make_unique<RecordBatches>(batches_of(options, width, augmenter.is_random()),
                                             RowMaker(options, augmenter, width));
  data_shape_ = options.data_shape;
  data_shape_.insert(0, batch_size());
  label_shape_ = {batch_size(), kBeforeLabel + width};
}

ImageDetRecordIter::~ImageDetRecordIter() = default;

bool ImageDetRecordIter::next(DataBatch& batch) { return batches_->next(batch); }

void ImageDetRecordIter::reset() { batches_->reset(); }

std::vector<DataDesc> ImageDetRecordIter::provide_data() const {
  return {{.name = "data", .shape = data_shape_}};
}

std::vector<DataDesc> ImageDetRecordIter::provide_label() const {
  return {{.name = "softmax_label", .shape = label_shape_}};
}

}  // namespace gluino::io
