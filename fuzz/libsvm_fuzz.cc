#include <fuzz/input.h>
#include <gluino/io/readers/libsvm_reader.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gluino::fuzz::MemoryFile file(data, size);
  for (const std::int64_t labels : {0, 1}) {
    gluino::fuzz::try_to([&] {
      gluino::io::LibsvmReader reader(file.path(), 7, labels);
      gluino::io::LibsvmRow row;
      for (int i = 0; i < 10000 && reader.next(row); ++i) {
        gluino::fuzz::require(row.columns.size() == row.values.size() && row.columns.size() <= 7);
      }
    });
  }
  return 0;
}
