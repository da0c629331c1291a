#include <gluino/base/error.h>
#include <gluino/base/text.h>
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
  bucket_key = {};
}

DataIter::DataIter(std::int64_t batch_size) : batch_size_(batch_size) {
  check(batch_size >= 1, "batch_size: expected at least 1, got ", batch_size);
}

std::int64_t BucketKey::number() const {
  check(is_number(), "BucketKey: expected one number, got ", *this);
  return std::get<std::int64_t>(value_);
}

const std::vector<std::int64_t>& BucketKey::numbers() const {
  check(std::holds_alternative<Numbers>(value_), "BucketKey: expected a list of numbers, got ",
        *this);
  return std::get<Numbers>(value_);
}

std::string BucketKey::to_string() const {
  if (!defined()) return "None";
  if (is_number()) return str(number());
  if (const auto* text = std::get_if<std::string>(&value_)) return *text;
  std::string all = "(";
  for (const std::int64_t one : numbers()) all += str(all.size() > 1 ? ", " : "", one);
  return all + (numbers().size() == 1 ? ",)" : ")");
}

std::ostream& operator<<(std::ostream& out, const BucketKey& key) { return out << key.to_string(); }

}  // namespace gluino::io
