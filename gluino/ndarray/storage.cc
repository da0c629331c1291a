#include <gluino/base/error.h>
#include <gluino/ndarray/block_pool.h>
#include <gluino/ndarray/device.h>
#include <gluino/ndarray/storage.h>

#include <cstdint>
#include <new>
#include <utility>

namespace gluino {

struct Storage::InBlockHeader {};
struct Storage::OnDevice {};

std::shared_ptr<Storage> Storage::allocate(std::size_t bytes, const Context& context) {
  check_available(context);
  check(bytes < (std::size_t{1} << 62), "cannot allocate ", bytes, " bytes");
  try {
    if (context.device != Device::cpu) {
      const DeviceMemory& memory = device_memory(context.device);
      const auto release = [&memory](Storage* storage) {
        memory.release(storage->data_, storage->context_);
        delete storage;
      };
      return {new Storage(OnDevice(), memory.allocate(bytes, context), context), release};
    }
    const std::size_t capacity = block_pool::capacity_for(bytes);
    auto storage = std::allocate_shared<Storage>(block_pool::Allocator<Storage>(capacity),
                                                 InBlockHeader(), context);
    block_pool::guard(storage->data_ - block_pool::kHeader, bytes, capacity);
    return storage;
  } catch (const std::bad_alloc&) {
    fail("out of memory: cannot allocate ", bytes, " bytes on ", context);
  }
}

Storage::Storage(InBlockHeader, const Context& context) : context_(context) {
  // This object lies in the header, so the data begin at the next multiple of its size.
  static_assert(block_pool::kHeader == block_pool::kAlignment);
  const auto here = reinterpret_cast<std::uintptr_t>(this);
  data_ = reinterpret_cast<std::byte*>(this) + (block_pool::kHeader - here % block_pool::kHeader);
}

Storage::Storage(OnDevice, void* data, const Context& context)
    : data_(static_cast<std::byte*>(data)), context_(context) {}

std::shared_ptr<Storage> Storage::adopt(void* data, const Context& context,
                                        std::function<void()> release) {
  return {new Storage(OnDevice(), data, context), [release = std::move(release)](Storage* storage) {
            delete storage;
            release();
          }};
}

std::shared_ptr<Storage> Storage::none(const Context& context) {
  return std::make_shared<Storage>(OnDevice(), nullptr, context);
}

PoolStatistics pool_statistics() { return block_pool::statistics(); }

}  // namespace gluino
