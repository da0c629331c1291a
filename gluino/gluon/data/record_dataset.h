#pragma once

#include <gluino/gluon/data/dataset.h>

#include <string>

namespace gluino::gluon::data {

/// The records of a RecordIO file (.rec), each a row of bytes, uint8 (length,). With an index
/// beside it, of the same name ending in .idx, in that order; without, the file is gone over once.
/// Throws Error when the file is missing; what is wrong with a record, when it is read.
class GLUINO_API RecordFileDataset : public Dataset {
 public:
  explicit RecordFileDataset(const std::string& filename);
};

namespace vision {

struct ImageRecordDatasetOptions {
  /// 1: pictures of three channels; 0: of one, grey.
  int flag = 1;
};

/// The labelled pictures of a RecordIO file, as im2rec makes it: uint8 (height, width, channels),
/// and a label of float32, without axes or, of several numbers, (count,).
class GLUINO_API ImageRecordDataset : public Dataset {
 public:
  explicit ImageRecordDataset(const std::string& filename,
                              const ImageRecordDatasetOptions& options = {});
};

}  // namespace vision
}  // namespace gluino::gluon::data
