#pragma once

#include <cstdint>

/// The numbers of MXNet's file layout. A file: u64 kListMagic, u64 0, u64 count, that many arrays,
/// u64 number of names (0 or count), the names as u64 length and bytes. All is little-endian.
namespace gluino::nd::params {

inline constexpr std::uint64_t kListMagic = 0x112;

/// The first u32 of an array tells its version; in the oldest it is the number of axes.
inline constexpr std::uint32_t kVersion1 = 0xF993FAC8;
inline constexpr std::uint32_t kVersion2 = 0xF993FAC9;
inline constexpr std::uint32_t kVersion3 = 0xF993FACA;

inline constexpr std::int32_t kDenseStorage = 0;

/// Kinds of device beyond cpu and gpu that occur in files: both are memory of the processor.
inline constexpr std::int32_t kPinnedDevice = 3;
inline constexpr std::int32_t kSharedDevice = 5;

}  // namespace gluino::nd::params
