#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/shape.h>

#include <string>
#include <string_view>

/// NumPy's file format of one array: a magic, a version, and a header that is a line of Python.
namespace gluino::nd::npy {

inline constexpr std::string_view kMagic = "\x93NUMPY";
/// The magic and two bytes of version.
inline constexpr std::size_t kLead = 8;

struct Header {
  Shape shape;
  DType dtype = float32;
};

/// Reads "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }". Throws Error on anything
/// else, and on what an NDArray cannot hold.
Header parse_header(std::string_view text);

/// All that stands before the elements: magic, version 1.0, the header, padded to 64 bytes. Throws
/// Error for types that NumPy does not have.
std::string format_header(const Header& header);

}  // namespace gluino::nd::npy
