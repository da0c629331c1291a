#include <fuzz/input.h>
#include <gluino/io/records/record_file.h>
#include <gluino/io/records/recordio.h>

namespace io = gluino::io;
namespace recordio = gluino::recordio;

// Going over a file finds the records that reading finds; a header that is understood is written as
// it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gluino::fuzz::MemoryFile file(data, size);
  std::size_t read = 0;
  gluino::fuzz::try_to([&] {
    recordio::MXRecordIO reader(file.path(), "r");
    while (const auto record = reader.read()) {
      ++read;
      gluino::fuzz::try_to([&] {
        const auto [header, content] = recordio::unpack(*record);
        gluino::fuzz::require(recordio::pack(header, content).size() == record->size());
      });
    }
    gluino::fuzz::require(io::find_records(file.path()).size() == read);
  });
  return 0;
}
