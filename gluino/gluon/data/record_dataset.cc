#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/gluon/data/record_dataset.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/record_file.h>
#include <gluino/io/records/recordio.h>
#include <gluino/ndarray/creation.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

namespace gluino::gluon::data {
namespace {

std::vector<io::RecordPlace> places_in(const std::string& filename) {
  const std::string index = std::filesystem::path(filename).replace_extension(".idx").string();
  if (index != filename && std::filesystem::exists(index)) return io::read_record_index(index);
  return io::find_records(filename);
}

// The records, which several threads read in turn.
class Records {
 public:
  explicit Records(const std::string& filename) : reader_(filename), places_(places_in(filename)) {}

  std::int64_t size() const { return static_cast<std::int64_t>(places_.size()); }
  const std::string& path() const { return reader_.path(); }
  std::string get(std::int64_t index) {
    const io::RecordPlace place = places_[static_cast<std::size_t>(index)];
    std::string record;
    const std::lock_guard lock(mutex_);
    if (reader_.tell() != place.offset) reader_.seek(place);
    check(reader_.next(record), path(), ": record ", place.number, " at offset ", place.offset,
          ": expected a record, found the end of the file");
    return record;
  }

 private:
  ForkMutex mutex_;
  io::RecordReader reader_;
  const std::vector<io::RecordPlace> places_;
};

class RecordSource final : public Source {
 public:
  explicit RecordSource(const std::string& filename)
      : records_(std::make_shared<Records>(filename)) {}
  std::int64_t size() const override { return records_->size(); }
  Sample get(std::int64_t index) const override {
    const std::string record = records_->get(index);
    return nd::from(std::vector<std::uint8_t>(record.begin(), record.end()));
  }

 private:
  std::shared_ptr<Records> records_;
};

class PictureSource final : public Source {
 public:
  PictureSource(const std::string& filename, int flag)
      : records_(std::make_shared<Records>(filename)), flag_(flag) {
    check(flag == 0 || flag == 1, "ImageRecordDataset: flag: expected 0 or 1, got ", flag);
  }
  std::int64_t size() const override { return records_->size(); }
  Sample get(std::int64_t index) const override {
    const std::string record = records_->get(index);
    try {
      auto [header, picture] = recordio::unpack_img(record, flag_);
      NDArray label = nd::from(header.label);
      if (header.label.size() == 1) label = label.view({});
      return {std::move(picture), std::move(label)};
    } catch (const Error& error) {
      fail(records_->path(), ": record number ", index, ": ", error.what());
    }
  }

 private:
  std::shared_ptr<Records> records_;
  int flag_;
};

}  // namespace

RecordFileDataset::RecordFileDataset(const std::string& filename)
    : Dataset(RecordSource(filename)) {}

vision::ImageRecordDataset::ImageRecordDataset(const std::string& filename,
                                               const ImageRecordDatasetOptions& options)
    : Dataset(PictureSource(filename, options.flag)) {}

}  // namespace gluino::gluon::data
