#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/ndarray/device.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace gluino {
namespace {

constexpr std::align_val_t kAlignment{64};

class Processor final : public DeviceMemory {
 public:
  void* allocate(std::size_t bytes, const Context& /*context*/) const override {
    return ::operator new(bytes, kAlignment);
  }
  void release(void* data, const Context& /*context*/) const override {
    ::operator delete(data, kAlignment);
  }
  void copy(void* to, const Context& /*to_place*/, const void* from, const Context& /*from_place*/,
            std::size_t bytes) const override {
    if (bytes > 0 && to != from) std::memcpy(to, from, bytes);
  }
  void fill(void* to, DType dtype, std::int64_t count, double value) const override {
    dispatch(dtype, [&]<class T>() {
      // Copies of one small piece: the C library copies in the processor's widest vectors.
      constexpr std::int64_t kPiece = 4096 / sizeof(T);
      constexpr std::int64_t kGrain = 8 * kPiece;
      const T element = convert<T>(value);
      parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
        T* const first = static_cast<T*>(to) + begin;
        const std::int64_t piece = std::min(end - begin, kPiece);
        std::fill_n(first, piece, element);
        for (std::int64_t done = piece; done < end - begin; done += kPiece) {
          std::memcpy(first + done, first,
                      static_cast<std::size_t>(std::min(end - begin - done, kPiece)) * sizeof(T));
        }
      });
    });
  }
};

// By device. Filled while the library is loaded, read-only from then on.
std::array<const DeviceMemory*, 2>& devices() {
  static const Processor processor;
  static std::array<const DeviceMemory*, 2> known = {&processor, nullptr};
  return known;
}

std::size_t place_of(Device device) { return device == Device::gpu ? 1 : 0; }

}  // namespace

const DeviceMemory& device_memory(Device device) {
  const DeviceMemory* memory = devices()[place_of(device)];
  if (memory == nullptr && emulates_gpus()) memory = devices()[place_of(Device::cpu)];
  check(memory != nullptr, "this build of Gluino cannot use GPUs; use cpu(0)");
  return *memory;
}

bool add_device(Device device, const DeviceMemory& memory) {
  devices()[place_of(device)] = &memory;
  return true;
}

void copy_bytes(void* to, const Context& to_place, const void* from, const Context& from_place,
                std::size_t bytes) {
  const Device device = to_place.device == Device::cpu ? from_place.device : to_place.device;
  device_memory(device).copy(to, to_place, from, from_place, bytes);
}

}  // namespace gluino
