#pragma once

#include <apps/digits/models/images.h>
#include <gluino/gluon/data/dataset.h>

#include <string>

/// Pictures that somebody sorted by what they show: FOLDER/7/any-name.png.
namespace digits {

/// Reads all of them: uint8 images (rows, columns, 1) with the numbers of their classes, int32, in
/// the order of their names. A picture that is as MNIST's digits are, grey and of that size, light
/// on dark, is taken as it is; in others the digit is found. Throws Error, naming file or folder,
/// when there is no picture, one shows no digit or cannot be read, or a folder has the name of no
/// class.
gluino::gluon::data::Dataset load_corrections(const std::string& folder, const ImageKind& kind);

/// `digits` and, behind them, `more` so many times.
gluino::gluon::data::Dataset joined(const gluino::gluon::data::Dataset& digits,
                                    const gluino::gluon::data::Dataset& more, std::int64_t times);

}  // namespace digits
