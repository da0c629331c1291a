#include <gluino/io/iterators/data_iter.h>

#include <ostream>

namespace gluino::io {

int DataDesc::get_batch_axis(const std::string& layout) {
  if (layout.empty()) return 0;
  const std::size_t place = layout.find('N');
  return place == std::string::npos ? -1 : static_cast<int>(place);
}

std::ostream& operator<<(std::ostream& out, const DataDesc& desc) {
  return out << "DataDesc[" << desc.name << ',' << desc.shape << ',' << desc.dtype << ','
             << desc.layout << ']';
}

void DataBatch::clear() {
  data.clear();
  label.clear();
  pad = 0;
  index.clear();
  provide_data.clear();
  provide_label.clear();
}

DataIter::DataIter(std::int64_t batch_size) : batch_size_(batch_size) {
  check(batch_size >= 1, "batch_size: expected at least 1, got ", batch_size);
}

}  // namespace gluino::io
