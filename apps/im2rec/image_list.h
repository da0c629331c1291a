#pragma once

#include <gluino/io/readers/picture_list.h>

#include <string>
#include <vector>

/// Lists of pictures (`.lst`) out of folders.
namespace im2rec {

using gluino::io::ListedImage;

struct FolderOptions {
  /// Also looks into the folders of the folder; those that hold pictures are the classes.
  bool recursive = false;
  /// The ends of the names of pictures, in small letters.
  std::vector<std::string> extensions;
};

/// The pictures of a folder, by their names in the order of the alphabet. The label is the number
/// of the class, 0 if not recursive.
struct Folder {
  std::vector<ListedImage> images;
  std::vector<std::string> classes;
};
/// Throws Error when the folder cannot be read, or a name cannot stand in a list.
Folder read_folder(const std::string& root, const FolderOptions& options);

struct SplitOptions {
  double train_ratio = 1;
  double test_ratio = 0;
};
/// Writes PREFIX.lst or, if the images are to be split, PREFIX_train.lst, PREFIX_val.lst for what
/// is neither training nor test, and PREFIX_test.lst. Returns the names.
std::vector<std::string> write_lists(const std::string& prefix,
                                     const std::vector<ListedImage>& images,
                                     const SplitOptions& options);

/// Those of the files that write_lists makes which are there. Throws Error when there is none.
std::vector<std::string> find_lists(const std::string& prefix);

}  // namespace im2rec
