#include <gluino/base/file.h>
#include <gluino/io/records/record_file.h>
#include <gluino/io/records/recordio.h>

namespace gluino::recordio {

MXRecordIO::MXRecordIO(const std::string& uri, const std::string& flag) : uri_(uri) {
  check(flag == "r" || flag == "w", uri,
        ": expected the flag \"r\" to read records or \"w\" to write them, got \"", flag, '"');
  if (flag == "r") {
    reader_ = std::make_unique<io::RecordReader>(uri);
  } else {
    writer_ = std::make_unique<io::RecordWriter>(uri);
  }
}

MXRecordIO::~MXRecordIO() = default;

io::RecordReader& MXRecordIO::reader() const {
  check(reader_ != nullptr, uri_, ": cannot be read from: it was ",
        writer_ != nullptr ? "opened for writing" : "closed");
  return *reader_;
}

io::RecordWriter& MXRecordIO::writer() const {
  check(writer_ != nullptr, uri_, ": cannot be written to: it was ",
        reader_ != nullptr ? "opened for reading" : "closed");
  return *writer_;
}

std::optional<std::string> MXRecordIO::read() {
  std::string record;
  if (!reader().next(record)) return {};
  return record;
}

void MXRecordIO::write(std::string_view record) { writer().write(record); }

void MXRecordIO::reset() { seek_to(0); }

void MXRecordIO::seek_to(std::uint64_t offset) { reader().seek({0, offset}); }

void MXRecordIO::close() { close_with(nullptr); }

void MXRecordIO::close_with(FileWriter* beside) {
  reader_.reset();
  if (writer_ == nullptr) return;
  writer_->commit(beside);
  writer_.reset();
}

std::uint64_t MXRecordIO::tell() const {
  return writer_ != nullptr ? writer_->tell() : reader().tell();
}

MXIndexedRecordIO::MXIndexedRecordIO(std::string idx_path, const std::string& uri,
                                     const std::string& flag)
    : MXRecordIO(uri, flag), idx_path_(std::move(idx_path)), to_be_written_(flag == "w") {
  if (to_be_written_) return;
  for (const io::RecordPlace& place : io::read_record_index(idx_path_)) {
    add(place.number, place.offset);
  }
}

void MXIndexedRecordIO::add(std::int64_t key, std::uint64_t offset) {
  check(offsets_.emplace(key, offset).second, idx_path_, ": the key ", key, " occurs twice");
  keys_.push_back(key);
}

void MXIndexedRecordIO::seek(std::int64_t key) {
  const auto found = offsets_.find(key);
  check(found != offsets_.end(), idx_path_, ": there is no record with the key ", key, " among ",
        keys_.size());
  reader().seek({key, found->second});
}

std::string MXIndexedRecordIO::read_idx(std::int64_t key) {
  seek(key);
  std::string record;
  check(reader().next(record), reader().path(), ": record ", key, " at offset ", offsets_.at(key),
        ": expected a record, found the end of the file");
  return record;
}

void MXIndexedRecordIO::write_idx(std::int64_t key, std::string_view record) {
  check(offsets_.count(key) == 0, idx_path_, ": the key ", key, " occurs twice");
  const std::uint64_t offset = tell();
  write(record);
  add(key, offset);
}

void MXIndexedRecordIO::close() {
  if (!std::exchange(to_be_written_, false)) return close_with(nullptr);
  FileWriter index(idx_path_);
  std::string lines;
  for (const std::int64_t key : keys_) lines += str(key, '\t', offsets_.at(key), '\n');
  index.write(lines);
  close_with(&index);
}

}  // namespace gluino::recordio
