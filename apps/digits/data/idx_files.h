#pragma once

#include <string>

namespace digits {

/// Where the four files of a data set are.
struct IdxFiles {
  /// What stands in front of their names: "emnist-letters", or nothing.
  std::string set;
  std::string train_images;
  std::string train_labels;
  std::string test_images;
  std::string test_labels;
};

/// Finds them; what is not there is empty. `where` as in idx_folder.h. Throws Error when there is
/// no such folder, or several data sets are in it and none is named.
IdxFiles find_idx_files(const std::string& where);

/// Throws Error, naming what is there and what is not, unless `file`, a field of `files`, is there.
void check_is_there(const std::string& where, const IdxFiles& files, std::string IdxFiles::*file);

}  // namespace digits
