#pragma once

#include <gluino/base/context.h>
#include <gluino/base/dtype.h>
#include <gluino/base/export.h>

#include <cstddef>
#include <cstdint>

namespace gluino {

/// What the library asks of a device besides kernels: memory, and what is done with it whatever the
/// elements mean. Nothing above this floor touches bytes itself, so that another device is one more
/// object of this class, kernels (add_kernels) and passes (graph/passes/passes.h).
class GLUINO_API DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  /// Uninitialised, aligned to 64 bytes; std::bad_alloc when there is none.
  virtual void* allocate(std::size_t bytes, const Context& context) const = 0;
  virtual void release(void* data, const Context& context) const = 0;
  /// Between places that are the same or do not overlap. One of them is on this device, the other
  /// here or on the processor.
  virtual void copy(void* to, const Context& to_place, const void* from, const Context& from_place,
                    std::size_t bytes) const = 0;
  /// `value` converted to `dtype`, `count` times.
  virtual void fill(void* to, DType dtype, std::int64_t count, double value) const = 0;
};

/// Throws Error where this build has no such device.
GLUINO_API const DeviceMemory& device_memory(Device device);

/// Called by a device's room while the library is loaded.
GLUINO_API bool add_device(Device device, const DeviceMemory& memory);

/// Copies bytes by the device of one of the places that is not the processor, if there is one.
GLUINO_API void copy_bytes(void* to, const Context& to_place, const void* from,
                           const Context& from_place, std::size_t bytes);

}  // namespace gluino
