#include <fuzz/input.h>
#include <gluino/io/readers/idx.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gluino::fuzz::MemoryFile file(data, size);
  gluino::fuzz::try_to([&] {
    const auto array = gluino::io::read_idx(file.path(), gluino::fuzz::kMaxBytes);
    gluino::fuzz::require(array.data.size() == static_cast<std::size_t>(array.shape.size()) *
                                                   gluino::size_of(array.dtype));
  });
  return 0;
}
