#pragma once

#include <apps/digits/models/images.h>
#include <gluino/gluon/data/dataset.h>

#include <string>

/// Data sets in the form of MNIST: IDX files of images (count, rows, columns) and of their labels,
/// uint8 both, gzip'd or not. MNIST itself, Fashion-MNIST, EMNIST and the like.
namespace digits {

enum class Part { train, test };

/// What the data set in `where` shows: the size of its images, and the classes, which are the
/// labels that the training images have. `where` is a folder with
/// [NAME-]train-images-idx3-ubyte[.gz], train-labels-idx1-ubyte and the same with t10k or test; of
/// several data sets in one folder it is FOLDER/NAME. Throws Error, naming the file, when one is
/// missing or the files do not fit together.
ImageKind kind_of_idx(const std::string& where);

/// Reads a part: uint8 images (rows, columns, 1) with the number of their class, int32. Throws
/// Error when files are missing, wrong, or show anything else than `kind`.
gluino::gluon::data::Dataset read_idx_part(const std::string& where, Part part,
                                           const ImageKind& kind);

/// What the data set is called: "mnist" if its files hold what MNIST's published files hold, else
/// what stands in front of their names ("emnist-letters"), else its folder's name. Throws Error
/// when files are missing or cannot be read.
std::string name_of_idx(const std::string& where);

}  // namespace digits
