#pragma once

#include <apps/digits/console/console.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/gluon/data/vision/digits.h>

#include <cstdint>
#include <string>

namespace digits {

/// Decides where the digits come from, as --data says, and tells the user; downloads MNIST if need
/// be, with its progress on the console. Ends with Exit::data_unusable when they cannot be had.
gluino::gluon::data::vision::Digits find_data(const std::string& data, Console& console);

enum class Part { train, test };
/// Reads or draws digits: uint8 images (28, 28, 1) with int32 labels. Ends with
/// Exit::data_unusable when the files are wrong or hold no digit.
gluino::gluon::data::Dataset load_data(const gluino::gluon::data::vision::Digits& digits,
                                       Part part);

struct BatchOptions {
  std::int64_t batch_size = 0;
  bool shuffle = false;
  /// Which pass over the digits it is, from 1.
  std::int64_t epoch = 1;
  /// How many batches the first pass leaves out.
  std::int64_t first_batch = 0;
};
/// Batches of what networks take, float32 images (N, 1, 28, 28) from 0 to 1 with int32 labels,
/// made one thread ahead.
gluino::gluon::data::DataLoader make_loader(const gluino::gluon::data::Dataset& digits,
                                            const BatchOptions& options);

}  // namespace digits
