#include <fuzz/input.h>
#include <gluino/io/records/record_file.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gluino::fuzz::MemoryFile file(data, size);
  gluino::fuzz::try_to([&] { gluino::io::read_record_index(file.path()); });
  return 0;
}
