#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/shape.h>
#include <gluino/ndarray/params.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The numbers of MXNet's file layout. A file: u64 kListMagic, u64 0, u64 count, that many arrays,
/// u64 number of names (0 or count), the names as u64 length and bytes. All is little-endian.
namespace gluino::nd::params {

inline constexpr std::uint64_t kListMagic = 0x112;

/// The first u32 of an array tells its version; in the oldest it is the number of axes.
inline constexpr std::uint32_t kVersion1 = 0xF993FAC8;
inline constexpr std::uint32_t kVersion2 = 0xF993FAC9;
inline constexpr std::uint32_t kVersion3 = 0xF993FACA;

/// Kinds of storage have the numbers of StorageType.
inline constexpr std::int32_t kDenseStorage = 0;
inline constexpr std::int32_t kRowSparseStorage = 1;
inline constexpr std::int32_t kCsrStorage = 2;

/// What MXNet 2 writes under the same name begins so: a zip archive with entries, or without any.
inline constexpr std::string_view kZipMagic = "PK\x03\x04";
inline constexpr std::string_view kEmptyZipMagic = "PK\x05\x06";

/// No byte of a file stands for more than this many in memory: deflate's limit, and the bound that
/// is set to what sparse arrays may become when they are read as dense ones.
inline constexpr std::uint64_t kMostExpansion = 1032;

/// Kinds of device beyond cpu and gpu that occur in files: both are memory of the processor.
inline constexpr std::int32_t kPinnedDevice = 3;
inline constexpr std::int32_t kSharedDevice = 5;

/// The bytes that an array takes, if memory could hold them. A size of 0 hides no other that could
/// not, so that no later product of sizes overflows.
std::optional<std::uint64_t> array_bytes(const Shape& shape, DType dtype);

/// The arrays of a zip archive of .npy entries, as numpy.savez and MXNet 2 write them. Throws
/// Error, naming `source` and the entry.
NamedArrays read_npz(std::string_view bytes, const std::string& source);
/// Such an archive, uncompressed; the same bytes at any time. Throws Error, naming `target`, for
/// types that NumPy does not have.
std::string write_npz(const NamedArrays& arrays, const std::string& target);

}  // namespace gluino::nd::params
