#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/data/idx_folder.h>
#include <apps/digits/models/images.h>
#include <apps/digits/training/team.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/gluon/data/vision/digits.h>

#include <cstdint>
#include <string>

namespace digits {

/// Decides where the digits come from, as --data says, and tells the user; downloads MNIST if need
/// be, with its progress on the console. Ends with Exit::data_unusable when they cannot be had.
gluino::gluon::data::vision::Digits find_data(const std::string& data, Console& console);

/// --data as it means the same from every folder.
std::string absolute_data(const std::string& data);

/// What the data set shows: MNIST's digits, or what the files of another folder hold. Ends with
/// Exit::data_unusable when they do not fit together.
ImageKind image_kind(const gluino::gluon::data::vision::Digits& digits);

/// What the data set is called in files and tables: "mnist", "synthetic", or its own name as
/// name_of_idx() finds it.
std::string data_name(const gluino::gluon::data::vision::Digits& digits);

/// Reads or draws one part: uint8 images (rows, columns, 1) with the numbers of their classes,
/// int32. Ends with Exit::data_unusable when the files are wrong, show anything else than `kind`,
/// or hold no image.
gluino::gluon::data::Dataset load_data(const gluino::gluon::data::vision::Digits& digits, Part part,
                                       const ImageKind& kind);
/// The same of whatever kind it is.
gluino::gluon::data::Dataset load_data(const gluino::gluon::data::vision::Digits& digits,
                                       Part part);

struct BatchOptions {
  std::int64_t batch_size = 0;
  bool shuffle = false;
  /// Which pass over the digits it is, from 1.
  std::int64_t epoch = 1;
  /// How many batches the first pass leaves out.
  std::int64_t first_batch = 0;
  /// Only this process's share of each batch, but one sample where it has none.
  const Team* team = nullptr;
  /// Only every so many-th batch, the first of them `offset`.
  std::int64_t stride = 1;
  std::int64_t offset = 0;
};
/// Batches of what networks take, float32 images (N, 1, rows, columns) from 0 to 1 with int32
/// labels, made one thread ahead.
gluino::gluon::data::DataLoader make_loader(const gluino::gluon::data::Dataset& digits,
                                            const BatchOptions& options);

}  // namespace digits
