#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino::io {

class RecordBatches;

/// In the order of what happens to a picture. Changes that are not asked for cost nothing; a range
/// is one of numbers that are all as likely.
struct ImageRecordIterOptions {
  /// A RecordIO file of labelled pictures, as im2rec makes it.
  std::string path_imgrec;
  /// Its index; without one the file is gone over where the order or a part asks for it.
  std::string path_imgidx{};
  /// A list (`.lst`) with labels by the ids of the records, in place of those in the file.
  std::string path_imglist{};
  /// (channels, height, width), with 1 channel (grey) or 3 (RGB). Must be given.
  Shape data_shape{};
  /// Must be given.
  std::int64_t batch_size = 0;
  /// Labels per picture; 1 gives labels of shape (batch_size,).
  std::int64_t label_width = 1;
  /// Visits the pictures in a new random order each epoch, by random::shuffle.
  bool shuffle = false;
  /// The order follows from it, and so do the changes without seed_aug, instead of random::seed.
  std::optional<std::int64_t> seed{};
  /// The changes follow from it, the epoch, and the picture's place in it.
  std::optional<std::int64_t> seed_aug{};

  /// Which augmenters change a picture, with commas between them: those below, aug_default, as
  /// often as it is there; without it pictures stay as they are and must have the size of the data.
  std::string aug_seq = "aug_default";
  /// Makes the shorter edge this long first; below 1, it stays.
  std::int64_t resize = -1;
  /// Cuts out a part at a random place, of an area in parts of the picture's within
  /// [min_random_area, max_random_area] and of a width by its height within those of the aspect
  /// ratio, or lying instead of standing; and gives it the size of the data. Where ten such parts
  /// all leave the picture, it goes on as without.
  bool random_resized_crop = false;
  double min_random_area = 1;
  double max_random_area = 1;
  /// The part's width by its height; else, by how much more than its height a picture's width
  /// shrinks. Without min_aspect_ratio within [1 - max_aspect_ratio, 1 + max_aspect_ratio].
  std::optional<double> min_aspect_ratio{};
  double max_aspect_ratio = 0;
  /// Turns the picture by so many degrees: by `rotate`, unless it is -1, else within
  /// [-max_rotate_angle, max_rotate_angle]; moves a pixel right by so many times its row; and
  /// scales all. None of these three with random_resized_crop.
  int rotate = -1;
  int max_rotate_angle = 0;
  double max_shear_ratio = 0;
  double min_random_scale = 1;
  double max_random_scale = 1;
  /// The least and the most width and height of what is turned, sheared or scaled, whose middle is
  /// kept.
  double min_img_size = 0;
  double max_img_size = 1e10;
  /// So many pixels more at each edge.
  std::int64_t pad = 0;
  /// The shade of what lies outside the picture, 0 to 255.
  int fill_value = 255;
  /// Cuts out a square of a side within [min_crop_size, max_crop_size], in the middle or, with
  /// rand_crop, anywhere, which gets the size of the data; -1: the part has that size as it is.
  std::int64_t min_crop_size = -1;
  std::int64_t max_crop_size = -1;
  /// Takes the part of data_shape at a random place instead of the middle. Pictures that are
  /// smaller are enlarged.
  bool rand_crop = false;
  /// Multiplies by 1 and up to so much more or less: all pixels; their difference from the mean
  /// shade; each color's from its own shade. In random order.
  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  /// The most that is added to or taken from hue (of 180), saturation and lightness (of 255).
  int random_h = 0;
  int random_s = 0;
  int random_l = 0;
  /// The standard deviation of the parts of the principal colors of ImageNet's pixels that are
  /// added (Krizhevsky et al., 2012).
  double pca_noise = 0;
  /// Turns every picture left to right; and half of the pictures, chosen at random.
  bool mirror = false;
  bool rand_mirror = false;
  /// A file with the mean of all pictures, as nd::save writes it, which is taken off in place
  /// of mean_r, mean_g and mean_b; where there is none it is made from the whole of the file, of
  /// the middles of the pictures.
  std::string mean_img{};
  /// A pixel becomes ((pixel - mean) * contrast + illumination) * scale / std, with a contrast of 1
  /// and up to max_random_contrast more or less, and an illumination of up to
  /// max_random_illumination. Grey has the values of r.
  double mean_r = 0;
  double mean_g = 0;
  double mean_b = 0;
  double std_r = 1;
  double std_g = 1;
  double std_b = 1;
  double scale = 1;
  double max_random_contrast = 0;
  double max_random_illumination = 0;
  /// How pictures get another size: 0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos, 9
  /// bicubic to enlarge and areas to shrink, 10 any of the first five. What is turned, sheared or
  /// scaled knows 0 and, for all others, 1.
  int inter_method = 1;

  /// Fills the last batch up with pictures from the epoch's beginning and, unless shuffled, begins
  /// the next epoch behind them; otherwise its last rows are 0. `pad` says how many.
  bool round_batch = true;
  /// Takes the part `part_index` of `num_parts`, for one of several workers.
  std::int64_t num_parts = 1;
  std::int64_t part_index = 0;
  /// Threads that read and decode; 0 makes each batch when it is asked for.
  int preprocess_threads = 4;
  /// Batches that are kept ready beyond those that threads are at.
  int prefetch_buffer = 4;
};

/// Batches of float32 pictures, (batch_size, channels, height, width), and float32 labels out of a
/// RecordIO file. Memory depends on the batches that are being made, not on the file, which is
/// read as it is needed. The batches are the same for any number of threads, and random choices
/// follow from the one seed. `index` holds the ids of the records.
class GLUINO_API ImageRecordIter : public DataIter {
 public:
  /// Throws Error when a file is missing or an option does not fit. What is wrong with a record is
  /// thrown where its batch would have come, with the file, the record and its offset.
  explicit ImageRecordIter(const ImageRecordIterOptions& options);
  ~ImageRecordIter() override;

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
