#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino::io {

class RecordBatches;

/// In the order of what happens to a picture. A probability of 0 leaves a change out; lists of
/// numbers have one for each of num_crop_sampler samplers, or one for all.
struct ImageDetRecordIterOptions {
  /// A RecordIO file of pictures with objects, as im2rec --pack-label makes it.
  std::string path_imgrec;
  /// Its index; without one the file is gone over where the order or a part asks for it.
  std::string path_imgidx{};
  /// A list (`.lst`) with labels by the ids of the records, in place of those in the file.
  std::string path_imglist{};
  /// (channels, height, width), with 1 channel (grey) or 3 (RGB). Must be given.
  Shape data_shape{};
  /// Must be given.
  std::int64_t batch_size = 0;
  /// How many numbers the label of each picture must have; -1: any.
  std::int64_t label_width = -1;
  /// Labels are filled up to so many numbers; 0 or less: as many as the longest in the list or the
  /// file has, which is gone over for it.
  std::int64_t label_pad_width = 0;
  float label_pad_value = -1;
  /// Visits the pictures in a new random order each epoch, by random::shuffle.
  bool shuffle = false;
  /// The order and the changes follow from it instead of random::seed.
  std::optional<std::int64_t> seed{};

  /// Which augmenters change a picture, with commas between them: those below, det_aug_default, as
  /// often as it is there; without it pictures stay as they are and must fit into the data.
  std::string aug_seq = "det_aug_default";
  /// Makes the shorter edge this long first; below 1, it stays.
  std::int64_t resize = -1;
  /// The most that is added to or taken from hue (of 180), saturation and lightness (of 255), and
  /// by which part pixels are multiplied more or less.
  int max_random_hue = 0;
  double random_hue_prob = 0;
  int max_random_saturation = 0;
  double random_saturation_prob = 0;
  int max_random_illumination = 0;
  double random_illumination_prob = 0;
  double max_random_contrast = 0;
  double random_contrast_prob = 0;
  /// Turns a picture left to right.
  double rand_mirror_prob = 0;
  /// Puts it at a random place of one that is up to max_pad_scale times as wide and as high.
  double rand_pad_prob = 0;
  double max_pad_scale = 1;
  /// The shade of what is around it.
  int fill_value = 127;
  /// Cuts a part out: one of the samplers in turn, in random order, tries max_crop_trials times to
  /// find a part of such a size (its side by the picture's) and shape (width by height) that shows
  /// an object so well: by the ratio of what both share to both together (overlaps), to the part
  /// (sample_coverages) and to the object (object_coverages).
  double rand_crop_prob = 0;
  std::int64_t num_crop_sampler = 1;
  std::vector<double> min_crop_scales{0};
  std::vector<double> max_crop_scales{1};
  std::vector<double> min_crop_aspect_ratios{1};
  std::vector<double> max_crop_aspect_ratios{1};
  std::vector<double> min_crop_overlaps{0};
  std::vector<double> max_crop_overlaps{1};
  std::vector<double> min_crop_sample_coverages{0};
  std::vector<double> max_crop_sample_coverages{1};
  std::vector<double> min_crop_object_coverages{0};
  std::vector<double> max_crop_object_coverages{1};
  std::vector<std::int64_t> max_crop_trials{25};
  /// Which objects the label of a part loses: "center", whose center is outside; "overlap", of
  /// which no more than emit_overlap_thresh is inside.
  std::string crop_emit_mode = "center";
  double emit_overlap_thresh = 0.3;
  /// How a picture gets the size of the data: "force" stretches it; "fit" scales it, and "shrink"
  /// scales it if it is larger, its proportions kept, with zeros beyond its right and lower edges.
  std::string resize_mode = "force";
  /// 0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos, 9 bicubic to enlarge and areas to
  /// shrink, 10 any of the first five.
  int inter_method = 1;
  /// As that of ImageRecordIter, with pictures in the size that resize_mode gives them.
  std::string mean_img{};
  /// A pixel becomes (pixel - mean) * scale / std, and so does a 0 beyond the edges. Grey has the
  /// values of r.
  double mean_r = 0;
  double mean_g = 0;
  double mean_b = 0;
  double std_r = 1;
  double std_g = 1;
  double std_b = 1;
  double scale = 1;

  /// As those of ImageRecordIter.
  bool round_batch = true;
  std::int64_t num_parts = 1;
  std::int64_t part_index = 0;
  int preprocess_threads = 4;
  int prefetch_buffer = 4;
};

/// Batches of float32 pictures, (batch_size, channels, height, width), and of the objects on them,
/// (batch_size, 4 + label_pad_width): the channels, height and width that the picture has in the
/// data, the number of numbers of its label, those numbers, and filling. A label is the width of
/// its header (2 or more), the width of an object (5 or more), what else the header has, and
/// objects: class, left, top, right and bottom in parts of width and height, and what else there
/// is. Threads, memory and random choices are as of ImageRecordIter.
class GLUINO_API ImageDetRecordIter : public DataIter {
 public:
  /// Throws Error when a file is missing or an option does not fit. What is wrong with a record is
  /// thrown where its batch would have come, with the file, the record and its offset.
  explicit ImageDetRecordIter(const ImageDetRecordIterOptions& options);
  ~ImageDetRecordIter() override;

  bool next(DataBatch& batch) override;
  void reset() override;
  std::vector<DataDesc> provide_data() const override;
  std::vector<DataDesc> provide_label() const override;

 private:
  Shape data_shape_;  // with the batch
  Shape label_shape_;
  std::unique_ptr<RecordBatches> batches_;
};

}  // namespace gluino::io
