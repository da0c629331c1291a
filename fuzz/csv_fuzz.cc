#include <fuzz/input.h>
#include <gluino/io/readers/csv_reader.h>

#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gluino::fuzz::MemoryFile file(data, size);
  for (const std::int64_t columns : {1, 3}) {
    gluino::fuzz::try_to([&] {
      gluino::io::CsvReader reader(file.path(), columns);
      std::vector<float> row(static_cast<std::size_t>(columns));
      for (int i = 0; i < 10000 && reader.next(row.data()); ++i) {
      }
    });
  }
  return 0;
}
