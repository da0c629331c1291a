#pragma once

#include <gluino/gluon/data/dataset.h>

#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon::data::vision {

struct ImageFolderDatasetOptions {
  /// 1: pictures of three channels; 0: of one, grey.
  int flag = 1;
};

/// The pictures of a folder that has a folder for each class: uint8 (height, width, channels), and
/// the number of the class, an int32 without axes. Files of other kinds than .jpg, .jpeg and .png
/// are left out. Throws Error when there is no such folder; for a file that is no picture, when it
/// is asked for.
class GLUINO_API ImageFolderDataset : public Dataset {
 public:
  explicit ImageFolderDataset(const std::string& root,
                              const ImageFolderDatasetOptions& options = {});

  /// The names of the classes, in alphabetical order.
  const std::vector<std::string>& synsets() const { return found_.synsets; }
  /// The files and their classes.
  const std::vector<std::pair<std::string, std::int32_t>>& items() const { return found_.items; }

 private:
  struct Found {
    std::vector<std::string> synsets;
    std::vector<std::pair<std::string, std::int32_t>> items;
  };
  static Found look_into(const std::string& root);
  ImageFolderDataset(Found found, int flag);

  Found found_;
};

}  // namespace gluino::gluon::data::vision
